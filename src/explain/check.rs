//! What the checks of `xcsync check` look at, in the order of the table in SPEC section 10.
//!
//! The remedy of a finding is written for what was seen there, and names tenant and value; this is what is true of every
//! one, in the same words where nothing is particular.

use super::{Known, Side};
use crate::check::Check;

macro_rules! checks {
    ($($name:ident $side:ident $meaning:literal $remedy:literal;)*) => {
        impl Check {
            /// Every check, in the order of the specification.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its entry in the catalogue.
            pub fn known(self) -> Known {
                match self { $(Self::$name => Known::new(self.name(), Side::$side, $meaning, $remedy),)* }
            }
        }
    };
}

checks! {
    Credential Several "on both sides: whether a token is obtained, by which method and for which identity" "correct [tenants.NAME.auth] as the finding says; `xcsync explain` knows the AADSTS code that stands in it";
    Cloud Configuration "on both sides: whether the token's tenant and audience, and the region that the tenant's OpenID document tells, fit the configured cloud" "correct `cloud`: GCC is `commercial`, DODCON is `usgov` (GCC High), DOD is `usgov-dod`";
    Clock Host "on both sides: whether this host's time and the server's differ by less than 5 minutes" "set its clock by the network: `timedatectl set-ntp true`, on Windows `w32tm /resync`";
    Permissions Several "on both sides: whether the token holds what the configured features need; more than that is a warning" "grant what is missing, with admin consent: `xcsync setup permissions --principal OBJECT_ID` shows how; what is granted but not in the token yet takes a managed identity up to 24 hours";
    InvitationsAllowed Tenant "in the tenant that invites: whether `allowInvitesFrom` lets applications invite; US Government tenants start with `none`" "choose another than the most restrictive setting at Entra admin center > External Identities > External collaboration settings > Guest invite settings; it takes 15 to 60 minutes to act";
    Domains Configuration "in the tenant that invites: whether none of `domains` is verified there" "`domains` are the mail domains of the home side; people of this tenant's own domains can't be invited into it";
    PartnerCloud Several "on both sides, where the clouds differ: whether the other cloud is enabled (`allowedCloudEndpoints`)" "`xcsync setup tenant` shows what to change; where Graph does not tell: Entra admin center > External Identities > Cross-tenant access settings > Microsoft cloud settings";
    PartnerOrganization Several "on both sides: whether the other tenant is a partner, by its tenant id; an enabled cloud alone allows nobody" "`xcsync setup tenant` shows what to change; by hand: Cross-tenant access settings > Organizational settings > Add organization, by tenant id";
    B2bInbound Tenant "in the tenant that invites: whether B2B collaboration lets users of the other tenant in, and to all applications (the partner's settings over the default, null means inherit)" "where it is blocked: `xcsync setup tenant --allow b2b-inbound` shows how to lift that for this partner; where it is restricted, see under Cross-tenant access settings > Inbound access that the people to be invited are among the allowed";
    B2bOutbound Home "in the home tenant: whether B2B collaboration lets its users out to the other tenant, and to all applications (the partner's settings over the default, null means inherit)" "where it is blocked: `xcsync setup tenant --allow b2b-outbound` shows how to lift that for this partner; where it is restricted, see under Cross-tenant access settings > Outbound access that the people to be invited are among the allowed";
    AutoRedeem Several "on both sides: whether automatic consent is on, inbound in the tenant that invites and outbound at home; without both, people accept by hand" "`xcsync setup tenant` shows what to change; by hand: Cross-tenant access settings > the organization > Trust settings > Automatic redemption, on both sides";
    CrossCloudWorker Home "in the home tenant: whether the application Microsoft B2B Cross Cloud Worker is not disabled; without it, invitations of people of that tenant fail" "set \"Enabled for users to sign-in?\" to Yes at Entra admin center > Enterprise applications > Microsoft B2B Cross Cloud Worker > Properties";
    DirectorySync Tenant "in the tenant that invites: whether directory synchronization has touched somebody in scope within 3 hours" "normal where nothing has changed; else look at the additional Entra Connect server: Get-ADSyncScheduler, and its export errors";
    Ledger Host "on this host: whether the ledger opens, can be written and has a version that this program knows, and whether a brake is on" "see that the folder of `state` is there, and that the account of the schedule may write in it; a brake goes with `xcsync invite --resume`, once the tenant takes invitations again";
}
