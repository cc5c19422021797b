//! `--cloud sandbox`: the real job against the built-in tenant and its people's home tenant, over real HTTP on loopback.

use chrono::{DateTime, TimeDelta, Utc};

use super::memory::Keeping;
use super::{Options, Pair};
use crate::commands::sandbox::{Permissions, Started};
use crate::directory::{MailAddress, ObjectId};
use crate::error::Error;
use crate::report::{Mode, Progress, RunReport};
use crate::sandbox::people::Remembered;
use crate::sandbox::{Person, Sandbox, people};
use crate::selection::{Fingerprint, Open, Reason, Record, Retry, Seen};
use crate::world::World;

/// Starts both tenants, runs the job against them, and stops them.
pub(super) async fn run(
    options: &mut Options,
    world: &mut World,
    progress: &Progress,
) -> Result<Vec<RunReport>, Error> {
    if options.resume {
        let message = "--resume lifts what a ledger remembers, and the sandbox's is a new one each time";
        return Err(super::usage(message, "run again without --resume"));
    }
    // As little as the mode needs: a dry run reads.
    let tenant: &[&str] = match options.mode {
        Mode::DryRun => &["User.Read.All", "RoleManagement.Read.Directory"],
        Mode::Apply => &["User.Read.All", "User.Invite.All", "Organization.Read.All", "RoleManagement.Read.Directory"],
    };
    let started = Started::with(world, &Permissions { tenant, home: &["User.Read.All"] }).await?;
    options.keeping = Keeping::Temporary(remembered(&started.graph, world.clock.now()));
    let pair = Pair { tenant: &started.tenant, home: Some(&started.home) };
    super::run_all(&[pair], options, world, progress).await
}

/// What earlier runs would have left in the ledger.
pub(in crate::commands) fn remembered(sandbox: &Sandbox, now: DateTime<Utc>) -> Vec<(ObjectId, String, Record)> {
    let entry = |(name, mail, known): (&str, &str, Remembered)| {
        let person = sandbox.edit(|tenant| tenant.people.with_mail(mail).cloned())?;
        let id = ObjectId::from_bytes(person.id.into_bytes());
        Some((id, name.to_owned(), record(&person, mail, known, now)))
    };
    people::REMEMBERED.into_iter().filter_map(entry).collect()
}

fn record(person: &Person, mail: &str, known: Remembered, now: DateTime<Utc>) -> Record {
    let ago = |days| now - TimeDelta::days(days);
    let told = |reason, days| (Some(reason), Some(ago(days)));
    let invited = |address: &str, seen, reminders, (reason, since)| Record {
        seen,
        address: MailAddress::parse(address),
        last_invitation: Some(ago(9)),
        invitations: 1 + reminders,
        reminders,
        reason,
        since,
        ..Record::default()
    };
    let failed = |open, (reason, since)| Record {
        address: MailAddress::parse(mail),
        open: Some(open),
        reason,
        since,
        ..Record::default()
    };
    let retry = |due| Open::Retry(Retry { due, first: ago(2), times: 2, maybe_sent: None });
    match known {
        Remembered::UnderAnotherAddress => {
            invited(&format!("old.{mail}"), Seen::Pending, 0, told(Reason::AddressChanged, 3))
        }
        Remembered::Reverted => invited(mail, Seen::Accepted, 0, told(Reason::Reverted, 2)),
        Remembered::RemindedTwice => invited(mail, Seen::Pending, 2, told(Reason::RemindersUsedUp, 1)),
        Remembered::ReminderDue => invited(mail, Seen::Pending, 0, told(Reason::Pending, 9)),
        Remembered::Refused => failed(Open::Refused { when: fingerprint(person) }, told(Reason::Refused, 5)),
        Remembered::GivenUp => failed(Open::GaveUp, told(Reason::GaveUp, 1)),
        Remembered::FailedLately => failed(retry(now + TimeDelta::hours(5)), told(Reason::RetryLater, 2)),
        Remembered::FailedLongAgo => failed(retry(ago(1)), told(Reason::RetryLater, 2)),
    }
}

fn fingerprint(person: &Person) -> Fingerprint {
    let proxies = person.proxy_addresses.iter().map(String::as_str);
    Fingerprint::new(
        person.mail.as_deref(),
        &person.user_principal_name,
        proxies,
        person.account_enabled != Some(false),
    )
}
