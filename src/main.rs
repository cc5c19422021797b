//! The program: one runtime, one run, one exit code.

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use futures_util::FutureExt as _;
use xcsync::error::Exit;
use xcsync::world::{World, interrupts};

fn main() -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::from(Exit::Unexpected.code());
    };
    let run = async {
        let world = World::real(interrupts());
        // A panic has told itself on stderr; the scheduler gets the code of a bug.
        AssertUnwindSafe(xcsync::run(std::env::args_os(), world)).catch_unwind().await.unwrap_or(Exit::Unexpected)
    };
    let exit = runtime.block_on(run);
    // The runtime and its threads are left as they are. What one still does (a name that is looked up) must not hold up the
    // end, and where threads end while their process does, Wine takes over the code of one of them.
    std::process::exit(exit.code().into())
}
