//! xcsync.

pub mod auth;
pub mod cloud;
pub mod config;
pub mod directory;
pub mod error;
pub mod selection;
pub mod world;
