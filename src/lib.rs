//! xcsync.

pub mod auth;
pub mod cloud;
pub mod config;
pub mod directory;
pub mod error;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod world;
