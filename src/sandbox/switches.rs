//! What nobody could look up about the real service: two-valued, and both values must be survived.
//!
//! `docs/assumptions.md` says of each where it comes from and what breaks if it is wrong.

use std::time::Duration;

/// The assumptions; the default is the value that is thought likelier.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an assumption of its own")]
pub struct Switches {
    /// An application alone may send `invitedUserType: Member`.
    pub app_may_invite_members: bool,
    /// `User.Invite.All` is required even where a higher permission is held.
    pub invite_all_required: bool,
    /// A second invitation of a pending user moves `externalUserStateChangeDateTime`.
    pub second_invitation_moves_change_time: bool,
    /// How long reads show the old state after a 201; zero for not at all.
    pub state_lag: Duration,
    /// A 429 of `/invitations` says when to come back.
    pub throttled_with_retry_after: bool,
    /// An accepted user who is posted again is answered 201, without mail; else 400.
    pub accepted_again_is_created: bool,
    /// `proxyAddresses` and `otherMails` of other objects collide without regard to case.
    pub addresses_collide_in_any_case: bool,
    /// `otherMails` of another object make an address taken, as `mail` and `proxyAddresses` do.
    pub other_mails_collide: bool,
    /// The address must be the object's own `mail`.
    pub address_must_be_mail: bool,
    /// The answer's `invitedUser` holds the UPN beside the id.
    pub answer_has_upn: bool,
    /// A disabled account is answered 412, else 400.
    pub disabled_is_precondition_failed: bool,
    /// Refusals by policy have the code `Forbidden`, else `Unauthorized`.
    pub policy_refusal_is_forbidden: bool,
    /// A converted object keeps its `userType`; else the invitation's type is applied.
    pub user_type_stays: bool,
    /// An error of Graph names its ids in `innerError`, else in `innererror`.
    pub inner_error_has_capital: bool,
    /// Filters compare texts without regard to case.
    pub filters_ignore_case: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            app_may_invite_members: true,
            invite_all_required: true,
            second_invitation_moves_change_time: true,
            state_lag: Duration::ZERO,
            throttled_with_retry_after: true,
            accepted_again_is_created: true,
            addresses_collide_in_any_case: true,
            other_mails_collide: true,
            address_must_be_mail: false,
            answer_has_upn: false,
            disabled_is_precondition_failed: true,
            policy_refusal_is_forbidden: true,
            user_type_stays: true,
            inner_error_has_capital: true,
            filters_ignore_case: true,
        }
    }
}
