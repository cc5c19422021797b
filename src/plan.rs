//! The plan: who is sent what, sorted, counted, with a digest; and its approval. Pure.

pub mod limits;

use std::collections::HashSet;

pub use limits::{ApprovedItem, ApprovedPlan, Refusal};

use crate::cloud::CloudName;
use crate::config::{InviteSettings, Tenant};
use crate::digest::sha256;
use crate::directory::{MailAddress, ObjectId, Personal, TenantId};
use crate::selection::{Decided, Decision, Fingerprint};

/// What is the same for every invitation of a run.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The tenant that invites.
    pub tenant: TenantId,
    /// Its Graph root, as the digest has it.
    pub graph_root: String,
    /// `send_message`.
    pub send_message: bool,
    /// `message_language`.
    pub language: String,
    /// Where people land.
    pub redirect: String,
}

impl Letter {
    /// As the configuration has it.
    pub fn new(tenant: &Tenant, settings: &InviteSettings) -> Self {
        let graph_root = match tenant.cloud {
            // It listens on another port each time, and its plans are the same all the same.
            CloudName::Sandbox => "http://127.0.0.1".to_owned(),
            _ => tenant.endpoints.graph.clone(),
        };
        Self {
            tenant: tenant.tenant_id,
            graph_root,
            send_message: settings.send_message,
            language: settings.message_language.clone(),
            redirect: settings.redirect_url.clone(),
        }
    }
}

/// One person to be sent an invitation.
#[derive(Clone, Debug)]
pub struct Item {
    /// Invite, remind or retry.
    pub decision: Decision,
    /// The account.
    pub user_id: ObjectId,
    /// For the report.
    pub display_name: Personal,
    /// Where it goes.
    pub address: MailAddress,
    /// The account's own `userType`.
    pub user_type: Option<Personal>,
    /// How the person was when they were decided on.
    pub as_read: Fingerprint,
    /// Oldest accounts go first.
    created: Option<chrono::DateTime<chrono::Utc>>,
}

/// Who is sent what.
#[derive(Clone, Debug)]
pub struct Plan {
    letter: Letter,
    items: Vec<Item>,
    /// Reminders for which the limit has no room.
    waiting: Vec<Item>,
    digest: Digest,
}

/// The digest of a plan, as `--expect-plan` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    /// Reads `sha256:` and 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.trim().strip_prefix("sha256:")?;
        let right = hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit());
        right.then(|| Self(format!("sha256:{}", hex.to_ascii_lowercase())))
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Plan {
    /// Takes who is to be sent out of the decisions; reminders fill what `max_invitations` leaves, the others wait.
    pub fn new(letter: Letter, decisions: &[Decided], max_invitations: u32) -> Self {
        let mut items: Vec<Item> = decisions.iter().filter_map(Item::of).collect();
        // A stable order, however the pages came: the same people give the same plan and the same first invitation.
        items.sort_by_key(Item::order);
        let limit = usize::try_from(max_invitations).unwrap_or(usize::MAX);
        let counted = items.iter().filter(|item| item.decision != Decision::Remind).count();
        let room = limit.saturating_sub(counted);
        let mut reminders = 0;
        let (items, waiting): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| {
            reminders += usize::from(item.decision == Decision::Remind);
            item.decision != Decision::Remind || reminders <= room
        });
        let digest = digest_of(&letter, &items);
        Self { letter, items, waiting, digest }
    }

    /// Everybody to be sent, in the order of sending.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// How many reminders wait for room under the limit.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// What `--expect-plan` is compared with.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// An id that stands twice in the plan.
    fn duplicate(&self) -> Option<ObjectId> {
        let mut seen = HashSet::new();
        self.items.iter().map(|item| item.user_id).find(|id| !seen.insert(*id))
    }
}

impl Item {
    fn of(decided: &Decided) -> Option<Self> {
        let decision = decided.reason.decision();
        let address = decided.address.clone().filter(|_| decision.sends())?;
        Some(Self {
            decision,
            user_id: decided.user.id,
            display_name: decided.user.display_name.clone(),
            address,
            user_type: decided.user.user_type.clone(),
            as_read: Fingerprint::of(&decided.user),
            created: decided.user.created,
        })
    }

    fn order(&self) -> (Decision, Option<chrono::DateTime<chrono::Utc>>, ObjectId) {
        (self.decision, self.created, self.user_id)
    }

    /// The digest's line: what the service would be sent. Blanks can't be in an address; of the rest they are made harmless.
    fn line(&self, letter: &Letter) -> String {
        let user_type = self.user_type.as_ref().map(Personal::expose).unwrap_or_default().replace(['\t', '\n'], " ");
        let Letter { send_message, language, redirect, .. } = letter;
        let (decision, address) = (self.decision.code(), self.address.expose());
        format!("{decision}\t{}\t{address}\t{user_type}\t{send_message}\t{language}\t{redirect}\n", self.user_id)
    }
}

/// SPEC section 7, "Digest".
fn digest_of(letter: &Letter, items: &[Item]) -> Digest {
    let mut sorted: Vec<&Item> = items.iter().collect();
    // By id alone: a reviewed plan stays the same plan where only the order of sending would differ.
    sorted.sort_by_key(|item| item.user_id);
    let root = letter.graph_root.trim_end_matches('/');
    let mut text = format!("xcsync-plan/1\n{root}\n{}\n", letter.tenant);
    text.extend(sorted.into_iter().map(|item| item.line(letter)));
    Digest(format!("sha256:{}", sha256(&text)))
}

#[cfg(test)]
mod tests;
