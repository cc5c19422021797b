//! The outbound rule of the additional Entra Connect server, as a script that creates it.
//!
//! <https://learn.microsoft.com/en-us/entra/external-id/invite-internal-users>, for the cmdlets
//! <https://learn.microsoft.com/en-us/entra/identity/hybrid/connect/how-to-connect-create-custom-sync-rule>

use super::powershell::{filled, quoted};
use crate::directory::Attribute;

const TEMPLATE: &str = include_str!("connect-rule.ps1");

/// The script; with an extension attribute, the rule writes the UPN at home into it.
pub fn script(upn_to: Option<Attribute>) -> String {
    let attribute = upn_to.map(Attribute::name).unwrap_or_default();
    filled(TEMPLATE, &[("UPN_TO", quoted(&attribute))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attribute_is_the_default_of_a_parameter() {
        assert!(script(None).contains("[string] $UpnTo = '',\n"));
        assert!(script(Some(Attribute::Extension(15))).contains("[string] $UpnTo = 'extensionAttribute15',\n"));
    }
}
