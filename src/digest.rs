//! The one digest: SHA-256 by the module that does all cryptography here.

use aws_lc_rs::digest;

/// SHA-256 of a text in 64 lower-case hexadecimal digits.
pub fn sha256(text: &str) -> String {
    let sum = digest::digest(&digest::SHA256, text.as_bytes());
    sum.as_ref().iter().fold(String::with_capacity(64), |hex, byte| format!("{hex}{byte:02x}"))
}
