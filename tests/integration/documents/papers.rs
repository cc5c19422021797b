//! What holds for every paper: its links lead somewhere, its commands are understood.

use clap::error::ErrorKind::{self, DisplayHelpOnMissingArgumentOrSubcommand, MissingRequiredArgument};

use super::*;

/// README, CHANGELOG and what is in `docs`, each with its place.
fn papers() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let paths = ["README.md", "CHANGELOG.md"].map(|name| root.join(name)).into_iter().chain(docs);
    paths.map(|path| (path.clone(), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn every_link_leads_somewhere() {
    for (paper, text) in papers() {
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("https://")) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { paper.clone() } else { paper.with_file_name(file) };
            assert!(path.exists(), "{}: {target}", paper.display());
            let is_there = |anchor| anchors(&fs::read_to_string(&path).unwrap()).any(|one| one == anchor);
            assert!(anchor.is_empty() || is_there(anchor), "{}: {target}", paper.display());
        }
    }
}

/// What stands for something of the reader's.
const PLACEHOLDERS: [(&str, &str); 3] =
    [("RUN_ID", "01a21540-ed5f-748c-827e-6e2eff6966bc"), ("DATE", "2026-01-31"), ("DIGEST", "sha256:00")];

fn understood(line: &str) -> Result<(), ErrorKind> {
    let words = ["xcsync"].into_iter().chain(line.split_whitespace());
    match Cli::try_parse_from(words) {
        Err(error) if error.kind() != DisplayVersion => Err(error.kind()),
        _ => Ok(()),
    }
}

/// What a line of a shell gives to xcsync, the placeholders filled in.
fn arguments(line: &str) -> Option<String> {
    let line = line.trim().strip_prefix("xcsync ")?.split([';', '|', '>']).next()?.split(" #").next()?;
    Some(PLACEHOLDERS.iter().fold(line.to_owned(), |line, (name, value)| line.replace(name, value)))
}

#[test]
fn every_command_is_understood() {
    let mut found = 0;
    for (paper, text) in papers() {
        let blocks = text.split("\n```sh\n").skip(1).filter_map(|rest| rest.split("\n```").next());
        for line in blocks.flat_map(str::lines).filter_map(arguments) {
            assert_eq!(understood(&line), Ok(()), "{}: xcsync {line}", paper.display());
            found += 1;
        }
        // A sentence may name a command without all that it takes: `xcsync setup permissions`, `xcsync report --html`.
        let sentences = text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2));
        for line in sentences.filter_map(arguments) {
            let shortened = [MissingRequiredArgument, DisplayHelpOnMissingArgumentOrSubcommand];
            let ways = [understood(&line), understood(&format!("{line} x"))];
            let is_understood =
                ways.into_iter().any(|way| way.map_or_else(|kind| shortened.contains(&kind), |()| true));
            assert!(is_understood, "{}: xcsync {line}", paper.display());
            found += 1;
        }
    }
    assert!(found > 80, "{found} commands");
}
