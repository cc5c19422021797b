//! One tenant: its ledger, its directory, and how old its last complete run is.

use chrono::{DateTime, TimeDelta, Utc};

use super::Options;
use super::error::StatusError;
use crate::config::{State, Tenant, duration_text};
use crate::discovery::Adopted;
use crate::error::Exit;
use crate::explain::own;
use crate::ledger::{LedgerError, LedgerView, TenantRefusal, known_people, past_runs};
use crate::report::{self, ErrorEntry, Progress, Source, TenantEntry, TenantStatus, instant};
use crate::selection::Scope;
use crate::status;
use crate::world::{World, interrupted};

/// A complete run may lie so far in the future by this machine's clock; a run says of a clock that is further off.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Whom no ledger knows, only a run finds.
const NOT_KNOWN: &str = "`xcsync invite --dry-run` shows who would be invited";

/// One tenant that is looked at.
pub(super) struct Looking<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) options: &'a Options,
    pub(super) world: &'a World,
    pub(super) progress: &'a Progress,
}

impl Looking<'_> {
    pub(super) async fn unless_interrupted(&self, state: &State) -> Result<TenantStatus, StatusError> {
        tokio::select! {
            biased;
            () = interrupted(self.world.interrupts.clone()) => Err(StatusError::Interrupted),
            found = Box::pin(self.at_ledger(state)) => found,
        }
    }

    async fn at_ledger(&self, state: &State) -> Result<TenantStatus, StatusError> {
        let Some(view) = LedgerView::open(state, self.tenant.tenant_id).await? else {
            let mut status = self.at(&LedgerView::empty(self.tenant.tenant_id)?).await?;
            let path = report::shown_path(&state.path);
            status.warnings.insert(0, format!("no run yet: there is no ledger {path}; {NOT_KNOWN}"));
            return Ok(status);
        };
        self.at(&view).await
    }

    /// What the ledger knows, and the directory shows.
    pub(super) async fn at(&self, view: &LedgerView) -> Result<TenantStatus, StatusError> {
        let scope = self.tenant.invite.as_ref().map(Scope::new).ok_or(StatusError::NobodyToInvite)?;
        let known = known_people(view, self.options.list_all).await?;
        let standing = view.standing().await?;
        let ids = if self.options.offline { Vec::new() } else { status::to_ask(&known.people) };
        let asked = if ids.is_empty() { None } else { Some(self.ask(&ids, &scope).await) };
        let mut status = self.without_people(view, standing.watermark).await?;
        status.accepted = known.accepted;
        match asked {
            Some(Ok(answers)) => {
                let adopted = standing.adopted.and_then(Adopted::from);
                (status.now, status.source) = (answers.now, Source::Directory);
                status.people = status::joined(&known.people, answers, adopted, &scope);
            }
            Some(Err(failure)) => {
                status.people = status::by_ledger(&known.people, &scope, status.now);
                tracing::error!(tenant = self.tenant.name, code = failure.entry.code, "the tenant could not be asked");
                (status.exit, status.error) = (failure.exit, Some(failure.entry));
            }
            None => {
                status.people = status::by_ledger(&known.people, &scope, status.now);
                // Where there was nobody to ask about, the ledger is all there is to know.
                status.source = if self.options.offline { Source::Ledger } else { Source::Directory };
            }
        }
        self.probe(&mut status);
        Ok(status)
    }

    async fn without_people(
        &self,
        view: &LedgerView,
        complete_until: Option<DateTime<Utc>>,
    ) -> Result<TenantStatus, LedgerError> {
        let Tenant { name, cloud, tenant_id, .. } = self.tenant;
        Ok(TenantStatus {
            tenant: TenantEntry { name: name.clone(), cloud: cloud.name(), tenant_id: *tenant_id },
            now: self.world.clock.now(),
            source: Source::Ledger,
            accepted: 0,
            people: Vec::new(),
            last_run: past_runs(view, &[*tenant_id], 1).await?.pop(),
            complete_until,
            warnings: view.refusal().await?.map(|refusal| refused(&refusal, name)).into_iter().collect(),
            exit: Exit::Done,
            error: None,
        })
    }

    /// `--max-age`. A complete run is one that has moved the watermark (SPEC section 6.3): it has read its whole window and
    /// sent to everybody to be sent. Its age counts from when it began to read.
    fn probe(&self, status: &mut TenantStatus) {
        let Some(max_age) = self.options.max_age else { return };
        let allowed = duration_text(max_age);
        let why = match status.complete_until {
            None => "no run was complete yet".to_owned(),
            Some(at) if at - status.now > CLOCK_TOLERANCE => {
                format!("the last complete run is dated {}, which is in the future: a clock is wrong", instant(at))
            }
            Some(at) if (status.now - at).to_std().is_ok_and(|age| age > max_age) => {
                format!("the last complete run began {}, and --max-age allows {allowed}", instant(at))
            }
            Some(_) => return,
        };
        let entry = ErrorEntry::own(own::NO_RECENT_RUN, format!("{}: {why}", self.tenant.name));
        status.exit = Exit::worst([status.exit, Exit::Problems]);
        match &status.error {
            // What outranks it stays the error.
            Some(_) => status.warnings.push(entry.message),
            None => status.error = Some(entry),
        }
    }
}

/// A brake is why nobody of those who wait is sent to.
fn refused(refusal: &TenantRefusal, tenant: &str) -> String {
    let since = instant(refusal.at);
    let (what, then) = if refusal.blocked {
        ("Microsoft has blocked invitations from this tenant", "once Microsoft has lifted the block")
    } else {
        ("the tenant refuses invitations, and one a day is tried", "once the cause is mended, to try at once")
    };
    format!("since {since} {what} ({}): run `xcsync invite --tenant {tenant} --resume` {then}", refusal.code)
}
