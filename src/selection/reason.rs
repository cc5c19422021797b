//! Why a person is decided on as they are: the reason codes of SPEC section 7.

use crate::explain::{Known, Side};

/// What the plan says of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Decision {
    /// A first invitation.
    Invite,
    /// Another mail to somebody who is pending.
    Remind,
    /// Another try after an earlier failure.
    Retry,
    /// Nothing to do, or not yet.
    Skip,
    /// Nothing is done until an administrator has acted.
    Hold,
}

impl Decision {
    /// The word in reports and in the plan's digest.
    pub fn code(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Remind => "remind",
            Self::Retry => "retry",
            Self::Skip => "skip",
            Self::Hold => "hold",
        }
    }

    /// The decision with a code; `None` for what is none.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Invite, Self::Remind, Self::Retry, Self::Skip, Self::Hold].into_iter().find(|one| one.code() == code)
    }

    /// Whether a request is to be sent.
    pub fn sends(self) -> bool {
        matches!(self, Self::Invite | Self::Remind | Self::Retry)
    }
}

/// What a report says of a reason: of those that are counted rather than listed, and of those that send, nothing.
macro_rules! hint {
    (told $meaning:literal $remedy:literal) => {
        concat!($meaning, "; ", $remedy)
    };
    (quiet $meaning:literal $remedy:literal) => {
        ""
    };
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $code:literal $decision:ident $side:ident $told:ident $meaning:literal $remedy:literal;)*) => {
        /// The one reason of a decision; the decision follows from it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason, in the order of the rules.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its entry in the catalogue.
            pub fn known(self) -> Known {
                match self { $(Self::$name => Known::new($code, Side::$side, $meaning, $remedy),)* }
            }

            /// The code in reports.
            pub fn code(self) -> &'static str {
                self.known().code
            }

            /// The reason with a code; `None` for one of another version.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }

            /// What a person with this reason gets.
            pub fn decision(self) -> Decision {
                match self { $(Self::$name => Decision::$decision,)* }
            }

            /// What it means and what an administrator can do about it; empty where a report has nothing to say.
            pub fn hint(self) -> &'static str {
                match self { $(Self::$name => hint!($told $meaning $remedy),)* }
            }
        }
    };
}

