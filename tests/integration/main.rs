//! Tests of the whole: each module says what belongs in it.

/// The configuration: broken files and what is said of them, where a file is found, what flags select.
#[cfg(test)]
mod config;
