//! One module does all cryptography: the program names it, and nothing else of the kind is built into the product.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use crate::context::{binary, say};

/// Crates that encrypt, sign, digest or speak TLS, or that the `RustCrypto` ones cannot do without.
///
/// `openssl-probe` is none: it knows in which folders systems keep their certificates. `schannel` and
/// `security-framework` are how Windows and macOS are asked what they trust. `ring` is in `Cargo.lock` all the same,
/// for features of rustls and rcgen that nobody here has switched on, and is never compiled.
const OTHERS: &[&str] = &[
    // Whole libraries.
    "ring",
    "openssl",
    "openssl-sys",
    "openssl-src",
    "boring",
    "boring-sys",
    "botan",
    "libsodium-sys",
    "sodiumoxide",
    "orion",
    "mbedtls",
    "wolfssl",
    "cryptoki",
    "graviola",
    "symcrypt",
    // Other ways to TLS.
    "native-tls",
    "hyper-tls",
    "tokio-native-tls",
    "rustls-openssl",
    "rustls-rustcrypto",
    "rustls-symcrypt",
    "rustls-graviola",
    "boring-rustls-provider",
    "s2n-tls",
    "quinn",
    // Digests and codes.
    "digest",
    "sha1",
    "sha-1",
    "sha1_smol",
    "sha2",
    "sha3",
    "md-5",
    "md5",
    "blake2",
    "blake3",
    "hmac",
    "hkdf",
    "pbkdf2",
    // Signatures and key exchange.
    "signature",
    "rsa",
    "dsa",
    "ecdsa",
    "elliptic-curve",
    "p256",
    "p384",
    "p521",
    "k256",
    "ed25519",
    "ed25519-dalek",
    "curve25519-dalek",
    "x25519-dalek",
    "jsonwebtoken",
    "josekit",
    // Ciphers.
    "cipher",
    "aead",
    "aes",
    "aes-gcm",
    "poly1305",
    "chacha20poly1305",
    "chacha20",
];

/// What is one of them and yet no cryptography: a crate and the only one that may need it.
///
/// `rand` makes its numbers with `ChaCha`; `azure_core` takes a byte of them to vary its pauses, and nothing is kept secret
/// by it.
const HARMLESS: [&str; 2] = ["chacha20", "rand"];

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

#[test]
fn no_other_cryptography_is_built_into_the_product() {
    for features in [&[][..], &["--no-default-features"], &["--features", "fips"]] {
        let needs = match needs(features) {
            Ok(needs) => needs,
            Err(why) => return say(&format!("not looked at, what is built into the product: {why}")),
        };
        let has = |name: &str| needs.iter().any(|[_, child]| child == name);
        assert!(has("aws-lc-rs") && has("rustls") && has("windows-sys"), "{features:?}: the tree is not read rightly");
        assert_eq!(has("aws-lc-fips-sys"), features.contains(&"fips"));
        let found: Vec<_> = needs.iter().filter(|[_, child]| OTHERS.contains(&child.as_str())).collect();
        let found: Vec<_> = found.into_iter().filter(|[parent, child]| [child, parent] != HARMLESS).collect();
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
