//! `xcsync setup`.

use clap::{Args, Subcommand, ValueEnum};

use super::value;
use crate::directory::{Attribute, ObjectId};

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
    /// The application permissions of a managed identity or service principal: what is missing, as a plan.
    #[command(after_help = PERMISSIONS_EXAMPLES)]
    Permissions(Permissions),
    /// Print the PowerShell that creates the outbound rule on the additional Entra Connect server.
    #[command(after_help = CONNECT_RULE_EXAMPLES)]
    ConnectRule(ConnectRule),
}

/// `xcsync setup permissions`.
#[derive(Clone, Debug, Args)]
pub struct Permissions {
    /// Who gets them: the object id of the managed identity or service principal (not its client id).
    #[arg(long, value_name = "OBJECT_ID", value_parser = value::object_id)]
    pub principal: ObjectId,
    /// What it shall do (repeatable); without it what the configuration asks of this tenant.
    #[arg(long = "for", value_name = "PURPOSE", value_enum)]
    pub purposes: Vec<Purpose>,
    /// Print a script for an administrator instead; asks no tenant.
    #[arg(long, conflicts_with = "apply")]
    pub powershell: bool,
    /// Grant what is missing with the configured credential and read it back; needs AppRoleAssignment.ReadWrite.All.
    #[arg(long)]
    pub apply: bool,
}

/// What a credential is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Purpose {
    /// To look up people in the tenant where they sign in.
    LookUps,
    /// `invite --dry-run`.
    DryRun,
    /// `invite`.
    Invite,
    /// `check`.
    Check,
}

/// `xcsync setup connect-rule`.
#[derive(Clone, Debug, Args)]
pub struct ConnectRule {
    /// Let the rule write the UPN at home there: extensionAttribute1 to extensionAttribute15.
    #[arg(long, value_name = "ATTRIBUTE", value_parser = value::extension_attribute)]
    pub upn_to: Option<Attribute>,
}

const PERMISSIONS_EXAMPLES: &str = "\
Examples:
  xcsync setup permissions --tenant gcch --principal OBJECT_ID               what is missing
  xcsync setup permissions --tenant gcch --principal OBJECT_ID --powershell > grant.ps1
  xcsync setup permissions --tenant gcch --principal OBJECT_ID --for invite --for check --apply

A managed identity's token may take up to 24 hours to hold a new permission.";

const CONNECT_RULE_EXAMPLES: &str = "\
Examples:
  xcsync setup connect-rule > connect-rule.ps1
  xcsync setup connect-rule --upn-to extensionAttribute15 > connect-rule.ps1

Then, on the additional Entra Connect server:
  .\\connect-rule.ps1 -ExpectedTenant TENANT -WhatIf";
