//! xcsync.

pub mod auth;
pub mod cloud;
pub mod config;
pub mod directory;
pub mod error;
pub mod report;
pub mod selection;
pub mod telemetry;
pub mod world;
