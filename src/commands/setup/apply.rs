//! Changes are made one after the other, and each is read back.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::error::Exit;
use crate::explain::own;
use crate::graph::administration::{Administration, Edit, Made};
use crate::graph::error::{GraphError, ServiceError};
use crate::graph::halt::Halt;
use crate::report::{ChangeResult, ErrorEntry};
use crate::world::interrupted;

/// How long to wait before each look, since the directory may show a change late.
const LOOKS: [Duration; 5] =
    [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(10)];

/// What became of one change.
pub(super) enum Outcome {
    /// Seen.
    Applied,
    /// Refused, or not seen.
    Failed(Failure),
    /// Not made, because the call is to stop.
    Halted,
}

/// Why a change is not there.
pub(super) struct Failure {
    /// What is told.
    pub(super) entry: ErrorEntry,
    /// How the call ends if nothing worse happens.
    pub(super) exit: Exit,
    /// Whether the next change of this tenant would fail for the same reason.
    pub(super) is_final: bool,
}

/// How the words of a failure depend on what is changed.
#[derive(Clone, Copy)]
pub(super) struct Hints {
    /// What a credential without the permission needs.
    pub(super) denied: &'static str,
    /// What a refusal may mean.
    pub(super) refused: &'static str,
}

/// Makes one change; `is_there` reads whether it can be seen.
pub(super) async fn make<F>(
    administration: &Administration<'_>,
    edit: &Edit,
    hints: Hints,
    halt: &Halt,
    mut is_there: impl FnMut() -> F,
) -> Outcome
where
    F: Future<Output = Result<bool, GraphError>>,
{
    let doubt = match administration.make(edit, halt).await {
        Made::Done => None,
        Made::Unsure(error) => Some(error),
        Made::Refused(error) => return Outcome::Failed(refused(&error, hints)),
        Made::Halted => return Outcome::Halted,
    };
    for wait in LOOKS {
        let mut signal = halt.clone();
        tokio::select! {
            () = sleep(wait) => {}
            _ = signal.wait_for(|halts| *halts) => {}
        }
        match is_there().await {
            Ok(true) => return Outcome::Applied,
            Ok(false) => {}
            Err(error) => return Outcome::Failed(unseen(doubt.as_ref().unwrap_or(&error))),
        }
        if *halt.borrow() {
            return Outcome::Failed(interrupted_before_it_was_seen());
        }
    }
    Outcome::Failed(doubt.as_ref().map_or_else(not_there, unseen))
}

/// The change was refused, or could not be sent.
fn refused(error: &GraphError, hints: Hints) -> Failure {
    let (hint, exit, is_final) = match error {
        GraphError::Denied { error: ServiceError { status: 403, .. }, .. } => {
            (hints.denied.to_owned(), error.exit(), true)
        }
        GraphError::Refused { .. } => (hints.refused.to_owned(), Exit::Partial, false),
        other => (other.remedy(), other.exit(), true),
    };
    let message = format!("{error}; it was not changed");
    let entry =
        ErrorEntry { code: error.reported_code(), message, hint: Some(hint), quotes_service: error.quotes_service() };
    Failure { entry, exit, is_final }
}

/// Nobody knows whether it was changed.
fn unseen(error: &GraphError) -> Failure {
    let message = format!("{error}; whether it was changed is not known");
    let entry = ErrorEntry {
        code: error.reported_code(),
        message,
        hint: Some("run the command again: it plans only what is missing".to_owned()),
        quotes_service: error.quotes_service(),
    };
    Failure { entry, exit: error.exit(), is_final: true }
}

/// The service was asked for it, and nobody waited until it could be seen.
fn interrupted_before_it_was_seen() -> Failure {
    let message = "interrupted before the change could be seen; whether it is there is not known";
    let entry =
        ErrorEntry::own(own::INTERRUPTED, message).with_hint("run the command again: it plans only what is missing");
    Failure { entry, exit: Exit::Interrupted, is_final: true }
}

/// The service took it and does not show it.
fn not_there() -> Failure {
    let entry = ErrorEntry::own(own::CHANGE_NOT_SEEN, "the service took the change and does not show it yet");
    Failure { entry, exit: Exit::Partial, is_final: false }
}

impl Outcome {
    /// The result in the report; what was not made stays planned.
    pub(super) fn result(self) -> ChangeResult {
        match self {
            Self::Applied => ChangeResult::Applied,
            Self::Failed(failure) => ChangeResult::Failed(failure.entry),
            Self::Halted => ChangeResult::Planned,
        }
    }
}

/// Lets `work` go on, and asks it to halt when a signal comes: what is under way is finished.
pub(super) async fn until_interrupted<T>(interrupts: watch::Receiver<u32>, work: impl AsyncFnOnce(&Halt) -> T) -> T {
    let (stop, halt) = watch::channel(false);
    let working = work(&halt);
    tokio::pin!(working);
    tokio::select! {
        done = &mut working => return done,
        () = interrupted(interrupts) => {}
    }
    // The receiver is alive as long as the work is.
    let _ = stop.send(true);
    working.await
}
