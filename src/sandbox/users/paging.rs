//! Pages: their size, their tokens, and which users they hold.

use chrono::{DateTime, TimeDelta, Utc};

use crate::sandbox::answer::Failure;
use crate::sandbox::request::Request;
use crate::sandbox::state::State;

/// What `$top` may be at most.
const LARGEST_PAGE: usize = 999;
/// What a page holds without `$top`.
const PAGE: usize = 100;

/// The users to look at, so that a look-up by address does not read the whole tenant.
pub(super) enum Candidates {
    All(usize),
    These(Vec<usize>),
}

impl Candidates {
    fn from(&self, position: usize) -> Box<dyn Iterator<Item = usize> + '_> {
        match self {
            Self::All(len) => Box::new(position..*len),
            Self::These(positions) => Box::new(positions.iter().copied().filter(move |&at| at >= position)),
        }
    }

    /// The rows of one page, and where the next one begins if there is one.
    pub(super) fn page(
        &self,
        token: &Token,
        size: usize,
        shown: impl Fn(usize) -> bool,
    ) -> (Vec<usize>, Option<usize>) {
        let mut rows = Vec::new();
        for at in self.from(token.position).filter(|&at| shown(at)) {
            if rows.len() == size {
                return (rows, Some(at));
            }
            rows.push(at);
        }
        (rows, None)
    }

    pub(super) fn count(&self, shown: impl Fn(usize) -> bool) -> usize {
        self.from(0).filter(|&at| shown(at)).count()
    }
}

/// Where a listing goes on, opaque to the caller.
pub(super) struct Token {
    position: usize,
    pub(super) empty_shown: bool,
    issued: DateTime<Utc>,
}

impl Token {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("RFNwdAoAA")?.split('-');
        let position = usize::from_str_radix(parts.next()?, 16).ok()?;
        let empty_shown = parts.next()? == "1";
        let issued = DateTime::from_timestamp(i64::from_str_radix(parts.next()?, 16).ok()?, 0)?;
        Some(Self { position, empty_shown, issued })
    }

    /// Where the next page goes on; after an empty one nothing is skipped.
    pub(super) fn followed(&self, position: usize, empty_shown: bool, issued: DateTime<Utc>) -> Self {
        Self { position: position.max(self.position), empty_shown, issued }
    }

    fn text(&self) -> String {
        format!("RFNwdAoAA{:x}-{}-{:x}", self.position, u8::from(self.empty_shown), self.issued.timestamp())
    }
}

/// What the request says about paging.
pub(super) struct Page {
    pub(super) size: usize,
    pub(super) token: Token,
    /// Whether no token was given.
    pub(super) first: bool,
    pub(super) advanced: bool,
}

impl Page {
    pub(super) fn parse(state: &State, request: &Request) -> Result<Self, Failure> {
        let top = match request.parameter("$top") {
            Some(text) => text.parse().ok().filter(|top| (1..=LARGEST_PAGE).contains(top)).ok_or_else(|| {
                let message =
                    format!("Invalid page size specified: '{text}'. Must be between 1 and {LARGEST_PAGE} inclusive.");
                Failure::new(400, "Request_UnsupportedQuery", &message)
            })?,
            None => PAGE,
        };
        let start = Token { position: 0, empty_shown: false, issued: state.now() };
        let token = request.parameter("$skiptoken");
        Ok(Self {
            size: top.min(state.tenant.page_size.unwrap_or(LARGEST_PAGE)).max(1),
            first: token.is_none(),
            token: token.map_or(Ok(start), |text| live(state, &text))?,
            advanced: advanced(request)?,
        })
    }
}

/// Whether the index answers; `$search`, `$orderby` with a filter and the like are not emulated.
fn advanced(request: &Request) -> Result<bool, Failure> {
    let beyond = ["$search", "$orderby", "$expand"];
    match beyond.iter().find(|name| request.parameter(name).is_some()) {
        Some(name) => {
            let message = format!("The sandbox does not answer '{name}'.");
            Err(Failure::new(400, "Request_UnsupportedQuery", &message))
        }
        None => Ok(request.is_advanced()),
    }
}

fn live(state: &State, text: &str) -> Result<Token, Failure> {
    let lifetime =
        state.tenant.page_token_lifetime.map(|lifetime| TimeDelta::from_std(lifetime).unwrap_or(TimeDelta::MAX));
    let is_live = |token: &Token| lifetime.is_none_or(|lifetime| state.now() < token.issued + lifetime);
    Token::parse(text).filter(is_live).ok_or_else(|| {
        let message = "The specified page token value has expired and can no longer be included in your request.";
        Failure::new(400, "Directory_ExpiredPageToken", message)
    })
}

/// The request's own parameters with the new token.
pub(super) fn next_link(state: &State, request: &Request, token: &Token) -> String {
    let is_token = |part: &&str| part.starts_with("$skiptoken=") || part.starts_with("%24skiptoken=");
    let mut parts: Vec<&str> = request.query.split('&').filter(|part| !part.is_empty() && !is_token(part)).collect();
    let own = format!("$skiptoken={}", token.text());
    parts.push(&own);
    format!("{}/v1.0/users?{}", state.public_root, parts.join("&"))
}
