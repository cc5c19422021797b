//! What `setup` tells and changes on both sides of a pair: pure plans of changes, and PowerShell for whoever applies them.

pub mod connect_rule;
pub mod permissions;
pub mod powershell;
pub mod tenant;
