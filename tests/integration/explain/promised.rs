//! The catalogue has an entry for everything that a report can say, and reports say what is in it.

use std::collections::{BTreeMap, BTreeSet};

use xcsync::auth::AADSTS;
use xcsync::check::Check;
use xcsync::error::Exit;
use xcsync::explain::invitation::INVITATION_ERRORS;
use xcsync::explain::own::OWN;
use xcsync::explain::{Entry, Kind, Side, catalogue};
use xcsync::harmless::harmless_line;
use xcsync::sandbox::Person;
use xcsync::selection::Reason;

use super::explain;
use crate::context::Tenant;

fn by_code() -> BTreeMap<String, Entry> {
    catalogue().into_iter().map(|entry| (entry.code.to_string(), entry)).collect()
}

/// The first cells, without their backticks, of the table under a heading; a cell may hold several.
fn codes(text: &str, heading: &str) -> Vec<String> {
    let (_, rest) = text.split_once(heading).unwrap_or_else(|| panic!("no {heading}"));
    let section = rest.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').next().unwrap().trim().trim_matches('`').to_owned()).collect()
}

#[test]
fn there_are_more_than_fifty_entries_and_each_is_whole() {
    let entries = catalogue();
    assert!(entries.len() >= 150, "{}", entries.len());
    let distinct: BTreeSet<_> = entries.iter().map(|entry| entry.code.to_lowercase()).collect();
    assert_eq!(distinct.len(), entries.len(), "a code stands twice");
    for Entry { kind, code, meaning, remedy, said, side } in &entries {
        assert!(meaning.len() > 3 && remedy.len() > 3, "{code}");
        for text in [*meaning, *remedy] {
            assert_eq!(harmless_line(text), text, "{code}");
            assert!(!text.ends_with('.') && !text.contains("  ") && !text.starts_with(' '), "{code}: {text}");
        }
        assert!(said.iter().all(|words| words.len() > 5 && *words == words.to_lowercase()), "{code}: {said:?}");
        assert!(*kind != Kind::SignIn || code.starts_with("AADSTS"), "{code}");
        // Nobody has to mend what is only a state.
        assert!(*side != Side::Nobody || matches!(kind, Kind::Exit | Kind::Reason | Kind::Error), "{code}");
    }
    for kind in Kind::ALL {
        assert!(entries.iter().any(|entry| entry.kind == kind), "{kind:?}");
    }
}

#[test]
fn every_code_of_the_program_has_an_entry() {
    let entries = by_code();
    let kind = |code: &str| entries.get(code).map(|entry| entry.kind);
    for exit in Exit::ALL {
        assert_eq!(kind(&exit.code().to_string()), Some(Kind::Exit), "{exit:?}");
    }
    for reason in Reason::ALL {
        assert_eq!(kind(reason.code()), Some(Kind::Reason), "{reason:?}");
    }
    for check in Check::ALL {
        assert_eq!(kind(check.name()), Some(Kind::Check), "{check:?}");
    }
    for known in OWN {
        assert_eq!(kind(known.code), Some(Kind::Error), "{known:?}");
    }
    for error in INVITATION_ERRORS {
        assert_eq!(kind(error.known.code), Some(Kind::Invitation), "{error:?}");
    }
    for row in AADSTS {
        assert_eq!(kind(&format!("AADSTS{}", row.code)), Some(Kind::SignIn), "{row:?}");
    }
}

#[test]
fn every_code_of_the_readme_has_an_entry() {
    let readme = include_str!("../../../README.md");
    let entries = by_code();
    for (heading, kind) in [("\n## Exit codes\n", Kind::Exit), ("\n## Reason codes\n", Kind::Reason)] {
        let documented = codes(readme, heading);
        assert!(documented.len() >= 10, "{documented:?}");
        for code in documented {
            assert_eq!(entries.get(&code).map(|entry| entry.kind), Some(kind), "{code}");
        }
    }
}

/// Whether a hint is what the catalogue has to say, alone or with what is particular to the case.
fn is_of_the_catalogue(hint: &str, entry: &Entry) -> bool {
    hint.contains(entry.remedy)
}

#[tokio::test(start_paused = true)]
async fn the_hints_of_reports_are_the_catalogues() {
    let line = ["xcsync", "invite", "--cloud", "sandbox", "-v", "-o", "json"].map(Into::into);
    let now = "2026-03-02T08:00:00Z".parse().unwrap();
    let ended =
        crate::context::run_line(line, &xcsync::world::Environment::default(), now, tokio::sync::watch::channel(0).1)
            .await;
    let run = &ended.json()["runs"][0];
    let entries = by_code();
    let mut told = BTreeSet::new();
    for decision in run["decisions"].as_array().unwrap() {
        let reason = decision["reason"].as_str().unwrap();
        let Some(hint) = decision["hint"].as_str() else { continue };
        assert!(is_of_the_catalogue(hint, &entries[reason]), "{decision:#}");
        told.insert(reason.to_owned());
    }
    for outcome in run["outcomes"].as_array().unwrap().iter().filter(|outcome| !outcome["error"].is_null()) {
        let code = outcome["error"]["code"].as_str().unwrap();
        assert!(is_of_the_catalogue(outcome["error"]["hint"].as_str().unwrap(), &entries[code]), "{outcome:#}");
        told.insert(code.to_owned());
    }
    assert!(told.len() >= 18, "{told:?}");
}

#[tokio::test]
async fn every_line_of_check_finds_the_check_that_it_is_about() {
    let line = ["xcsync", "check", "--cloud", "sandbox"].map(Into::into);
    let now = "2026-03-02T08:00:00Z".parse().unwrap();
    let none = xcsync::world::Environment::default();
    let text = crate::context::run_line(line, &none, now, tokio::sync::watch::channel(0).1).await.stdout;
    let names: Vec<_> = Check::ALL.iter().map(|check| check.name()).collect();
    let mut told = BTreeSet::new();
    for line in text.lines() {
        let Some(name) = line.split_whitespace().nth(1).filter(|name| names.contains(name)) else { continue };
        assert_eq!(super::found(line).await.0, [name], "{line}");
        told.insert(name);
    }
    assert!(told.len() >= 12, "{told:?} in {text}");
}

#[tokio::test(start_paused = true)]
async fn the_error_of_a_run_is_explained_by_its_code() {
    let tenant = Tenant::with([Person::synced(1, "ann@contoso.com")]).await;
    tenant.graph.edit(|graph| graph.blocked_for_suspicion = true);
    let error = tenant.report(&[]).await["error"].clone();
    let json = explain(&[error["code"].as_str().unwrap(), "-o", "json"]).await.json();
    assert_eq!(json["entries"][0]["remedy"], error["hint"]);
}

#[tokio::test]
async fn the_list_has_every_entry_in_each_form() {
    let entries = catalogue();
    let json = explain(&["--list", "-o", "json"]).await.json();
    assert_eq!((json["exit_code"].clone(), json["error"].is_null(), json["fit"].is_null()), (0.into(), true, true));
    let listed = json["entries"].as_array().unwrap();
    assert_eq!(listed.len(), entries.len());
    let keys: BTreeSet<_> = listed[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["code", "kind", "meaning", "remedy", "side"].into());
    let table = explain(&["--list", "-o", "csv"]).await.stdout;
    assert_eq!(table.lines().next(), Some("code,kind,side,meaning,remedy"));
    assert_eq!(table.lines().count(), entries.len() + 1);
    let text = explain(&["--list"]).await.stdout;
    for Entry { code, side, meaning, .. } in &entries {
        let row = |line: &str| {
            let mut words = line.split_whitespace();
            words.next() == Some(&**code) && words.next() == Some(side.code()) && line.ends_with(meaning)
        };
        assert_eq!(text.lines().filter(|line| row(line)).count(), 1, "{code}");
    }
}
