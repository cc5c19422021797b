use secrecy::ExposeSecret;

use super::*;
use crate::auth::testing::CANARY;

/// Writes a file of that mode and reads the secret out of it.
fn from_bytes(bytes: &[u8], mode: u32) -> Result<String, AuthError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secret");
    std::fs::write(&path, bytes).expect("written");
    set_mode(&path, mode);
    let read = read(&SecretSource::File(path), &Environment::default());
    read.map(|secret| secret.expose_secret().to_owned())
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("changed");
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

#[test]
fn the_line_end_and_the_byte_order_mark_are_no_part_of_a_secret() {
    for bytes in ["s3cret", "s3cret\n", "s3cret\r\n", "\u{feff}s3cret\r\n"] {
        assert_eq!(from_bytes(bytes.as_bytes(), 0o600).as_deref(), Ok("s3cret"));
    }
}

#[test]
fn what_is_no_secret_is_refused_without_showing_it() {
    let long = "x".repeat(70_000);
    let wide: Vec<u8> = CANARY.encode_utf16().flat_map(u16::to_le_bytes).chain([0xff]).collect();
    let table = [
        (b"".as_slice(), "is empty"),
        (b"\n", "is empty"),
        (b" \r\n", "is empty"),
        (b"canary~secret\nsecond", "more than one line"),
        (wide.as_slice(), "not UTF-8"),
        (long.as_bytes(), "larger than 64 KiB"),
    ];
    for (bytes, expected) in table {
        let error = from_bytes(bytes, 0o600).expect_err("refused");
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!format!("{error:?} {}", error.hint()).contains(CANARY));
        assert_eq!(error.exit().code(), 2);
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_refused_with_the_command_to_run() {
    for mode in [0o644, 0o604, 0o602, 0o601] {
        let error = from_bytes(CANARY.as_bytes(), mode).expect_err("refused");
        assert!(error.hint().contains("chmod o-rwx '"), "{}", error.hint());
        assert!(!format!("{error} {error:?}").contains(CANARY));
    }
    for mode in [0o400, 0o600, 0o640] {
        assert!(from_bytes(b"s3cret", mode).is_ok());
    }
}

#[test]
fn a_missing_file_or_variable_is_named() {
    let file = SecretSource::File("/nowhere/secret".into());
    let error = read(&file, &Environment::default()).expect_err("missing").to_string();
    assert!(error.contains("/nowhere/secret"), "{error}");
    let variable = SecretSource::Env("GCCH_SECRET".to_owned());
    let error = read(&variable, &Environment::default().with("GCCH_SECRET", "")).expect_err("empty");
    assert!(error.hint().contains("set GCCH_SECRET"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_writes_into_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo is POSIX");
    for path in [pipe.as_path(), folder.path()] {
        let error = bytes(path, "the secret file").expect_err("refused");
        assert!(error.exit().code() == 2 && error.to_string().contains("is no file"), "{error}");
    }
}
