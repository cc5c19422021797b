//! Waiting that ends at once when a run is to stop.

/// Turns true when nothing new may be sent.
pub type Halt = tokio::sync::watch::Receiver<bool>;

/// The run is to stop.
#[derive(Clone, Copy, Debug)]
pub struct Halted;

/// Waits for something, but not beyond the moment in which the run is to stop.
pub async fn unless_halted<T>(halt: Option<&Halt>, wait: impl Future<Output = T>) -> Result<T, Halted> {
    let Some(halt) = halt else {
        return Ok(wait.await);
    };
    let mut halt = halt.clone();
    tokio::select! {
        biased;
        _ = halt.wait_for(|halted| *halted) => Err(Halted),
        done = wait => Ok(done),
    }
}
