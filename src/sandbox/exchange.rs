//! One request from its arrival to its answer: fault, token, meaning, headers, log.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use super::answer::{Answer, Ids};
use super::faults::{Action, Canned, strike};
use super::request::Request;
use super::state::State;
use super::{identity, routes};

/// What the connection does.
pub(super) enum Outcome {
    Answered(Answer, Ending),
    Held(Answer, watch::Receiver<bool>),
    Dropped,
    Silent,
}

/// How an answer's body ends.
#[derive(Clone, Copy)]
pub(super) enum Ending {
    Whole,
    Never,
    After(usize),
}

impl State {
    /// Does a request as a whole. The log has it before the answer leaves, so that a client that gave up is seen too.
    pub(super) fn exchange(&mut self, request: &Request) -> Outcome {
        let ids = Ids::new(request.header("client-request-id"));
        let action = strike(&mut self.tenant.faults, &request.method, &request.readable(), &request.body);
        let is_struck = !matches!(action, None | Some(Action::Slow(_) | Action::Held(_)));
        self.item_struck = false;
        let outcome = self.act(request, &ids, action);
        if is_graph(request) {
            let answer = match &outcome {
                Outcome::Answered(answer, _) | Outcome::Held(answer, _) => Some(answer),
                Outcome::Dropped | Outcome::Silent => None,
            };
            let roles = self.judge(request.header("authorization")).unwrap_or_default();
            self.keep(request, answer, is_struck || self.item_struck, roles);
        }
        outcome
    }

    fn act(&mut self, request: &Request, ids: &Ids, action: Option<Action>) -> Outcome {
        let whole = |answer| Outcome::Answered(answer, Ending::Whole);
        match action {
            None => whole(self.truth(request, ids)),
            Some(Action::Answer(canned)) => whole(self.canned(canned)),
            Some(Action::DropBefore) => Outcome::Dropped,
            Some(Action::Hang) => Outcome::Silent,
            Some(Action::DropAfter) => {
                self.truth(request, ids);
                Outcome::Dropped
            }
            Some(Action::FailAfter(canned)) => {
                self.truth(request, ids);
                whole(self.canned(canned))
            }
            Some(Action::Slow(late)) => whole(self.truth(request, ids).after(late)),
            Some(Action::Held(released)) => Outcome::Held(self.truth(request, ids), released),
            Some(Action::Endless) => {
                let answer = Answer::odata(200, "");
                Outcome::Answered(self.finish(answer, ids), Ending::Never)
            }
            Some(Action::Cut(length)) => Outcome::Answered(self.truth(request, ids), Ending::After(length)),
            Some(Action::WrongObject) => whole(edited(self.truth(request, ids), |body| {
                body["invitedUser"]["id"] = Value::String(Uuid::new_v4().to_string());
            })),
            Some(Action::Edit(edit)) => whole(edited(self.truth(request, ids), edit)),
        }
    }

    /// The answer without faults.
    fn truth(&mut self, request: &Request, ids: &Ids) -> Answer {
        let Some(inner) = graph_request(request) else {
            let answer = identity::answer(self, request);
            return self.finish(answer, ids);
        };
        let roles = self.judge(request.header("authorization"));
        let answer = roles.and_then(|roles| routes::answer(self, &inner, &roles));
        let answer = answer.unwrap_or_else(|failure| failure.answer(self, ids));
        let latency = if inner.path == "/invitations" { Duration::ZERO } else { self.tenant.latency };
        self.finish(answer.after(latency), ids)
    }

    /// The headers that every answer has.
    fn finish(&self, answer: Answer, ids: &Ids) -> Answer {
        let agent = "{\"ServerInfo\":{\"DataCenter\":\"Sandbox\",\"Slice\":\"E\",\"Ring\":\"5\",\"ScaleUnit\":\"000\",\"RoleInstance\":\"SB1PEPF00000001\"}}";
        answer
            .header("Cache-Control", "no-cache")
            .header("Strict-Transport-Security", "max-age=31536000")
            .header("request-id", &ids.request.to_string())
            .header("client-request-id", &ids.client)
            .header("x-ms-ags-diagnostic", agent)
            .header("Date", &self.date())
    }

    fn canned(&self, canned: Canned) -> Answer {
        let dated = canned.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("date"));
        let answer =
            Answer { status: canned.status, headers: canned.headers, body: canned.body.into(), delay: Duration::ZERO };
        if dated { answer } else { answer.header("Date", &self.date()) }
    }

    /// The emulated time as RFC 9110 writes it.
    fn date(&self) -> String {
        (self.now() + self.tenant.date_skew).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }
}

fn edited(mut answer: Answer, edit: impl FnOnce(&mut Value)) -> Answer {
    let mut body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    edit(&mut body);
    answer.body = body.to_string().into();
    answer
}

fn is_graph(request: &Request) -> bool {
    request.path.starts_with("/v1.0/")
}

/// The request without its version; none outside of Graph.
fn graph_request(request: &Request) -> Option<Request> {
    let path = request.path.strip_prefix("/v1.0").filter(|path| path.starts_with('/'))?;
    Some(Request { path: path.to_owned(), ..request.clone() })
}
