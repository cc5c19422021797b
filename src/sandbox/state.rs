//! Everything that the emulator remembers while it runs.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::tenant::Tenant;
use super::tokens::Tokens;
use super::traffic::Entry;

/// Behind one lock: each request is done as a whole, at one instant.
pub(super) struct State {
    pub(super) tenant: Tenant,
    pub(super) started: Instant,
    /// Where the emulator listens.
    pub(super) root: String,
    /// What clients call it.
    pub(super) public_root: String,
    pub(super) tokens: Tokens,
    pub(super) log: Vec<Entry>,
    pub(super) asked: Asked,
    pub(super) invitations: Window,
    pub(super) batch_items: Window,
    /// Whether a fault has hit an item of the batch at hand.
    pub(super) item_struck: bool,
    random: u64,
}

/// How often the sign-in endpoints were asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// `POST /{tenant}/oauth2/v2.0/token`.
    pub token: u32,
    /// The OpenID documents.
    pub openid: u32,
    /// App Service's managed identity.
    pub app_service: u32,
    /// The managed identity of virtual machines.
    pub imds: u32,
    /// The agent of an Azure Arc server, challenges included.
    pub arc: u32,
}

/// Requests counted in fixed windows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window {
    number: u128,
    count: u32,
}

impl Window {
    /// Counts a request; over the limit, how long the window still lasts.
    pub(super) fn count(&mut self, limit: Option<(u32, Duration)>, elapsed: Duration) -> Result<(), Duration> {
        let Some((most, length)) = limit.filter(|(_, length)| !length.is_zero()) else {
            return Ok(());
        };
        let number = elapsed.as_nanos() / length.as_nanos();
        if number != self.number {
            *self = Self { number, count: 0 };
        }
        self.count += 1;
        if self.count <= most {
            return Ok(());
        }
        let left = length.as_nanos() - elapsed.as_nanos() % length.as_nanos();
        Err(Duration::from_nanos(u64::try_from(left).unwrap_or(u64::MAX)))
    }
}

impl State {
    pub(super) fn new(tenant: Tenant, root: &str) -> Self {
        Self {
            random: tenant.seed,
            tenant,
            started: Instant::now(),
            root: root.to_owned(),
            public_root: root.to_owned(),
            tokens: Tokens::default(),
            log: Vec::new(),
            asked: Asked::default(),
            invitations: Window::default(),
            batch_items: Window::default(),
            item_struck: false,
        }
    }

    /// The emulated time.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.tenant.now + TimeDelta::from_std(self.started.elapsed()).unwrap_or_default()
    }

    /// A duration drawn evenly between two (splitmix64, <https://prng.di.unimi.it/splitmix64.c>).
    pub(super) fn draw(&mut self, (least, most): (Duration, Duration)) -> Duration {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let span = u64::try_from(most.saturating_sub(least).as_millis()).unwrap_or(u64::MAX);
        least + Duration::from_millis(z % span.saturating_add(1))
    }
}
