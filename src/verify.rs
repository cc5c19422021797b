//! 201 is not proof: whoever was invited is read back.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::directory::ExternalUserState;
use crate::dispatch::Outcome;
use crate::graph::reads::Directory;
use crate::selection::Decision;

/// When the invited are looked at, in seconds after the last answer.
const LOOKS: [u64; 5] = [2, 5, 10, 20, 40];

/// Reads the invited back; who does not show as invited by the last look is unverified.
///
/// Once the run was interrupted there is one look, at once. A look that fails shows nothing, and the next follows.
pub async fn read_back(
    directory: &Directory<'_>,
    outcomes: &mut [Outcome],
    last_answer: Instant,
    mut interrupts: watch::Receiver<u32>,
) {
    let mut open: Vec<&mut Outcome> = outcomes
        .iter_mut()
        .filter(|outcome| outcome.was_created() && outcome.item.decision != Decision::Remind)
        .collect();
    for seconds in LOOKS {
        if open.is_empty() {
            return;
        }
        let interrupted = tokio::select! {
            biased;
            Ok(_) = interrupts.wait_for(|times| *times > 0) => true,
            () = sleep_until(last_answer + Duration::from_secs(seconds)) => false,
        };
        let ids: Vec<_> = open.iter().map(|outcome| outcome.item.user_id).collect();
        match directory.states(&ids).await {
            Ok(states) => {
                let mut seen =
                    states.into_iter().map(|state| state.as_ref().is_some_and(ExternalUserState::is_invited));
                open.retain(|_| !seen.next().unwrap_or(false));
            }
            // The service's words may name people.
            Err(error) => tracing::warn!(code = error.code(), "the invited can't be read back"),
        }
        if interrupted {
            break;
        }
    }
    for outcome in open {
        outcome.set_unverified();
    }
}
