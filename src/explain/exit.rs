//! What the exit codes mean, in the order of the numbers: SPEC section 8.

use super::{Known, Side};
use crate::error::Exit;

macro_rules! exits {
    ($($name:ident $code:literal $side:ident $meaning:literal $remedy:literal;)*) => {
        impl Exit {
            /// Every exit code, in the order of the numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its entry in the catalogue.
            pub fn known(self) -> Known {
                match self { $(Self::$name => Known::new($code, Side::$side, $meaning, $remedy),)* }
            }
        }
    };
}

exits! {
    Done "0" Nobody "done, or nothing to do; holds and skips do not change it" "nothing";
    Unexpected "1" Several "unexpected error: a bug, the ledger is unusable, or a FIPS build without its module" "read the error of the report; where it names the ledger's file, mend that, else report it with the log (-v)";
    Usage "2" Configuration "usage or configuration; nothing was sent to anyone" "read the error, which names each problem and its way out; `xcsync config check` finds those of the file";
    Partial "3" Several "the run went through; some people failed, are unknown or unverified" "look at the outcomes: each has its own hint, and the runs to come look at those people again; an alarm is due where it stays";
    Denied "4" Several "authentication, permission, wrong cloud or tenant, an answer that is not Graph's, or the tenant refuses invitations" "read the error of the report, and `xcsync explain` its code; no later run mends this by itself";
    Refused "5" Configuration "refused before sending: over a limit, or not the expected plan" "look at the plan with --dry-run; the hint of the error says how to allow it once";
    Locked "6" Nobody "another run holds the lock of this tenant" "wait until it has ended; where it happens often, let the schedule start less often";
    Stopped "7" Several "stopped early or could not start: unreachable, throttled, 5xx after retries, runtime, failures; the next run goes on" "nothing if it passes; where it stays, read the error of the report, and `xcsync explain` its code";
    Problems "8" Several "`check` or a `status` probe found problems" "each problem that is listed has its own remedy";
    Interrupted "130" Nobody "interrupted, cleanly: a signal came" "nothing; the next run goes on with whoever was not sent";
}
