//! Telling people of the runs: every channel at the same time, and none for longer than the schedule can wait.

use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout, timeout_at};
use uuid::Uuid;

use super::memory::Keeping;
use crate::auth::{self, Host, HttpClients};
use crate::config::{Configured, Limits, Mail, Notify, NotifyOn, SecretSource, Tenant, Via, Webhook, WebhookFormat};
use crate::error::Exit;
use crate::explain::{Known, own};
use crate::graph::client::Client;
use crate::graph::error::GraphError;
use crate::graph::mail::send_mail;
use crate::ledger::{LedgerError, Notices};
use crate::notify::{self, Address, Earlier, Kept, Letter, Message, NotTold, Notice};
use crate::report::{Mode, OutputFormat, RunReport};
use crate::world::{World, interrupted};

/// How long all channels of a call may take together.
const SENDING: Duration = Duration::from_secs(25);
/// How long it may take after that to note what was told. Both together hold nobody up for more than 30 s.
const NOTING: Duration = Duration::from_secs(5);

/// A way to tell.
#[derive(Clone, Copy)]
enum Channel<'a> {
    Mail(&'a Mail),
    Webhook(&'a Webhook),
    /// It has no message.
    Heartbeat(&'a SecretSource),
}

impl Channel<'_> {
    /// The word in logs and in the memory.
    fn name(self) -> &'static str {
        match self {
            Self::Mail(_) => "mail",
            Self::Webhook(_) => "webhook",
            Self::Heartbeat(_) => "heartbeat",
        }
    }

    /// What it means that it failed.
    fn failure(self) -> Known {
        match self {
            Self::Mail(_) => own::MAIL_NOT_SENT,
            Self::Webhook(_) => own::WEBHOOK_NOT_SENT,
            Self::Heartbeat(_) => own::HEARTBEAT_NOT_SENT,
        }
    }
}

/// What telling goes by.
struct Telling<'a> {
    configured: &'a Configured,
    world: &'a World,
    /// `None` where nothing can be remembered.
    notices: Option<Notices>,
    deadline: Instant,
}

/// Tells whom `[notify]` names. What goes wrong becomes a warning of the run, and nothing else changes.
pub(super) async fn tell(runs: &mut [RunReport], configured: &Configured, keeping: &Keeping, world: &World) {
    if runs.iter().all(|run| run.mode == Mode::DryRun) {
        return;
    }
    let wanted = wanted(runs, &configured.config.notify);
    let deadline = Instant::now() + SENDING;
    let notices = match keeping {
        Keeping::File(state) if wanted.iter().any(|(_, channel)| !matches!(channel, Channel::Heartbeat(_))) => {
            timeout_at(deadline, Notices::open(state)).await.ok().and_then(Result::ok)
        }
        _ => None,
    };
    let telling = Telling { configured, world, notices, deadline };
    let told = wanted.into_iter().map(async |(place, channel)| {
        let told = telling.tell(channel, &runs[place]).await;
        Some((place, channel, told.err()?))
    });
    for (place, channel, error) in join_all(told).await.into_iter().flatten() {
        let (run, Known { code, meaning, .. }) = (&mut runs[place], channel.failure());
        let (run_id, tenant, channel) = (run.run_id, &run.tenant.name, channel.name());
        tracing::warn!(%run_id, tenant, channel, code, %error, "a notification failed");
        run.warnings.push(format!("{code}: {meaning}: {error}; {}", error.remedy()));
    }
}

/// What there may be to tell, each by the place of its run.
fn wanted<'a>(runs: &[RunReport], notify: &'a Notify) -> Vec<(usize, Channel<'a>)> {
    let Notify { on, mail, webhook, heartbeat } = notify;
    let channels = mail.iter().map(Channel::Mail).chain(webhook.iter().map(Channel::Webhook));
    let channels: Vec<_> = channels.filter(|_| *on != NotifyOn::Never).collect();
    let messages = (0..runs.len()).flat_map(|place| channels.iter().map(move |channel| (place, *channel)));
    // Of a call with several tenants all must have ended well: whoever watches the heartbeat watches all of them.
    let beats = runs.iter().all(|run| run.exit == Exit::Done);
    let heartbeat = heartbeat.iter().filter(|_| beats).map(|url| (runs.len() - 1, Channel::Heartbeat(url)));
    messages.chain(heartbeat).collect()
}

