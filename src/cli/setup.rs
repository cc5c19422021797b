//! `xcsync setup`.

use clap::{Args, Subcommand};

use super::value;
use crate::directory::Attribute;

/// `xcsync setup`.
#[derive(Clone, Debug, Args)]
pub struct SetupArgs {
    /// What is set up.
    #[command(subcommand)]
    pub command: SetupCommand,
}

/// What is set up.
#[derive(Clone, Debug, Subcommand)]
pub enum SetupCommand {
    /// Print the PowerShell that creates the outbound rule on the additional Entra Connect server.
    #[command(after_help = CONNECT_RULE_EXAMPLES)]
    ConnectRule(ConnectRule),
}

/// `xcsync setup connect-rule`.
#[derive(Clone, Debug, Args)]
pub struct ConnectRule {
    /// Let the rule write the UPN at home there: extensionAttribute1 to extensionAttribute15.
    #[arg(long, value_name = "ATTRIBUTE", value_parser = value::extension_attribute)]
    pub upn_to: Option<Attribute>,
}

const CONNECT_RULE_EXAMPLES: &str = "\
Examples:
  xcsync setup connect-rule > connect-rule.ps1
  xcsync setup connect-rule --upn-to extensionAttribute15 > connect-rule.ps1

Then, on the additional Entra Connect server:
  .\\connect-rule.ps1 -ExpectedTenant TENANT -WhatIf";
