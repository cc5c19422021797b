//! The one write: `POST /invitations`.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::client::{Call, Client};
use super::error::{GraphError, ServiceError};
use super::halt::Halt;
use super::reply::{Lost, Reply, SendError};
use super::retry::Trouble;
use super::wire::{Invitation, Invited, InvitedUser, MessageInfo};
use crate::auth::AuthError;
use crate::directory::{ObjectId, Personal};
use crate::ledger::Intended;
use crate::plan::Letter;

/// The writing half of Graph. A dry run has none.
pub struct Invitations<'a> {
    client: &'a Client,
    letter: Letter,
}

/// What came of one post.
#[derive(Debug)]
pub struct Posted {
    /// What it means.
    pub meaning: Meaning,
    /// The status, where one came.
    pub status: Option<u16>,
    /// Graph's `request-id`.
    pub request_id: Option<String>,
    /// How often it was posted.
    pub tries: u32,
}

/// What an answer to a post means.
#[derive(Debug)]
pub enum Meaning {
    /// 201 for the right object.
    Created,
    /// 2xx, but not a 201 for the right object.
    Astray(String),
    /// The service refused.
    Refused(ServiceError),
    /// It may or may not have been done.
    Ambiguous {
        /// What was seen.
        why: String,
        /// How long the service wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// Certainly not done, and no further try is allowed.
    NotProcessed {
        /// What was seen.
        why: String,
        /// 429 rather than an unreachable service.
        throttled: bool,
    },
    /// The run is to stop; certainly not done.
    Halted,
    /// Something else than Graph answered.
    Foreign {
        /// What came.
        what: String,
        /// Whether the invitation had left; else it was asked about the token.
        sent: bool,
    },
    /// No token; not done.
    NoToken(AuthError),
}

impl<'a> Invitations<'a> {
    /// The writing half of a client, for one run's letter. `None` where the letter is of another tenant than the client.
    pub fn new(client: &'a Client, letter: Letter) -> Option<Self> {
        (client.tenant == letter.tenant).then_some(Self { client, letter })
    }

    /// Waits for the turn of the next invitation; giving up the wait costs nothing.
    pub async fn turn(&self) {
        self.client.gate.slot().await;
    }

    /// The end of the pause that the service asked for, if there is one.
    pub fn paused_until(&self) -> Option<Instant> {
        self.client.gate.paused_until()
    }

    /// When the run must have ended.
    pub fn deadline(&self) -> Instant {
        self.client.deadline
    }

    /// Posts one invitation whose turn it is. It is posted again only where the service has certainly not processed it.
    pub async fn post(&self, intended: &Intended, halt: &Halt) -> Posted {
        debug_assert_eq!(intended.tenant(), self.client.tenant, "a ledger is opened for its run's tenant");
        let body = self.body(intended);
        let call = Call::invitation(&body, halt);
        match self.client.send(&call).await {
            Ok(reply) => Posted::answered(reply, intended.item().user_id),
            Err(error) => Posted::unanswered(error),
        }
    }

    fn body(&self, intended: &Intended) -> Value {
        let item = intended.item();
        let invitation = Invitation {
            invited_user_email_address: item.address.expose(),
            invited_user: InvitedUser { id: item.user_id },
            invited_user_type: item.user_type.as_ref().map(Personal::expose),
            invite_redirect_url: &self.letter.redirect,
            send_invitation_message: self.letter.send_message,
            invited_user_message_info: MessageInfo { message_language: &self.letter.language },
        };
        // Strings, booleans and a GUID: nothing in there can fail to become JSON.
        serde_json::to_value(invitation).unwrap_or_default()
    }
}

impl Posted {
    fn answered(reply: Reply, id: ObjectId) -> Self {
        let meaning = match reply.status {
            201 => created(&reply, id),
            // 202 and 204 are answers to nothing that was asked: whether somebody was invited, they do not say.
            200..300 => Meaning::Astray(format!("status {} where 201 belongs", reply.status)),
            300..400 => foreign(reply.redirect("an invitation").unwrap_or_default()),
            // A refusal counts only in Graph's own form: a gateway's 400 says nothing about the person.
            status => match reply.service_error() {
                Some(error) => Meaning::Refused(error),
                None => foreign(format!("an invitation: status {status} without Graph's error body")),
            },
        };
        Self { meaning, status: Some(reply.status), request_id: reply.request_id, tries: reply.tries }
    }

    fn unanswered(error: SendError) -> Self {
        match error {
            SendError::Halted { tries } => Self::without_answer(Meaning::Halted, tries),
            SendError::NotSent { cause, tries } => Self::without_answer(not_sent(*cause), tries),
            SendError::GaveUp(lost) => {
                let Lost { status, request_id, tries, .. } = lost.clone();
                Self { meaning: meaning_of(&lost), status, request_id, tries }
            }
            SendError::Foreign(what) => Self::without_answer(foreign(what), 1),
            SendError::Auth(_) | SendError::Denied(_) => Self::without_answer(not_sent(error), 0),
        }
    }

    /// Of a post that nobody has answered.
    pub fn without_answer(meaning: Meaning, tries: u32) -> Self {
        Self { meaning, status: None, request_id: None, tries }
    }
}

fn foreign(what: String) -> Meaning {
    Meaning::Foreign { what, sent: true }
}

/// What it means for an invitation that there is no token to send it with.
fn not_sent(cause: SendError) -> Meaning {
    match cause {
        SendError::Halted { .. } => Meaning::Halted,
        SendError::Auth(error) => Meaning::NoToken(error),
        // What stops a run is told in logs too, where the service's own words must not stand: they may name people.
        SendError::Denied(error) => {
            let what = format!("the tenant that the token is for can't be asked: status {}", error.status);
            Meaning::Foreign { what, sent: false }
        }
        SendError::Foreign(what) => Meaning::Foreign { what, sent: false },
        SendError::GaveUp(lost) => {
            let why = lost.status.map_or(lost.why, |status| format!("status {status}"));
            Meaning::NotProcessed { throttled: lost.trouble == Trouble::Throttled, why }
        }
        SendError::NotSent { cause, .. } => not_sent(*cause),
    }
}

fn created(reply: &Reply, id: ObjectId) -> Meaning {
    match reply.read::<Invited>("an invitation") {
        Ok(invited) if ObjectId::parse(&invited.invited_user.id) == Some(id) => Meaning::Created,
        Ok(_) => Meaning::Astray("201 for another object than the one invited".to_owned()),
        Err(GraphError::NotGraph { what }) => Meaning::Ambiguous { why: format!("201, but {what}"), retry_after: None },
        Err(error) => Meaning::Ambiguous { why: error.to_string(), retry_after: None },
    }
}

fn meaning_of(lost: &Lost) -> Meaning {
    let why = lost.why.clone();
    match lost.trouble {
        Trouble::Barred | Trouble::NeverConnected => Meaning::NotProcessed { why, throttled: false },
        Trouble::Throttled => Meaning::NotProcessed { why, throttled: true },
        Trouble::Lost | Trouble::ServerFailed => Meaning::Ambiguous { why, retry_after: lost.retry_after },
    }
}
