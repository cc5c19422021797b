//! 201 is not proof: whoever was invited is read back.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::directory::ExternalUserState;
use crate::dispatch::{Outcome, Sent};
use crate::graph::reads::Directory;
use crate::selection::Decision;
use crate::world::interrupted;

/// When the invited are looked at, in seconds after the last 201.
const LOOKS: [u64; 5] = [2, 5, 10, 20, 40];

/// How long the one look of an interrupted run may take, beside what sending had to finish.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// Reads the invited back; who does not show as invited by the last look is unverified.
///
/// Once the run is interrupted there is one look, at once and for a short time. A look that fails shows nothing, and the
/// next follows.
pub async fn read_back(directory: &Directory<'_>, sent: &mut Sent, interrupts: watch::Receiver<u32>) {
    let last_created = sent.last_created;
    let invited = |outcome: &&mut Outcome| outcome.was_created() && outcome.item.decision != Decision::Remind;
    let mut open: Vec<&mut Outcome> = sent.outcomes.iter_mut().filter(invited).collect();
    tokio::select! {
        biased;
        () = look(directory, &mut open, last_created, interrupts.clone()) => {}
        () = over(interrupts) => {}
    }
    for outcome in open {
        outcome.set_unverified();
    }
}

/// Waits until an interrupted run must have ended.
async fn over(interrupts: watch::Receiver<u32>) {
    interrupted(interrupts).await;
    sleep(LAST_LOOK).await;
}

/// Looks until nobody is open any more, or the last look is over.
async fn look(
    directory: &Directory<'_>,
    open: &mut Vec<&mut Outcome>,
    last_created: Instant,
    mut interrupts: watch::Receiver<u32>,
) {
    for seconds in LOOKS {
        if open.is_empty() {
            return;
        }
        let is_interrupted = tokio::select! {
            biased;
            Ok(_) = interrupts.wait_for(|times| *times > 0) => true,
            () = sleep_until(last_created + Duration::from_secs(seconds)) => false,
        };
        // A service that wants to be left alone is not asked for a last time.
        if is_interrupted && directory.is_paused() {
            return;
        }
        let ids: Vec<_> = open.iter().map(|outcome| outcome.item.user_id).collect();
        match directory.states(&ids).await {
            Ok(states) => {
                let mut seen =
                    states.into_iter().map(|state| state.as_ref().is_some_and(ExternalUserState::is_invited));
                open.retain(|_| !seen.next().unwrap_or(false));
            }
            // The service's words may name people.
            Err(error) => tracing::warn!(code = error.reported_code(), "the invited can't be read back"),
        }
        if is_interrupted {
            return;
        }
    }
}
