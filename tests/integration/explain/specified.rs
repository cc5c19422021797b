//! The tables of the specification and the program name the same codes, where the specification is at hand.

use std::fs;
use std::path::Path;

use xcsync::check::Check;
use xcsync::error::Exit;
use xcsync::explain::{Entry, Kind, Side, catalogue};
use xcsync::selection::Reason;
use xcsync::world::Environment;

use crate::context::say;

/// The specification lies beside the contract, which `CONTRACT` names as in `.ci/run`.
fn specification() -> Option<String> {
    let environment = Environment::of_process();
    let named = environment.get("CONTRACT").and_then(|contract| Some(Path::new(contract).parent()?.join("SPEC.md")));
    let path = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/SPEC.md"));
    let text = fs::read_to_string(&path).ok();
    if text.is_none() {
        say("skipped: the specification is not beside the repository, so that its codes are not compared");
    }
    text
}

/// The cells of the rows of the table that begins with this header.
fn table<'a>(text: &'a str, header: &str) -> Vec<Vec<&'a str>> {
    let (_, rest) = text.split_once(&format!("\n{header}\n")).unwrap_or_else(|| panic!("no table {header}"));
    let lines = rest.lines().skip(1).take_while(|line| line.starts_with('|'));
    let rows: Vec<Vec<_>> =
        lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>()).collect();
    assert!(rows.len() >= 10, "{header}: {rows:?}");
    rows
}

/// The texts between backticks.
fn codes(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn of_kind(kind: Kind) -> Vec<Entry> {
    catalogue().into_iter().filter(|entry| entry.kind == kind).collect()
}

/// The codes of a cell such as `` `pending` / **remind** `pending-reminder-due` ``, each with what a person gets.
fn decided(cell: &str, letter: &str) -> Vec<(String, String)> {
    let by_letter = match letter {
        "S" => "skip",
        "H" => "hold",
        other => other,
    };
    let mut decision = by_letter.to_owned();
    let mut decided = Vec::new();
    for (place, part) in cell.split('`').enumerate() {
        if place % 2 == 1 {
            decided.push((part.to_owned(), decision.clone()));
        } else if let Some(word) = part.split("**").nth(1) {
            word.clone_into(&mut decision);
        }
    }
    decided
}

#[test]
fn the_reasons_and_their_decisions_are_those_of_the_specification() {
    let Some(spec) = specification() else { return };
    let rows = table(&spec, "| # | reason | | when |");
    let mut specified: Vec<_> = rows.iter().flat_map(|row| decided(row[1], row[2])).collect();
    let mut known: Vec<_> =
        Reason::ALL.iter().map(|one| (one.code().to_owned(), one.decision().code().to_owned())).collect();
    let mut listed: Vec<_> = of_kind(Kind::Reason).into_iter().map(|entry| entry.code.to_string()).collect();
    specified.sort_unstable();
    known.sort_unstable();
    listed.sort_unstable();
    assert_eq!(known, specified);
    assert_eq!(listed, specified.into_iter().map(|(code, _)| code).collect::<Vec<_>>());
}

#[test]
fn the_exit_codes_and_their_meanings_are_those_of_the_specification() {
    let Some(spec) = specification() else { return };
    let rows = table(&spec, "| code | meaning |");
    let specified: Vec<_> = rows.iter().map(|row| row[0].to_owned()).collect();
    assert_eq!(Exit::ALL.iter().map(|exit| exit.code().to_string()).collect::<Vec<_>>(), specified);
    let listed = of_kind(Kind::Exit);
    assert_eq!(listed.iter().map(|entry| entry.code.to_string()).collect::<Vec<_>>(), specified);
    for (entry, row) in listed.iter().zip(&rows) {
        // The program may say more than the specification, and nothing else.
        let first = row[1].split([':', ',', ';', '(']).next().unwrap().trim();
        assert!(entry.meaning.starts_with(first), "{}: {}", entry.code, entry.meaning);
    }
}

#[test]
fn the_checks_and_their_sides_are_those_of_the_specification() {
    let Some(spec) = specification() else { return };
    let rows = table(&spec, "| check | side | holds when |");
    let specified: Vec<_> =
        rows.iter().flat_map(|row| codes(row[0]).map(|code| (code.to_owned(), row[1].to_owned()))).collect();
    let names: Vec<_> = specified.iter().map(|(code, _)| code.clone()).collect();
    assert_eq!(Check::ALL.iter().map(|check| check.name()).collect::<Vec<_>>(), names);
    let listed = of_kind(Kind::Check);
    assert_eq!(listed.iter().map(|entry| entry.code.to_string()).collect::<Vec<_>>(), names);
    // The row of b2b-* has a side for each of its two checks, in their order.
    let side_of = |code: &str, side: &str| match (code, side.split_once(", ")) {
        ("b2b-outbound", Some((_, second))) => second.to_owned(),
        (_, Some((first, _))) => first.to_owned(),
        (_, None) => side.to_owned(),
    };
    for (entry, (code, side)) in listed.iter().zip(&specified) {
        let place = match side_of(code, side).as_str() {
            "both" => "on both sides",
            "tenant" => "in the tenant that invites",
            "home" => "in the home tenant",
            _ => "on this host",
        };
        assert!(entry.meaning.starts_with(place), "{code}: {}", entry.meaning);
        assert_ne!(entry.side, Side::Nobody, "{code}");
    }
}
