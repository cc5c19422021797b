//! One decision with one reason for every candidate. Pure: no clock, no network, no file.

mod reason;

pub use reason::{Decision, Reason};
