//! A task of Windows.
//!
//! <https://learn.microsoft.com/en-us/windows/win32/taskschd/task-scheduler-schema>, for the arguments
//! <https://learn.microsoft.com/en-us/cpp/c-language/parsing-c-command-line-arguments>

use askama::Template;

use super::{Every, File, LONGEST_HOURS, Schedule, Scheduler, Unfit, rendered};

/// The least of Windows' own accounts: no rights on the machine, and nobody on the network.
const LOCAL_SERVICE: &str = "S-1-5-19";

/// Windows' own accounts, which have no password: LOCAL SERVICE, NETWORK SERVICE.
const SERVICES: [(&str, &str); 2] = [("LOCAL SERVICE", LOCAL_SERVICE), ("NETWORK SERVICE", "S-1-5-20")];

/// The longest `Command`, in characters: `pathType` of the schema.
const LONGEST: usize = 260;

#[derive(Template)]
#[template(path = "task.xml", escape = "none")]
struct Task {
    every: String,
    version: &'static str,
    start: String,
    interval: String,
    delay: u32,
    hours: u32,
    user: String,
    has_password: bool,
    /// The account as icacls takes it.
    trustee: String,
    program: String,
    arguments: String,
}

pub(super) fn files(schedule: &Schedule) -> Result<Vec<File>, Unfit> {
    let words: Vec<_> = [schedule.program.as_str()].into_iter().chain(schedule.arguments()).collect();
    words.iter().try_for_each(|word| check(word))?;
    if schedule.program.chars().count() > LONGEST {
        return Err(Scheduler::Windows.unfit(&schedule.program, "it is longer than 260 characters"));
    }
    let user = account(schedule)?;
    let has_password = SERVICES.iter().all(|(_, sid)| *sid != user);
    let Schedule { every, minute, .. } = schedule;
    let text = rendered(&Task {
        every: every.to_string(),
        version: env!("CARGO_PKG_VERSION"),
        // A Monday; every later run is so many times the interval after it.
        start: format!("2026-01-05T{:02}:{minute:02}:00", every.first_hour()),
        interval: interval(*every),
        delay: every.jitter_seconds(),
        hours: LONGEST_HOURS,
        has_password,
        // A comment of XML can hold no hyphen beside another, and a name may.
        trustee: if has_password { "NAME".to_owned() } else { format!("*{user}") },
        user: xml(user),
        program: xml(&schedule.program),
        arguments: xml(&schedule.arguments().map(word).collect::<Vec<_>>().join(" ")),
    });
    Ok(vec![File { name: "xcsync.xml", text }])
}

/// Task Scheduler replaces variables, and Windows has no quotes in names of files.
fn check(word: &str) -> Result<(), Unfit> {
    let why = if word.contains('%') || word.contains("$(") {
        "Task Scheduler takes what stands between % signs, or after $(, for a variable; give the whole path"
    } else if word.contains('"') {
        "a name can't hold a quote on Windows"
    } else {
        return Ok(());
    };
    Err(Scheduler::Windows.unfit(word, why))
}

/// Whom the task runs as: one of Windows' own accounts by its id, since their names are translated, or any other.
fn account(schedule: &Schedule) -> Result<&str, Unfit> {
    let Some(user) = schedule.user.as_deref() else { return Ok(LOCAL_SERVICE) };
    let name = user.strip_prefix(r"NT AUTHORITY\").unwrap_or(user);
    if ["SYSTEM", "LocalSystem", "S-1-5-18"].iter().any(|system| name.eq_ignore_ascii_case(system)) {
        return Err(
            Scheduler::Windows.unfit(user, "it may do everything on this machine, and xcsync needs nothing of it")
        );
    }
    let service = SERVICES.iter().find(|(own, sid)| name.eq_ignore_ascii_case(own) || name.eq_ignore_ascii_case(sid));
    Ok(service.map_or(user, |(_, sid)| sid))
}

/// An ISO 8601 duration.
fn interval(every: Every) -> String {
    let minutes = every.seconds() / 60;
    match (minutes % (24 * 60), minutes % 60) {
        (0, _) => format!("P{}D", minutes / (24 * 60)),
        (_, 0) => format!("PT{}H", minutes / 60),
        _ => format!("PT{minutes}M"),
    }
}

/// An argument, as a C program of Windows reads it; one with a quote was refused.
fn word(text: &str) -> String {
    if !text.contains([' ', '\t']) {
        return text.to_owned();
    }
    // Backslashes count double before a quote.
    let kept = text.trim_end_matches('\\');
    format!("\"{kept}{}\"", "\\".repeat(2 * (text.len() - kept.len())))
}

/// Text between tags. Only ASCII comes out, so that it reads the same in every encoding: PowerShell's `>` writes UTF-16 or
/// UTF-8, by its version.
fn xml(text: &str) -> String {
    let shown = |c: char| match c {
        '&' | '<' | '>' | '"' | '\'' => format!("&#{};", u32::from(c)),
        ' '..='~' => c.to_string(),
        other => format!("&#x{:x};", u32::from(other)),
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_backslash_of_a_quoted_argument_does_not_take_its_quote_away() {
        assert_eq!(word(r"C:\a b\"), r#""C:\a b\\""#);
        assert_eq!(word(r"C:\ab\"), r"C:\ab\");
    }

    #[test]
    fn other_characters_than_ascii_are_numbers() {
        assert_eq!(xml("<é & '\u{1f600}'>"), "&#60;&#xe9; &#38; &#39;&#x1f600;&#39;&#62;");
    }

    proptest! {
        #[test]
        fn what_is_between_tags_ends_no_tag(text in any::<String>()) {
            let shown = xml(&text);
            prop_assert!(shown.bytes().all(|b| (b' '..=b'~').contains(&b)) && !shown.contains(['<', '>', '"']));
        }
    }
}
