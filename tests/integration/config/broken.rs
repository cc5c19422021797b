use super::*;

/// Stands for every secret in the fixtures.
const SECRET: &str = "hunter2";

#[test]
fn every_broken_file_is_told_all_its_problems_with_file_and_line() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir("tests/fixtures/config").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if Path::new(&name).extension().is_some_and(|end| end == "toml") {
            count += 1;
            // Put together by hand, so that it reads the same on Windows.
            wrong.extend(differs_from_golden(&PathBuf::from(format!("tests/fixtures/config/{name}"))));
        }
    }
    assert!(count >= 30, "{count} fixtures");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What is said of a file, against the file beside it; a missing one is written, to be looked at.
fn differs_from_golden(path: &Path) -> Option<String> {
    let Err(problems) = config::read(path, &Environment::default()) else {
        return Some(format!("{} has no problems", path.display()));
    };
    let told = format!("{problems}\n");
    assert!(!told.contains(SECRET), "{} shows a secret:\n{told}", path.display());
    assert!(told.lines().all(|line| !line.contains(char::is_control)), "{} shows control characters", path.display());
    assert!(told.contains(&format!("{}:", path.display())), "{} is not named:\n{told}", path.display());
    let golden = path.with_extension("stderr");
    if !golden.exists() {
        fs::write(&golden, &told).unwrap();
        return Some(format!("{} was written: look at it", golden.display()));
    }
    let expected = fs::read_to_string(&golden).unwrap().replace("\r\n", "\n");
    (told != expected).then(|| format!("{}:\n{told}\ninstead of\n{expected}", path.display()))
}
