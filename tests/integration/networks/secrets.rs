//! What is never shown: in reports, in logs of any level and format, in the ledger, in the file of `--record`.
//!
//! Every method signs in and fails to; each run invites somebody, so that there is a redeem URL too.

use std::process::{Command, Output};

use serde_json::Value;
use xcsync::sandbox::Person;

use super::applications::{by_certificate, by_federated_token, certificate, federated_token, keys, seconds};
use super::front::Front;
use super::proxy::Proxy;
use super::tls::{reached_at, trusting};
use super::{Variables, says, tenant};
use crate::context::{INVITER, TOKEN, Tenant, ended};

const SECRET: &str = "sesame~secret";
const HEADER: &str = "sesame-header";
/// A form of the log beside a form of the report.
const FORMS: [(&str, &str); 3] = [("text", "json"), ("json", "text"), ("text", "csv")];
/// What secrets, headers, tokens of both kinds, assertions, redeem URLs and the proxy's credentials begin with or hold.
const NEVER: [&str; 7] = ["sesame", "eyJ", "opaque-", "c2VzYW1l", "ticket", "/redeem", "PRIVATE KEY"];
/// What a report and the ledger may hold, and neither a log nor a recording.
const PERSONAL: [&str; 3] = ["Canaryname", "canarymail", "canaryupn"];

/// A tenant whose secrets are canaries; its own tokens can be read, or not.
async fn guarded(opaque: bool) -> Tenant {
    let tenant = tenant().await;
    tenant.graph.edit(|graph| {
        SECRET.clone_into(&mut graph.application.secret);
        HEADER.clone_into(&mut graph.identity.identity_header);
        graph.identity.opaque_tokens = opaque;
        graph.people.extend([canary(9)]);
    });
    tenant.set("limits", "rate_per_second = 60")
}

/// Somebody whose every attribute can be recognized.
fn canary(number: u32) -> Person {
    let mail = format!("canarymail{number}@contoso.com");
    Person::synced(number, &mail)
        .display_name("Canaryname")
        .user_principal_name(&format!("canaryupn{number}@fabrikam.us"))
        .on_premises_upn(&mail)
}

/// Runs with everything told in every form, and asserts that no secret is. Gives the exit codes.
async fn tells_no_secret(tenant: &Tenant, variables: Variables<'_>) -> Vec<u8> {
    tells_none_of(tenant, variables, &[], &|command| command).await
}

/// The same beside more secrets, with a command that `prepare` may wrap.
async fn tells_none_of(
    tenant: &Tenant,
    variables: Variables<'_>,
    more: &[String],
    prepare: &dyn Fn(Command) -> Command,
) -> Vec<u8> {
    let mut exits = Vec::new();
    for (number, (log, form)) in (10..).zip(FORMS) {
        // Somebody new for each run, and the one whom the last has seen.
        tenant.graph.edit(|graph| graph.people.extend([canary(number)]));
        let record = tenant.folder.path().join("traffic.jsonl");
        let _ = std::fs::remove_file(&record);
        let path = record.to_str().unwrap();
        let args = ["-vvv", "--log-format", log, "--record", path, "--full", "-o", form];
        let output = ended(prepare(command(tenant, &args, variables))).await;
        let told = Told::by(tenant, &output).await;
        says(&told.log, &["xcsync::commands::invite::run", "signs in"]);
        told.holds_none_of(NEVER.into_iter().chain(more.iter().map(String::as_str)));
        exits.push(u8::try_from(output.status.code().unwrap()).unwrap());
    }
    exits
}

fn command(tenant: &Tenant, args: &[&str], variables: Variables<'_>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xcsync"));
    command.env_clear().env(TOKEN, &tenant.token).arg("--config").arg(tenant.config());
    command.arg("invite").args(args).envs(variables.iter().copied());
    command
}

/// Everything that a run leaves behind.
struct Told {
    log: String,
    report: String,
    record: String,
    ledger: String,
    history: String,
}

impl Told {
    async fn by(tenant: &Tenant, output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let file = |name: &str| text(&std::fs::read(tenant.folder.path().join(name)).unwrap_or_default());
        Self {
            log: text(&output.stderr),
            report: text(&output.stdout),
            record: file("traffic.jsonl"),
            ledger: ["xcsync.db", "xcsync.db-journal"].map(file).concat(),
            history: history(tenant).await,
        }
    }

    fn holds_none_of<'a>(&self, words: impl Iterator<Item = &'a str>) {
        let places = [&self.log, &self.report, &self.record, &self.ledger, &self.history];
        for word in words {
            for place in places {
                lacks(place, word);
            }
        }
        for word in PERSONAL {
            for place in [&self.log, &self.record] {
                lacks(place, word);
            }
        }
    }
}

