//! What holds for every paper: its links lead somewhere.

use super::*;

/// README, CHANGELOG and what is in `docs`, each with its place.
pub(super) fn papers() -> Vec<(PathBuf, String)> {
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
