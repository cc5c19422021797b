use std::path::Path;

const CONTAINERFILE: &str = include_str!("../../config/deploy/Containerfile");

/// No engine need be at hand: what can be wrong without one is looked for.
#[test]
fn the_image_is_built_from_what_is_there_and_runs_as_nobody() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lines = |word: &str| {
        let found = CONTAINERFILE.lines().filter_map(|line| line.strip_prefix(word)).map(str::trim);
        found.map(str::to_owned).collect::<Vec<String>>()
    };
    let copied: Vec<String> = lines("COPY ").into_iter().filter(|line| !line.starts_with("--from")).collect();
    for line in &copied {
        let (sources, _) = line.rsplit_once(' ').unwrap();
        sources.split(' ').for_each(|source| assert!(root.join(source).exists(), "{source}"));
    }
    // What the build reads besides the sources: Cargo's files and those of the templates' compiler.
    for needed in ["Cargo.toml", "Cargo.lock", "askama.toml", "src", "config", "tests"] {
        assert!(copied.iter().any(|line| line.split(' ').any(|word| word == needed)), "{needed}");
    }
    assert_eq!(lines("USER "), ["65532:65532"]);
    // The ledger is on the volume: nothing else can be written to.
    assert_eq!(
        (lines("VOLUME "), lines("ENV ")),
        (vec!["/var/lib/xcsync".into()], vec!["XDG_STATE_HOME=/var/lib".into()])
    );
    assert!(lines("FROM ").last().unwrap().ends_with(":nonroot"));
    // A list: a text would be run by a shell, which the image does not have.
    assert!(lines("ENTRYPOINT ").iter().chain(&lines("CMD ")).all(|line| line.starts_with('[')));
}

#[test]
fn every_file_of_the_packages_is_there_and_in_both() {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
    let metadata = &manifest["package"]["metadata"];
    let texts = |array: &toml::Value| -> Vec<String> {
        let source =
            |asset: &toml::Value| asset.get(0).or_else(|| asset.get("source")).unwrap().as_str().unwrap().into();
        array.as_array().unwrap().iter().map(source).collect()
    };
    let (deb, rpm) = (texts(&metadata["deb"]["assets"]), texts(&metadata["generate-rpm"]["assets"]));
    // The licence of a .deb is named by another key.
    let in_rpm: Vec<&String> = rpm.iter().filter(|source| *source != "LICENSE").collect();
    assert_eq!(deb.iter().collect::<Vec<_>>(), in_rpm);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for source in deb.iter().filter(|source| !source.starts_with("target/")) {
        let folder = source.trim_end_matches("*.md");
        assert!(root.join(folder).exists(), "{source}");
    }
}

/// The program of the unit is where the packages put it, and takes the unit's arguments.
#[test]
fn the_unit_starts_what_the_packages_install() {
    let unit = include_str!("../../config/deploy/xcsync.service");
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let mut words = line.split(' ');
    assert_eq!(words.next(), Some("/usr/bin/xcsync"));
    let parsed = <xcsync::cli::Cli as clap::Parser>::try_parse_from(["xcsync"].into_iter().chain(words));
    assert!(matches!(parsed.unwrap().command, xcsync::cli::Command::Invite(_)));
}

/// What `xcsync schedule` prints on this machine.
fn printed(scheduler: &str) -> String {
    let output = crate::context::binary().args(["schedule", scheduler, "--every", "6h"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The settings of a unit's section, without comments.
fn settings<'a>(unit: &'a str, section: &str) -> Vec<&'a str> {
    let (_, rest) = unit.split_once(&format!("\n[{section}]\n")).unwrap();
    let lines = rest.lines().take_while(|line| !line.starts_with('['));
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn the_packages_unit_is_as_closed_as_the_one_that_schedule_prints() {
    let printed = printed("systemd");
    let of = |unit| settings(unit, "Service").into_iter().filter(|line| !line.starts_with("ExecStart=")).collect();
    let (ours, theirs): (Vec<_>, Vec<_>) = (of(include_str!("../../config/deploy/xcsync.service")), of(&printed));
    assert!(ours.len() > 30, "{ours:?}");
    assert_eq!(ours, theirs);
}

#[cfg(target_os = "linux")]
#[test]
fn the_manifest_is_what_schedule_prints_but_for_the_minute() {
    let without_minute = |text: &str| {
        let lines = text.lines().map(|line| match line.split_once("schedule: \"") {
            Some((before, when)) => format!("{before}schedule: * {}", when.split_once(' ').unwrap().1),
            None => line.to_owned(),
        });
        lines.collect::<Vec<_>>()
    };
    let ours = include_str!("../../config/deploy/xcsync.yaml");
    assert_eq!(without_minute(ours), without_minute(&printed("kubernetes")));
}
