//! The script for one side's administrator; it looks for itself what is missing.

use super::{Half, OtherCloud, Side};
use crate::setup::powershell::{filled, quoted};

const TEMPLATE: &str = include_str!("access.ps1");

/// A script that makes the changes of one half; `environment` is its cloud's name in Microsoft Graph PowerShell.
pub fn script(half: &Half, environment: &str) -> String {
    let is = |side| if half.sides.contains(&side) { "$true" } else { "$false" };
    let cloud = match half.other_cloud {
        OtherCloud::Named(cloud) => cloud,
        OtherCloud::Same | OtherCloud::Unknown => "",
    };
    let values = [
        ("NAME", quoted(&half.name)),
        ("TENANT_ID", quoted(&half.id.to_string())),
        ("ENVIRONMENT", quoted(environment)),
        ("OTHER_NAME", quoted(&half.other_name)),
        ("OTHER_ID", quoted(&half.other.to_string())),
        ("OTHER_CLOUD", quoted(cloud)),
        ("INVITES", is(Side::Tenant).to_owned()),
        ("IS_HOME", is(Side::Home).to_owned()),
    ];
    filled(TEMPLATE, &values)
}