reasons! {
    /// Known as invited, with another address now.
    AddressChanged "address-changed" Hold Home told "the address is another than the one invited" "find out why it changed before anybody is invited under the new one";
    /// No address to compare.
    NoMail "no-mail" Skip Home quiet "the account has no mail address to compare" "nothing, unless the person is to be invited: then fill in `mail` in the source directory";
    /// The mail domain is not ours to invite.
    OtherDomain "other-domain" Skip Configuration quiet "the mail domain is none of `domains`" "nothing, unless the domain is the other side's: then add it to `domains`";
    /// No directory synchronization owns the account.
    NotSynced "not-synced" Skip Configuration quiet "no directory synchronization owns the account" "nothing; `require_synced = false` takes such accounts too";
    /// Named in `exclude`.
    Excluded "excluded" Skip Configuration told "named in `exclude`" "take the name out there if the person is to be invited";
    /// A condition of `where` does not hold.
    OutOfScope "out-of-scope" Skip Configuration told "a condition of [invite.where] does not hold" "correct the condition, or the person's attribute in the source directory, if the person is to be invited";
    /// Has redeemed.
    Accepted "accepted" Skip Nobody quiet "the person has accepted the invitation" "nothing; the person is a B2B user already";
    /// Null now, though seen pending or accepted.
    Reverted "reverted" Hold Tenant told "was invited before and has no invitation now: somebody has turned the account back" "if the person is wanted again, invite them once by hand in the portal";
    /// Reminded as often as allowed.
    RemindersUsedUp "reminders-used-up" Skip Home told "reminded `max_reminders` times" "talk to the person";
    /// Invited, has not redeemed yet.
    Pending "pending" Skip Home told "invited, has not accepted yet" "nothing now: whom xcsync invited is reminded once `remind_after` has passed";
    /// Pending for so long that a reminder is due, or asked for.
    PendingReminderDue "pending-reminder-due" Remind Nobody quiet "invited, has not accepted yet, and a reminder is due or was asked for" "nothing; another mail is sent";
    /// `externalUserState` holds a value that this program doesn't know.
    UnknownState "unknown-state" Hold Tenant told "`externalUserState` has a value that this version does not know" "look at the account, or update xcsync";
    /// Created before what is adopted.
    BeforeStart "before-start" Skip Configuration told "created before the first run's window" "`--full` adopts everybody";
    /// `accountEnabled` is false.
    AccountDisabled "account-disabled" Skip Tenant told "the account is disabled" "it is invited once it is enabled and seen again";
    /// The configured address is empty.
    NoAddress "no-address" Hold Home told "the attribute that `address` names is empty on this account" "fill it in the source directory";
    /// The address can't be invited.
    InvalidAddress "invalid-address" Hold Home told "not an address that the API takes (one @, no blanks, only ASCII, none of ~!#$%^&*()+=[]{}\\/|;:\"<>?, and a domain of `domains`)" "correct it in the source directory";
    /// The home UPN is another than the address.
    UpnDiffers "upn-differs" Hold Several told "people of another cloud redeem with their home UPN only, and this one's differs from the address" "align them, choose another `address`, or set `accept_mail_as_login`";
    /// Two people of our domains have one address.
    DuplicateAddress "duplicate-address" Hold Home told "two people have this address" "correct one of them in the source directory";
    /// `onPremisesProvisioningErrors` is not empty.
    SyncConflict "sync-conflict" Hold Tenant told "directory synchronization reports a conflict on this account" "resolve it in Entra Connect first";
    /// The service refused this person earlier.
    Refused "refused" Hold Several told "the service refused this person" "correct mail, UPN or proxy addresses, or try again with --user";
    /// Tried for as long as allowed.
    GaveUp "gave-up" Hold Several told "tried for 28 days" "find the cause, then try again with --user";
    /// A next try is not due yet.
    RetryLater "retry-later" Skip Nobody quiet "an earlier try has failed or is in doubt, and the next one is not due yet" "nothing; it is tried again 6, 12 and 24 hours after the failure, then daily";
    /// A next try is due.
    RetryDue "retry-due" Retry Nobody quiet "an earlier try has failed or is in doubt, and the next one is due" "nothing; the person is tried again now";
    /// Another object has the address.
    AddressTaken "address-taken" Hold Tenant told "another object of this tenant has this address as mail, proxy address or other mail" "remove it there";
    /// A service plan brings a mailbox here.
    MailboxLicensed "mailbox-licensed" Hold Tenant told "an Exchange plan with a mailbox is enabled on this account, so `mail` belongs to Exchange" "take the licence away first";
    /// Holds a directory role.
    Privileged "privileged" Hold Tenant told "holds a directory role in this tenant, and converting an administrator is refused on purpose" "take the role away first, or name the person in `exclude`";
    /// The home tenant has no such user, or several.
    HomeUserNotFound "home-user-not-found" Hold Several told "the home tenant has no user, or several, with this address as mail or UPN" "correct it on the side where it is wrong";
    /// Disabled in the home tenant.
    HomeUserDisabled "home-user-disabled" Hold Home told "the account is disabled in the home tenant" "enable it there, or name the person in `exclude`";
    /// A new person.
    New "new" Invite Nobody quiet "never invited, and nothing stands against it" "nothing; the person is invited";
}

impl Reason {
    /// The one reason of a decision to send; `None` for the others, which have many.
    pub fn that_sends(decision: Decision) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| decision.sends() && reason.decision() == decision)
    }

    /// Whether a report counts such people without listing them.
    pub fn counted_only(self) -> bool {
        matches!(self, Self::NoMail | Self::OtherDomain | Self::NotSynced | Self::Accepted | Self::BeforeStart)
    }
}
