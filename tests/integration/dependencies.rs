/// The sections of `Cargo.toml` that name dependencies, line by line.
fn dependencies() -> Vec<(&'static str, &'static str)> {
    let mut section = "";
    let mut before = "";
    let mut found = Vec::new();
    for line in include_str!("../../Cargo.toml").lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]") && line.contains(" = ") && !line.starts_with('#') {
            found.push((before, line));
        }
        before = line;
    }
    found
}

/// The reason stands behind the line, or has a line of its own before it, as a sentence.
#[test]
fn every_dependency_says_why_it_is_there() {
    let dependencies = dependencies();
    assert!(dependencies.len() > 40, "{dependencies:#?}");
    let has_reason = |(before, line): &&(&str, &str)| {
        let behind = line.split_once(" # ").is_some_and(|(_, reason)| reason.trim().len() > 5);
        behind || (before.starts_with("# ") && before.ends_with('.') && before.len() > 40)
    };
    let without: Vec<_> = dependencies.iter().filter(|dependency| !has_reason(dependency)).collect();
    assert!(without.is_empty(), "{without:#?}");
}

/// A version is a promise of the crate's; a branch or a folder is none.
#[test]
fn every_dependency_is_a_version_of_the_registry() {
    let others = dependencies().into_iter().filter(|(_, line)| line.contains("git =") || line.contains("path ="));
    let others: Vec<_> = others.map(|(_, line)| line.split(' ').next().unwrap()).collect();
    // The tests use the crate itself, with failpoints.
    assert_eq!(others, ["xcsync"]);
}

/// The name and version of `syn` that a package is locked to.
fn syn_of(package: &str) -> &'static str {
    let lock = include_str!("../../Cargo.lock");
    let (_, entry) = lock.split_once(&format!("name = \"{package}\"\n")).unwrap();
    let entry = entry.split("[[package]]").next().unwrap();
    entry.lines().find(|line| line.starts_with(" \"syn")).unwrap_or("none")
}

/// The two hand each other what they have parsed, and bindgen allows versions that prettyplease does not: cargo may lock
/// another for it whenever a dependency is added, and the FIPS build, which alone needs bindgen, fails.
#[test]
fn bindgen_and_prettyplease_are_locked_to_one_syn() {
    assert_eq!(syn_of("bindgen"), syn_of("prettyplease"));
}
