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
    /// The cross-tenant access settings of a tenant and of its home: what is missing, as a plan.
    #[command(after_help = TENANT_EXAMPLES)]
    Tenant(SetupTenant),
    /// The application permissions of a managed identity or service principal: what is missing, as a plan.
    #[command(after_help = PERMISSIONS_EXAMPLES)]
    Permissions(Permissions),
    /// Print the PowerShell that creates the outbound rule on the additional Entra Connect server.
    #[command(after_help = CONNECT_RULE_EXAMPLES)]
    ConnectRule(ConnectRule),
}

/// `xcsync setup tenant`.
#[derive(Clone, Debug, Args)]
pub struct SetupTenant {
    /// Print a script for an administrator of one side instead; asks no tenant.
    #[arg(long, conflicts_with = "apply")]
    pub powershell: bool,
    /// Make the changes with the configured credential and read each one back; needs
    /// Policy.ReadWrite.CrossTenantAccess.
    #[arg(long)]
    pub apply: bool,
    /// Also change what an administrator may have set on purpose: a block of this check, or a setting that the cloud does
    /// not tell (repeatable). A script takes it when it is run, as -Allow.
    #[arg(long, value_name = "CHECK", value_enum, conflicts_with = "powershell")]
    pub allow: Vec<Allowed>,
    /// Only this side of the pair.
    #[arg(long, value_enum)]
    pub side: Option<Side>,
}

/// The checks whose settings are left alone unless `--allow` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Allowed {
    /// Enable the other cloud where the tenant does not tell which ones are enabled.
    PartnerCloud,
    /// Lift a block or a restriction of people who come in.
    B2bInbound,
    /// Lift a block or a restriction of people who go out.
    B2bOutbound,
}

/// A side of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Side {
    /// The tenant that invites.
    Tenant,
    /// The tenant where these people sign in.
    Home,
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

const TENANT_EXAMPLES: &str = "\
Examples:
  xcsync setup tenant --tenant gcch                              what is missing on both sides
  xcsync setup tenant --tenant gcch --side home --powershell     a script for the home side
  xcsync setup tenant --tenant gcch --apply                      make the changes
  xcsync setup tenant --tenant gcch --apply --allow b2b-inbound  also lift a block
  xcsync setup tenant --cloud sandbox --apply                    see it without any permission

Nothing is narrowed or removed. Changes take 15 to 60 minutes to act; then run `xcsync check`. \
The whole policy of a tenant may not be larger than 25 KB.

The sandbox forgets its changes when the program ends. With --apply it is checked again at once, and as a text what \
`check` finds stands below; -o json and -o csv stay the one document of the changes, and so does the exit code.";

const PERMISSIONS_EXAMPLES: &str = "\
Examples:
  xcsync setup permissions --tenant gcch --principal OBJECT_ID               what is missing
  xcsync setup permissions --tenant gcch --principal OBJECT_ID --powershell > grant.ps1
  xcsync setup permissions --tenant gcch --principal OBJECT_ID --for invite --for check --apply
  xcsync setup permissions --cloud sandbox --principal 5a4db000-1de4-4000-8000-000000000001

A managed identity's token may take up to 24 hours to hold a new permission.";

const CONNECT_RULE_EXAMPLES: &str = "\
Examples:
  xcsync setup connect-rule > connect-rule.ps1
  xcsync setup connect-rule --upn-to extensionAttribute15 > connect-rule.ps1

Then, on the additional Entra Connect server:
  .\\connect-rule.ps1 -ExpectedTenant TENANT -WhatIf

The rule covers every user whom that server brings. That is right on a server that brings the other side's people \
alone; a server that brings your own people too needs a scoping filter in the rule first.";
