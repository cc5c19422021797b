//! xcsync.

pub mod world;

pub mod config;
pub mod cloud;
pub mod auth;
pub mod graph;
pub mod directory;
pub mod discovery;
pub mod selection;
pub mod plan;
pub mod dispatch;
pub mod verify;
pub mod ledger;
pub mod report;
pub mod explain;
pub mod error;
pub mod telemetry;
