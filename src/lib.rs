//! xcsync.

pub mod auth;
pub mod cli;
pub mod cloud;
pub mod commands;
pub mod config;
pub mod directory;
pub mod error;
pub mod printable;
pub mod world;
