use super::*;

fn told(path: &Path) -> String {
    config::read(path, &Environment::default()).unwrap_err().to_string()
}

#[test]
fn what_is_no_text_file_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let cases: [(&[u8], &str); 3] = [
        (b"a = 1\0", "holds NUL bytes"),
        (b"a = 1\nb = \"\xff\"\n", "is not UTF-8: line 2"),
        (&vec![b'#'; 1024 * 1024 + 1], "is larger than 1 MiB"),
    ];
    for (bytes, part) in cases {
        fs::write(&path, bytes).unwrap();
        assert!(told(&path).contains(part), "{}", told(&path));
    }
    assert!(told(folder.path()).contains("is a folder"));
    assert!(told(&folder.path().join("none.toml")).contains("does not exist"));
}

#[test]
fn a_file_of_another_kind_is_refused_shortly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let junk = [
        "x\n".repeat(90_000),
        "x ".repeat(90_000),
        "= ".repeat(90_000),
        "[".repeat(90_000),
        "a.".repeat(90_000) + "a=1",
        "a={".repeat(60_000),
    ];
    let keys: Vec<String> = (0..20_000).map(|key| format!("k{key} = {key}")).collect();
    let unknown = keys.join("\n");
    for text in junk.iter().chain([&unknown]) {
        fs::write(&path, text).unwrap();
        let told = told(&path);
        assert!(told.len() < 40_000 && told.contains("config.toml:1:"), "{told}");
    }
}

#[cfg(unix)]
#[test]
fn a_configuration_or_a_ca_file_that_others_may_write_decides_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = written(
        "[tenants.gcch]\ncloud = \"usgov\"\ntenant_id = \"11111111-2222-3333-4444-555555555555\"\nca_file = \"ca.pem\"\n\
         [tenants.gcch.invite]\ndomains = [\"contoso.com\"]\n",
    );
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, "").unwrap();
    let read = |file: &Path, mode| {
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
        config::read(&path, &Environment::default()).err().map(|problems| problems.to_string()).unwrap_or_default()
    };
    for (file, words) in [(&path, "may be changed by every account"), (&ca, "others may write into this file")] {
        for mode in [0o644, 0o664, 0o600] {
            assert_eq!(read(file, mode), "", "{mode:o}");
        }
        let told = read(file, 0o646);
        assert!(told.contains(words) && told.contains("chmod o-w ") && told.contains("(mode 0646)"), "{told}");
        read(file, 0o600);
    }
}

#[test]
fn a_path_with_escape_sequences_is_spelled_out() {
    let told = told(Path::new("no\u{1b}[2Jsuch.toml"));
    assert!(told.contains("no\\u{1b}[2Jsuch.toml"), "{told}");
}

const WITH_SECRET: &str = r#"
[tenants.gcch]
cloud = "usgov"
tenant_id = "11111111-2222-3333-4444-555555555555"
[tenants.gcch.auth]
method = "client-secret"
client_id = "66666666-7777-8888-9999-000000000000"
client_secret_file = "secret"
[tenants.gcch.invite]
domains = ["contoso.com"]
"#;

#[cfg(unix)]
#[test]
fn a_secret_file_that_others_may_read_is_refused_with_the_command_to_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = written(WITH_SECRET);
    let secret = folder.path().join("secret");
    fs::write(&secret, "hunter2").unwrap();
    for (mode, open) in [(0o644, true), (0o604, true), (0o602, true), (0o640, false), (0o600, false), (0o400, false)] {
        fs::set_permissions(&secret, fs::Permissions::from_mode(mode)).unwrap();
        let found = config::read(&path, &Environment::default());
        assert_eq!(found.is_err(), open, "{mode:o}");
        if let Err(problems) = found {
            let told = problems.to_string();
            assert!(told.contains(&format!("mode 0{mode:o}")) && told.contains("chmod o-rwx"), "{told}");
        }
    }
}

#[test]
fn a_run_asks_for_the_files_of_its_own_tenants_only() {
    let other = r#"
[tenants.other]
cloud = "commercial"
tenant_id = "99999999-8888-7777-6666-555555555555"
[tenants.other.invite]
domains = ["fabrikam.com"]
"#;
    let (_folder, path) = written(&format!("{WITH_SECRET}{other}"));
    let asked = |name: &str| {
        let flags = Flags { config: Some(path.clone()), tenants: vec![name.to_owned()], ..Flags::default() };
        let Ok(Loaded::Configured(found)) = config::load(&flags, &Environment::default()) else { panic!("{name}") };
        found.check_references(&Environment::default())
    };
    assert!(asked("other").is_ok());
    assert!(asked("gcch").unwrap_err().to_string().contains("the file does not exist"));
}

#[test]
fn the_shipped_files_are_right_also_with_every_comment_taken_off() {
    let example = include_str!("../../../config/example.toml");
    let key = |line: &str| line.starts_with('#') && !line.starts_with("# ") && line.len() > 1;
    let whole = |line: &str| {
        if key(line) { line[1..].to_owned() } else { line.to_owned() }
    };
    let all: Vec<String> = example.lines().map(whole).collect();
    // What excludes each other cannot be set at once.
    let others = ["client_secret_file =", "client_secret_env =", "token_file =", "token_env =", "url_env ="];
    let all = others.iter().fold(all.join("\n"), |text, key| text.replace(key, "#"));
    // With every table there is a server to send mail by, and then mail goes there.
    let all = all.replace("via = \"graph\"", "via = \"smtp\"");
    for text in [example, &all, include_str!("../../../config/minimal.toml")] {
        let (_folder, path) = written(text);
        let loaded = config::load(&Flags { config: Some(path), ..Flags::default() }, &Environment::default());
        assert!(loaded.is_ok(), "{}", loaded.unwrap_err());
    }
}

#[test]
fn the_example_holds_every_key() {
    let example = include_str!("../../../config/example.toml");
    let spelled = |key: &str| example.lines().any(|line| line.trim_start_matches('#').starts_with(&format!("{key} =")));
    let keys = "state cloud tenant_id ca_file method client_id client_secret_file client_secret_env certificate_file key_file token_file token_env domains include_subdomains \
        home address accept_mail_as_login require_synced send_message message_language redirect_url lookback overlap sweep_every \
        remind_after max_reminders exclude max_invitations wave rate_per_second stop_after_failures max_runtime graph authority \
        redirect companyName country department employeeType jobTitle onPremisesDomainName userType extensionAttribute1 \
        on via from to problems_to host port tls user password_file url_file url_env format";
    for key in keys.split_whitespace() {
        assert!(spelled(key), "{key}");
    }
}