impl Telling<'_> {
    /// Tells one channel of one run, if there is anything to tell, and remembers that.
    async fn tell(&self, channel: Channel<'_>, run: &RunReport) -> Result<(), NotTold> {
        if let Channel::Heartbeat(url) = channel {
            return self.in_time(self.beat(url)).await;
        }
        let earlier = self.earlier(channel, run).await;
        let notice = notify::decide(run, self.configured.config.notify.on, &earlier, run.started_at);
        // Only what there is to tell can fail: a run that says nothing has no warning either.
        if notice.is_silent() {
            return Ok(());
        }
        let sent = self.in_time(self.send(channel, run, &notice)).await;
        let (run_id, channel, tenant) = (run.run_id, channel.name(), run.tenant.tenant_id);
        if matches!(sent, Ok(true) | Err(NotTold::InPart { .. })) {
            tracing::info!(%run_id, tenant = run.tenant.name, channel, "a notification was sent");
        }
        let Some(notices) = &self.notices else { return sent.map(drop) };
        match &sent {
            Ok(true) | Err(NotTold::InPart { .. }) => {
                noted(run_id, channel, notices.remember(tenant, channel, &notice, run.started_at)).await;
            }
            Err(_) if notice.to_problems => noted(run_id, channel, notices.owe(tenant, channel, run.started_at)).await,
            Ok(false) | Err(_) => {}
        }
        sent.map(drop)
    }

    /// What is remembered; nothing where that can't be read in time.
    async fn earlier(&self, channel: Channel<'_>, run: &RunReport) -> Earlier {
        let Some(notices) = &self.notices else { return Earlier::default() };
        let earlier = notices.earlier(run.tenant.tenant_id, channel.name());
        timeout_at(self.deadline, earlier).await.ok().and_then(Result::ok).unwrap_or_default()
    }

    /// Writes and sends; false where the channel has nobody for what there is to tell.
    async fn send(&self, channel: Channel<'_>, run: &RunReport, notice: &Notice) -> Result<bool, NotTold> {
        let tenant = self.configured.selected.iter().find(|tenant| tenant.name == run.tenant.name);
        let Some(tenant) = tenant else { return Ok(false) };
        let kept = self.notices.as_ref().map_or(Kept::Nothing, Notices::kept);
        let message = notify::message(run, notice, kept);
        match channel {
            Channel::Mail(mail) => {
                let to = notify::recipients(mail, notice);
                if to.is_empty() {
                    return Ok(false);
                }
                let letter = Letter::new(mail.from.clone(), to, run, message);
                self.mail(mail, tenant, &letter).await?;
            }
            Channel::Webhook(webhook) => self.post(webhook, tenant, run, &message).await?,
            Channel::Heartbeat(_) => {}
        }
        Ok(true)
    }

    async fn mail(&self, mail: &Mail, tenant: &Tenant, letter: &Letter) -> Result<(), NotTold> {
        let Via::Smtp(server) = &mail.via else {
            return self.mail_by_graph(mail, tenant, letter).await.map_err(NotTold::from);
        };
        let file = server.login.as_ref().map(|(_, file)| SecretSource::File(file.clone()));
        let password = file.map(|file| auth::secret(&file, &self.world.env)).transpose()?;
        notify::send(letter, server, password.as_ref(), tenant.ca_file.as_deref()).await
    }

    /// By a client of its own: its exchange is not in the traffic log of `--record`, since it is full of names.
    async fn mail_by_graph(&self, mail: &Mail, tenant: &Tenant, letter: &Letter) -> Result<(), GraphError> {
        let clients = HttpClients::for_tenant(tenant)?;
        let tokens = auth::access_tokens(tenant, &clients, Host::of(self.world))?;
        let limits = Limits { max_runtime: SENDING, ..Limits::default() };
        let client = Client::new(tenant, clients.graph.clone(), tokens, &limits);
        // Nobody halts it: whoever interrupts the call drops it as a whole.
        let (_running, halt) = tokio::sync::watch::channel(false);
        send_mail(&client, mail.from.expose(), &letter.to_graph(), &halt).await
    }

    async fn post(&self, webhook: &Webhook, tenant: &Tenant, run: &RunReport, said: &Message) -> Result<(), NotTold> {
        let to = self.address(&webhook.url, "the webhook", tenant.ca_file.as_deref())?;
        let body = match webhook.format {
            WebhookFormat::AdaptiveCard => notify::card(said).to_string().into_bytes(),
            WebhookFormat::Json => notify::rendered(run, OutputFormat::Json),
        };
        notify::post(&to, &body).await
    }

    async fn beat(&self, url: &SecretSource) -> Result<(), NotTold> {
        let ca_file = self.configured.selected.first().and_then(|tenant| tenant.ca_file.as_deref());
        notify::get(&self.address(url, "the heartbeat's server", ca_file)?).await
    }

    fn address(&self, url: &SecretSource, whom: &'static str, ca_file: Option<&Path>) -> Result<Address, NotTold> {
        let secret = auth::secret(url, &self.world.env)?;
        Address::new(&secret, whom, ca_file, &self.world.env)
    }

    /// Waits, but neither beyond the time for all channels nor after an interruption.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, NotTold>>) -> Result<T, NotTold> {
        tokio::select! {
            biased;
            () = interrupted(self.world.interrupts.clone()) => Err(NotTold::Interrupted),
            done = timeout_at(self.deadline, work) => {
                done.unwrap_or(Err(NotTold::TooLate { seconds: SENDING.as_secs() }))
            }
        }
    }
}

/// Waits until something is noted, but not for long.
async fn noted(run_id: Uuid, channel: &'static str, noting: impl Future<Output = Result<(), LedgerError>>) {
    if !matches!(timeout(NOTING, noting).await, Ok(Ok(()))) {
        tracing::warn!(%run_id, channel, "a notification can't be noted; the next run repeats it");
    }
}
