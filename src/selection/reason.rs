//! Why a person is decided on as they are: the reason codes of SPEC section 7.

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

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $code:literal $decision:ident $hint:literal;)*) => {
        /// The one reason of a decision; the decision follows from it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason, in the order of the rules.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code in reports.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The reason with a code; `None` for one of another version.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }

            /// What a person with this reason gets.
            pub fn decision(self) -> Decision {
                match self { $(Self::$name => Decision::$decision,)* }
            }

            /// What an administrator can do about it; empty where there is nothing to do.
            pub fn hint(self) -> &'static str {
                match self { $(Self::$name => $hint,)* }
            }
        }
    };
}

reasons! {
    /// Known as invited, with another address now.
    AddressChanged "address-changed" Hold "the address is another than the one invited; find out why it changed before anybody is invited under the new one";
    /// No address to compare.
    NoMail "no-mail" Skip "";
    /// The mail domain is not ours to invite.
    OtherDomain "other-domain" Skip "";
    /// No directory synchronization owns the account.
    NotSynced "not-synced" Skip "";
    /// Named in `exclude`.
    Excluded "excluded" Skip "named in `exclude`";
    /// A condition of `where` does not hold.
    OutOfScope "out-of-scope" Skip "a condition of [invite.where] does not hold";
    /// Has redeemed.
    Accepted "accepted" Skip "";
    /// Null now, though seen pending or accepted.
    Reverted "reverted" Hold "was invited before and has no invitation now: somebody has turned the account back; if the person is wanted again, invite them once by hand in the portal";
    /// Reminded as often as allowed.
    RemindersUsedUp "reminders-used-up" Skip "reminded `max_reminders` times; talk to the person";
    /// Invited, has not redeemed yet.
    Pending "pending" Skip "invited, has not accepted yet";
    /// Pending for so long that a reminder is due, or asked for.
    PendingReminderDue "pending-reminder-due" Remind "";
    /// `externalUserState` holds a value that this program doesn't know.
    UnknownState "unknown-state" Hold "`externalUserState` has a value that this version does not know; look at the account, or update xcsync";
    /// Created before what is adopted.
    BeforeStart "before-start" Skip "created before the first run's window; `--full` adopts everybody";
    /// `accountEnabled` is false.
    AccountDisabled "account-disabled" Skip "the account is disabled; it is invited once it is enabled and seen again";
    /// The configured address is empty.
    NoAddress "no-address" Hold "the attribute that `address` names is empty on this account; fill it in the source directory";
    /// The address can't be invited.
    InvalidAddress "invalid-address" Hold "not an address that the API takes (one @, no blanks, only ASCII, none of ~!#$%^&*()+=[]{}\\/|;:\"<>?, and a domain of `domains`); correct it in the source directory";
    /// The home UPN is another than the address.
    UpnDiffers "upn-differs" Hold "people of another cloud redeem with their home UPN only, and this one's differs from the address; align them, choose another `address`, or set `accept_mail_as_login`";
    /// Two people of our domains have one address.
    DuplicateAddress "duplicate-address" Hold "two people have this address; correct one of them in the source directory";
    /// `onPremisesProvisioningErrors` is not empty.
    SyncConflict "sync-conflict" Hold "directory synchronization reports a conflict on this account; resolve it in Entra Connect first";
    /// The service refused this person earlier.
    Refused "refused" Hold "the service refused this person; correct mail, UPN or proxy addresses, or try again with --user";
    /// Tried for as long as allowed.
    GaveUp "gave-up" Hold "tried for 28 days; find the cause, then try again with --user";
    /// A next try is not due yet.
    RetryLater "retry-later" Skip "";
    /// A next try is due.
    RetryDue "retry-due" Retry "";
    /// Another object has the address.
    AddressTaken "address-taken" Hold "another object of this tenant has this address as mail, proxy address or other mail; remove it there";
    /// A service plan brings a mailbox here.
    MailboxLicensed "mailbox-licensed" Hold "an Exchange plan with a mailbox is enabled on this account, so `mail` belongs to Exchange; take the licence away first";
    /// Holds a directory role.
    Privileged "privileged" Hold "holds a directory role in this tenant; converting an administrator is refused on purpose";
    /// The home tenant has no such user, or several.
    HomeUserNotFound "home-user-not-found" Hold "the home tenant has no user, or several, with this address as mail or UPN; correct it on the side where it is wrong";
    /// Disabled in the home tenant.
    HomeUserDisabled "home-user-disabled" Hold "the account is disabled in the home tenant";
    /// A new person.
    New "new" Invite "";
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
