//! The one digest: SHA-256 by the module that does all cryptography here.

use aws_lc_rs::digest;

/// SHA-256 of some bytes, as 32 bytes.
pub fn sha256_bytes(bytes: &[u8]) -> impl AsRef<[u8]> {
    digest::digest(&digest::SHA256, bytes)
}

/// SHA-256 of a text in 64 lower-case hexadecimal digits.
pub fn sha256(text: &str) -> String {
    let sum = sha256_bytes(text.as_bytes());
    sum.as_ref().iter().fold(String::with_capacity(64), |hex, byte| format!("{hex}{byte:02x}"))
}
