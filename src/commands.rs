//! Each command wires stages and decides nothing.

pub mod config;
pub mod endpoints;
pub mod invite;
