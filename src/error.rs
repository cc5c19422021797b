//! The exit codes, and the errors that end a run.

/// How a run ends, for the scheduler: SPEC section 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Unexpected: a bug, or the ledger is unusable.
    Unexpected,
    /// Usage or configuration.
    Usage,
    /// The run went through; some people failed, are unknown or unverified.
    Partial,
    /// Authentication, permission, wrong cloud or tenant, an answer that is not Graph's, or the tenant refuses invitations.
    Denied,
    /// Refused before sending: over a limit, or not the expected plan.
    Refused,
    /// Another run holds the lock.
    Locked,
    /// Stopped early or could not start; the next run goes on.
    Stopped,
    /// `check` or a `status` probe found problems.
    Problems,
    /// Interrupted, cleanly.
    Interrupted,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::Partial => 3,
            Self::Denied => 4,
            Self::Refused => 5,
            Self::Locked => 6,
            Self::Stopped => 7,
            Self::Problems => 8,
            Self::Interrupted => 130,
        }
    }

    /// What stands for several tenants: the first of 130, 1, 2, 4, 6, 5, 7, 3, 0.
    pub fn worst(exits: impl IntoIterator<Item = Self>) -> Self {
        const ORDER: [Exit; 10] = [
            Exit::Interrupted,
            Exit::Unexpected,
            Exit::Usage,
            Exit::Denied,
            Exit::Locked,
            Exit::Refused,
            Exit::Stopped,
            Exit::Problems,
            Exit::Partial,
            Exit::Done,
        ];
        let rank = |exit: &Self| ORDER.iter().position(|known| known == exit);
        exits.into_iter().min_by_key(rank).unwrap_or(Self::Done)
    }
}
