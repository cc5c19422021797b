//! Waiting that ends at once when a run is to stop.

/// Turns true when nothing new may be sent.
pub type Halt = tokio::sync::watch::Receiver<bool>;

/// The run is to stop.
#[derive(Clone, Copy, Debug)]
pub struct Halted;

/// Waits for something, but not beyond the moment in which the run is to stop.
pub async fn unless_halted(halt: Option<&Halt>, wait: impl Future<Output = ()>) -> Result<(), Halted> {
    let Some(halt) = halt else {
        wait.await;
        return Ok(());
    };
    let mut halt = halt.clone();
    tokio::select! {
        biased;
        _ = halt.wait_for(|halted| *halted) => Err(Halted),
        () = wait => Ok(()),
    }
}