#[track_caller]
fn lacks(told: &str, word: &str) {
    let near = |at: usize| {
        let (from, to) = (told.floor_char_boundary(at.saturating_sub(200)), told.ceil_char_boundary(at + 60));
        &told[from..to]
    };
    assert_eq!(told.find(word).map(near), None, "{word}");
}

/// The list of the runs, and each of them in full.
async fn history(tenant: &Tenant) -> String {
    let run = async |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xcsync"));
        command.env_clear().arg("--config").arg(tenant.config()).arg("history").args(args).args(["-o", "json"]);
        String::from_utf8(ended(command).await.stdout).unwrap()
    };
    let mut all = run(&[]).await;
    let list: Value = serde_json::from_str(&all).unwrap_or_default();
    for one in list["runs"].as_array().into_iter().flatten() {
        all += &run(&[one["run_id"].as_str().unwrap()]).await;
    }
    all
}

/// Everybody whose turn came was invited: the proof that there were redeem URLs to be told.
fn invited(tenant: &Tenant) -> usize {
    tenant.mailed().iter().filter(|address| address.starts_with("canarymail")).count()
}

fn by_secret(tenant: Tenant, client: &str) -> Tenant {
    let lines = format!("method = \"client-secret\"\nclient_id = \"{client}\"\nclient_secret_env = \"SANDBOX_SECRET\"");
    tenant.set("auth", &lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_secret_and_its_tokens_are_never_shown() {
    let variables = [("SANDBOX_SECRET", SECRET), (TOKEN, "")];
    for opaque in [true, false] {
        let tenant = guarded(opaque).await;
        let client = tenant.client_id();
        let tenant = by_secret(tenant, &client);
        assert_eq!((tells_no_secret(&tenant, &variables).await, invited(&tenant)), (vec![0; 3], 4));
    }
    let tenant = guarded(false).await;
    let client = tenant.client_id();
    let wrong = [("SANDBOX_SECRET", "sesame-wrong"), (TOKEN, "")];
    assert_eq!(tells_no_secret(&by_secret(tenant, &client), &wrong).await, [4; 3]);
    let unknown = by_secret(guarded(false).await, "99999999-9999-4999-8999-999999999999");
    assert_eq!(tells_no_secret(&unknown, &variables).await, [4; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificates_key_and_what_it_signs_are_never_shown() {
    let [key, other] = keys();
    let pem = format!("{}{}", certificate(key).pem(), key.serialize_pem());
    let lines: Vec<String> = key.serialize_pem().lines().skip(1).take(20).map(str::to_owned).collect();
    for (uploaded, exit) in [(key, 0), (other, 4)] {
        let tenant = by_certificate(guarded(true).await, uploaded, &pem);
        assert_eq!(tells_none_of(&tenant, &[], &lines, &|command| command).await, [exit; 3]);
        assert_eq!(invited(&tenant), if exit == 0 { 4 } else { 0 });
    }
    // What can't be read as a key is a key all the same.
    let broken = by_certificate(guarded(true).await, key, &pem.replace("-----END PRIVATE", "-----END SOME"));
    assert_eq!(tells_none_of(&broken, &[], &lines, &|command| command).await, [2; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_federated_token_is_never_shown() {
    let [key, other] = keys();
    for (signer, exit) in [(key, 0), (other, 4)] {
        let token = federated_token(signer, seconds(), 3600, &Value::Null);
        let tenant = by_federated_token(guarded(true).await, key, &token);
        assert_eq!(tells_no_secret(&tenant, &[]).await, [exit; 3]);
        assert_eq!(invited(&tenant), if exit == 0 { 4 } else { 0 });
    }
    let malformed = by_federated_token(guarded(true).await, key, "sesame token with blanks");
    assert_eq!(tells_no_secret(&malformed, &[]).await, [2; 3]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_azure_cli_gives_and_says_is_never_shown() {
    use super::azure_cli::{path, refuse, signed_in};
    for fails in [false, true] {
        let tenant = signed_in(guarded(false).await, INVITER);
        if fails {
            refuse(&tenant, "ERROR: AADSTS50076: Canaryname canarymail1@contoso.com sesame eyJ must use az login");
        }
        let path = path(&tenant);
        let exits = tells_no_secret(&tenant, &[("PATH", &path), (TOKEN, "")]).await;
        assert_eq!((exits, invited(&tenant)), if fails { (vec![4; 3], 0) } else { (vec![0; 3], 4) });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_header_and_its_tokens_are_never_shown() {
    for (header, exit) in [(HEADER, 0), ("sesame-wrong", 4)] {
        let tenant = guarded(true).await.set("auth", "method = \"managed-identity\"");
        let endpoint = format!("{}/msi/token", tenant.graph.root());
        let variables = [("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", header)];
        assert_eq!(tells_no_secret(&tenant, &variables).await, [exit; 3]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tokens_of_a_virtual_machine_are_never_shown() {
    for opaque in [true, false] {
        let tenant = guarded(opaque).await.set("auth", "method = \"managed-identity\"");
        let root = tenant.graph.root();
        assert_eq!(tells_no_secret(&tenant, &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &root)]).await, [0; 3]);
    }
    let tenant = guarded(false).await.set("auth", "method = \"managed-identity\"");
    let body = r#"{"error":"invalid_request","error_description":"sesame eyJ canarymail1@contoso.com"}"#.to_owned();
    let failure = xcsync::sandbox::IdentityFailure::Answer(400, body);
    tenant.graph.edit(|graph| graph.identity.failure = Some(failure));
    let root = tenant.graph.root();
    assert_eq!(tells_no_secret(&tenant, &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &root)]).await, [4; 3]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_an_arc_agent_are_never_shown() {
    use super::arc::{TOKENS, on_the_server, variables, with_agent};
    let Some(mounting) = crate::context::mounting() else { return };
    for (named, exit) in [(TOKENS, 0), ("/elsewhere", 4)] {
        let tenant = with_agent(guarded(true).await, named);
        let (variables, folder) = (variables(&tenant), tenant.folder.path().join("tokens"));
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let server = |command| on_the_server(&tenant, mounting, &command);
        let told = tells_none_of(&tenant, &variables, &["agent-key-".to_owned()], &server).await;
        assert_eq!((told, invited(&tenant)), (vec![exit; 3], if exit == 0 { 4 } else { 0 }));
        // Those that were handed out: all of them begin alike.
        let mut keys =
            std::fs::read_dir(folder).unwrap().map(|key| std::fs::read_to_string(key.unwrap().path()).unwrap());
        assert!(keys.all(|key| key.starts_with("agent-key-")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_token_is_never_shown_whether_graph_takes_it_or_not() {
    let tenant = guarded(false).await;
    assert_eq!((tells_no_secret(&tenant, &[]).await, invited(&tenant)), (vec![0; 3], 4));
    tenant.graph.revoke(&tenant.token);
    assert_eq!(tells_no_secret(&tenant, &[]).await, [4; 3]);
    let malformed = [(TOKEN, "sesame token with blanks")];
    assert_eq!(tells_no_secret(&tenant, &malformed).await, [4; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxys_password_is_never_shown() {
    let tenant = guarded(true).await;
    let front = Front::default().before(&tenant.graph.root(), tenant.folder.path()).await;
    let client = tenant.client_id();
    let tenant = reached_at(by_secret(tenant, &client), "https://graph.test", "https://login.test");
    let tenant = trusting(tenant, &front.ca);
    let through = Proxy::to(&front.address).await;
    let refusing = Proxy::answering("407 Proxy Authentication Required").await;
    for (proxy, exit) in [(through, 0), (refusing, 7)] {
        let address = format!("http://sesame-user:sesame-word@{}", proxy.address);
        let variables = [("SANDBOX_SECRET", SECRET), ("HTTPS_PROXY", &address)];
        assert_eq!(tells_no_secret(&tenant, &variables).await, [exit; 3]);
    }
}

/// Every channel is configured with a secret that can be recognized; nobody speaks SMTP there.
fn notifying(tenant: Tenant, root: &str) -> Tenant {
    let file = |name: &str, content: &str| {
        let path = tenant.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path
    };
    let webhook = file("webhook-url", &format!("{root}/sesame-hook?sig=sesame"));
    let heartbeat = file("heartbeat-url", &format!("{root}/sesame-ping"));
    let password = file("smtp-password", "sesame-password");
    let lines = format!(
        "[notify]\non = \"always\"\n[notify.webhook]\nurl_file = {webhook:?}\n[notify.heartbeat]\nurl_file = {heartbeat:?}\n\
         [notify.mail]\nvia = \"smtp\"\nfrom = \"sesame@fabrikam.us\"\nto = [\"sesame-team@fabrikam.us\"]\n\
         [notify.smtp]\nhost = \"127.0.0.1\"\nport = 9\nuser = \"sesame-user\"\npassword_file = {password:?}\n"
    );
    tenant.set("notify", &lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_addresses_and_the_password_of_notifications_are_never_shown() {
    use crate::notify::Ear;
    let taken = Ear::open().await;
    let refusing = Ear::answering(&[(404, None, "sesame canarymail1@contoso.com")]).await;
    for root in [&taken.root, &refusing.root] {
        let tenant = notifying(guarded(false).await, root);
        assert_eq!((tells_no_secret(&tenant, &[]).await, invited(&tenant)), (vec![0; 3], 4));
    }
    assert_eq!(taken.heard().iter().filter(|heard| heard.path == "/sesame-hook?sig=sesame").count(), 3);
    assert!(taken.heard().iter().any(|heard| heard.path == "/sesame-ping"));
    assert!(refusing.heard().iter().any(|heard| heard.path.starts_with("/sesame-hook")));
}
