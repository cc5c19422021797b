//! The parts put together.

use std::borrow::Cow;

use super::invitation::INVITATION_ERRORS;
use super::network::NETWORK;
use super::own::OWN;
use super::said::SAID;
use super::service::{ACCESS, GRAPH, REDEMPTION};
use super::{Known, Side};
use crate::auth::{AADSTS, Aadsts, aadsts_name};
use crate::check::Check;
use crate::error::Exit;
use crate::selection::Reason;

/// Where an entry is from, in the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An exit code of this program.
    Exit,
    /// A reason of a decision.
    Reason,
    /// A check of `xcsync check`.
    Check,
    /// An error of this program.
    Error,
    /// An answer to an invitation.
    Invitation,
    /// Entra's refusal of a sign-in.
    SignIn,
    /// What stands in the way to a server.
    Network,
    /// A code or status of Graph.
    Graph,
    /// Policies of the two tenants.
    Access,
    /// What people meet who redeem.
    Redemption,
}

impl Kind {
    /// Every kind, in the order of the list.
    pub const ALL: [Self; 10] = [
        Self::Exit,
        Self::Reason,
        Self::Check,
        Self::Error,
        Self::Invitation,
        Self::SignIn,
        Self::Network,
        Self::Graph,
        Self::Access,
        Self::Redemption,
    ];

    /// The word in reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Exit => "exit-code",
            Self::Reason => "reason",
            Self::Check => "check",
            Self::Error => "error",
            Self::Invitation => "invitation-error",
            Self::SignIn => "sign-in",
            Self::Network => "network",
            Self::Graph => "graph",
            Self::Access => "cross-tenant-access",
            Self::Redemption => "redemption",
        }
    }

    /// The kind in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exit => "exit code",
            Self::Reason => "reason of a decision",
            Self::Check => "looked at by xcsync check",
            Self::Error => "error of xcsync",
            Self::Invitation => "answer to an invitation",
            Self::SignIn => "refusal of a sign-in",
            Self::Network => "network",
            Self::Graph => "code or status of a service",
            Self::Access => "policy of a tenant",
            Self::Redemption => "redeeming an invitation",
        }
    }
}

/// One entry of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it is from.
    pub kind: Kind,
    /// The code; no two entries have the same.
    pub code: Cow<'static, str>,
    /// Who can mend it.
    pub side: Side,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// Words, in lower case, that messages about it hold.
    pub said: Vec<&'static str>,
}

impl Entry {
    fn of(kind: Kind, known: Known, said: &[&'static str]) -> Self {
        let Known { code, side, meaning, remedy } = known;
        Self { kind, code: code.into(), side, meaning, remedy, said: said.to_vec() }
    }
}

/// Every entry, by kind and within a kind in the order of its table.
pub fn catalogue() -> Vec<Entry> {
    let plain = |kind: Kind| move |known: Known| Entry::of(kind, known, &[]);
    let rows = |kind: Kind| move |(known, said): &(Known, &[&'static str])| Entry::of(kind, *known, said);
    let mut entries: Vec<Entry> = Exit::ALL.iter().map(|exit| exit.known()).map(plain(Kind::Exit)).collect();
    entries.extend(Reason::ALL.iter().map(|reason| reason.known()).map(plain(Kind::Reason)));
    entries.extend(Check::ALL.iter().map(|check| check.known()).map(plain(Kind::Check)));
    entries.extend(OWN.iter().copied().map(plain(Kind::Error)));
    entries.extend(INVITATION_ERRORS.iter().map(|error| {
        let said = Some(error.message).filter(|message| !message.is_empty());
        Entry::of(Kind::Invitation, error.known, said.as_slice())
    }));
    entries.extend(AADSTS.iter().map(sign_in));
    entries.extend(NETWORK.iter().map(rows(Kind::Network)));
    entries.extend(GRAPH.iter().map(rows(Kind::Graph)));
    entries.extend(ACCESS.iter().map(rows(Kind::Access)));
    entries.extend(REDEMPTION.iter().map(rows(Kind::Redemption)));
    for entry in &mut entries {
        let of_others = SAID.iter().filter(|(code, _)| *code == entry.code);
        entry.said.extend(of_others.flat_map(|(_, said)| said.iter().copied()));
    }
    entries
}

fn sign_in(row: &Aadsts) -> Entry {
    let Aadsts { code, side, meaning, remedy, passes: _ } = *row;
    Entry { kind: Kind::SignIn, code: aadsts_name(code).into(), side, meaning, remedy, said: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_are_about_entries_that_there_are() {
        let entries = catalogue();
        for (code, _) in SAID {
            assert!(entries.iter().any(|entry| entry.code == *code), "{code}");
        }
    }
}
