//! One module does all cryptography: the program names it, and nothing else of the kind is built into the product.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use crate::context::{binary, say};

/// What `cargo deny` is told to refuse: a crate, and the only ones that may need it.
fn refused() -> Vec<(String, Vec<String>)> {
    let table: toml::Table = include_str!("../../deny.toml").parse().unwrap();
    let entries = table["bans"]["deny"].as_array().unwrap();
    let name = |value: &toml::Value| value.as_str().unwrap().to_owned();
    let entry = |entry: &toml::Value| match entry.as_table() {
        None => (name(entry), Vec::new()),
        Some(table) => (name(&table["crate"]), table["wrappers"].as_array().unwrap().iter().map(name).collect()),
    };
    entries.iter().map(entry).collect()
}

/// Who needs whom in a normal build of the product for every target, or why that can't be told.
fn needs(features: &[&str]) -> Result<BTreeSet<[String; 2]>, String> {
    let mut command = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    // No network: `cargo fetch` brings the crates of targets that are not built here.
    command.args(["tree", "--locked", "--offline", "--target", "all", "-e", "normal", "--prefix", "depth"]);
    command.args(["--format", " {p}", "--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    match command.args(features).output() {
        Ok(Output { status, stdout, .. }) if status.success() => Ok(edges(&String::from_utf8(stdout).unwrap())),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).lines().take(2).collect::<Vec<_>>().join("; ")),
        Err(error) => Err(format!("cargo is not at hand: {error}")),
    }
}

/// The pairs of a tree whose lines begin with their depth.
fn edges(tree: &str) -> BTreeSet<[String; 2]> {
    let mut path: Vec<String> = Vec::new();
    let mut edges = BTreeSet::new();
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let (Some(depth), Some(name)) = (words.next(), words.next()) else { continue };
        path.truncate(depth.parse().unwrap());
        if let Some(parent) = path.last() {
            edges.insert([parent.clone(), name.to_owned()]);
        }
        path.push(name.to_owned());
    }
    edges
}

/// The same as `cargo deny check bans`, which not every machine has, for every target and set of features.
#[test]
fn no_other_cryptography_is_built_into_the_product() {
    let refused = refused();
    assert!(refused.len() > 50 && refused.iter().any(|(name, _)| name == "ring"), "{refused:?}");
    for features in [&[][..], &["--no-default-features"], &["--features", "fips"]] {
        let needs = match needs(features) {
            Ok(needs) => needs,
            Err(why) => return say(&format!("not looked at, what is built into the product: {why}")),
        };
        let has = |name: &str| needs.iter().any(|[_, child]| child == name);
        assert!(has("aws-lc-rs") && has("rustls") && has("windows-sys"), "{features:?}: the tree is not read rightly");
        assert_eq!(has("aws-lc-fips-sys"), features.contains(&"fips"));
        let is_refused = |[parent, child]: &&[String; 2]| {
            refused.iter().any(|(name, wrappers)| name == child && !wrappers.contains(parent))
        };
        let found: Vec<_> = needs.iter().filter(is_refused).collect();
        assert!(found.is_empty(), "{features:?}: a second cryptography, as [who needs it, it]: {found:?}");
    }
}

/// The feature `debug` of `azure_core` takes the redaction out of what it logs.
#[test]
fn nothing_switches_the_redaction_of_the_sign_in_library_off() {
    let mut command = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    command.args(["tree", "--locked", "--offline", "-e", "features,no-dev", "-i", "typespec_client_core"]);
    command.args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    match command.output() {
        Ok(output) if output.status.success() => {
            let tree = String::from_utf8(output.stdout).unwrap();
            assert!(tree.contains("typespec_client_core feature \"") && !tree.contains("feature \"debug\""), "{tree}");
        }
        Ok(output) => say(&format!("not looked at: {}", String::from_utf8_lossy(&output.stderr).trim())),
        Err(error) => say(&format!("not looked at: cargo is not at hand: {error}")),
    }
}

fn version(args: &[&str]) -> String {
    let output = binary().args(args).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.is_empty()), (Some(0), true), "{args:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_version_names_the_module_where_more_is_asked_for() {
    let short = version(&["--version"]);
    assert_eq!(short.lines().count(), 1, "{short}");
    let mode = if cfg!(feature = "fips") { "in FIPS mode" } else { "not FIPS" };
    for args in [["--version", "-v"], ["-v", "-V"]] {
        let long = version(&args);
        let (first, module) = long.split_once('\n').unwrap();
        assert_eq!(first, short.trim_end());
        assert!(module.starts_with("cryptography: AWS-LC ") && module.ends_with(&format!(", {mode}\n")), "{long}");
    }
}
