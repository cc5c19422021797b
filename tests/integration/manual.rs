mod pages;
mod shells;

use std::process::Output;

use crate::context::binary;

/// The program, which is asked for something that it has generated.
fn generated(arguments: &[&str]) -> Output {
    let output = binary().args(arguments).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
    output
}
