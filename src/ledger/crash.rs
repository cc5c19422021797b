//! Where a test can kill the process: around each commit. A release build has none of it, whatever its features are:
//! `cargo bench` puts a binary where `cargo build --release` does, and with the features of the tests.

/// Passes a place; with the feature `failpoints`, the process may end here as by `kill -9`.
#[cfg(not(all(feature = "failpoints", debug_assertions)))]
pub(super) fn point(_place: &str) {}

#[cfg(all(feature = "failpoints", debug_assertions))]
pub(super) use armed::point;

#[cfg(all(feature = "failpoints", debug_assertions))]
mod armed {
    use std::sync::atomic::{AtomicU32, Ordering};

    /// The number of the place, from one, at which the process ends; unset, it never does.
    const VARIABLE: &str = "XCSYNC_FAILPOINT";

    /// How many places were passed.
    static PASSED: AtomicU32 = AtomicU32::new(0);

    #[expect(
        clippy::disallowed_methods,
        reason = "tests reach every place of the process by it, below any configuration"
    )]
    pub(crate) fn point(_place: &str) {
        let passed = PASSED.fetch_add(1, Ordering::SeqCst) + 1;
        let chosen = std::env::var(VARIABLE).ok().and_then(|number| number.parse::<u32>().ok());
        if chosen == Some(passed) {
            kill();
        }
    }

    /// As hard as it gets: nothing is flushed, closed or dropped.
    fn kill() {
        // The shell's own `kill`: a small container has no program of that name.
        let _ = std::process::Command::new("sh").args(["-c", "kill -9 $PPID"]).status();
        std::process::abort();
    }
}
