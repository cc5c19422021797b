//! Against aiosmtpd, which others have written: <https://aiosmtpd.aio-libs.org/>. It needs real time.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::*;

const USER: &str = "mailer";
const PASSWORD: &str = "sesame-smtp";

/// A server that runs; it ends with its value.
struct Server {
    child: Child,
    port: u64,
    lines: Receiver<Value>,
}

impl Server {
    /// The next mail that it takes; the logins before it came by TLS.
    fn mail(&self) -> Value {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(10)).unwrap();
            if line["login"].is_null() {
                return line;
            }
        }
    }

    /// Whether it has taken a mail by now.
    fn has_mail(&self) -> bool {
        self.lines.try_iter().any(|line| line["login"].is_null())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts it with a certificate for loopback, whose CA is `ca.pem` of the tenant's folder; `None` where there is no aiosmtpd.
fn server(tenant: &Tenant, mode: &str) -> Option<Server> {
    let known = Command::new("python3").args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
    if !known.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no SMTP server to test against; `pip install aiosmtpd` brings one");
        return None;
    }
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &ca).unwrap();
    let [ca_file, certificate, key_file] =
        [("ca.pem", ca.pem()), ("smtp.pem", leaf.pem()), ("smtp.key", key.serialize_pem())]
            .map(|(name, pem)| secret_file(tenant, name, &pem));
    assert!(ca_file.exists());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/smtp/server.py");
    let mut command = Command::new("python3");
    command.args([script, mode]).args([certificate, key_file]).args([USER, PASSWORD]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (sender, lines) = channel();
    let out = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            let _ = sender.send(serde_json::from_str(&line).unwrap());
        }
    });
    let first: Value = lines.recv_timeout(Duration::from_secs(30)).expect("the server starts");
    let port = first["port"].as_u64().unwrap();
    Some(Server { child, port, lines })
}

/// A tenant that mails by this server.
fn by(tenant: Tenant, server: &Server, tls: &str, to: &str) -> Tenant {
    by_with(tenant, server, ("127.0.0.1", tls), to, PASSWORD)
}

fn by_with(tenant: Tenant, server: &Server, (host, tls): (&str, &str), to: &str, password: &str) -> Tenant {
    let file = secret_file(&tenant, "smtp-password", &format!("{password}\n"));
    let to: Vec<_> = to.split(' ').collect();
    let lines = format!(
        "[notify]\non = \"always\"\n[notify.mail]\nvia = \"smtp\"\nfrom = \"xcsync@fabrikam.us\"\nto = {to:?}\n[notify.smtp]\n\
         host = \"{host}\"\nport = {}\ntls = {tls:?}\nuser = {USER:?}\npassword_file = {file:?}",
        server.port
    );
    tenant.set("notify", &lines)
}

fn trusting(tenant: Tenant) -> Tenant {
    let ca = tenant.folder.path().join("ca.pem");
    tenant.set("", &format!("ca_file = {ca:?}"))
}

/// What the encodings of a mail hide, as far as it is ASCII.
fn unfolded(content: &str) -> String {
    content.replace("=\r\n", "").replace("=3D", "=").replace("\r\n", "\n")
}

async fn held() -> Tenant {
    Tenant::with([Person::synced(1, "p1+x@contoso.com").display_name("<b>Hostile</b>\r\nBcc: x@y.z")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_by_smtp_has_both_forms_and_the_csv_whichever_way_tls_begins() {
    for tls in ["starttls", "implicit"] {
        let tenant = held().await;
        let Some(server) = server(&tenant, tls) else { return };
        let tenant = by(trusting(tenant), &server, tls, "team@fabrikam.us");
        let (exit, report) = run(&tenant, &[]).await;
        assert_eq!((exit, untold(&report)), (0, vec![]), "{tls}");
        let mail = server.mail();
        assert_eq!(
            (mail["from"].as_str(), &mail["to"][0]),
            (Some("xcsync@fabrikam.us"), &Value::from("team@fabrikam.us"))
        );
        let content = unfolded(mail["content"].as_str().unwrap());
        for part in [
            "Subject: xcsync emulated: 1 held\n",
            "From: xcsync@fabrikam.us\n",
            "To: team@fabrikam.us\n",
            "Auto-Submitted: auto-generated\n",
            "multipart/alternative",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Type: text/html; charset=utf-8",
            "Content-Type: text/csv; charset=utf-8",
            "Held newly (1): invalid-address",
            "&lt;b&gt;Hostile",
        ] {
            assert!(content.contains(part), "{part}: {content}");
        }
        assert!(!content.contains("\nBcc:"), "a name is no header: {content}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_does_not_take_is_told_without_its_words() {
    for (to, password, says) in [("team@fabrikam.us", "sesame-wrong", "535"), ("unknown@fabrikam.us", PASSWORD, "550")]
    {
        let tenant = held().await;
        let Some(server) = server(&tenant, "starttls") else { return };
        let tenant = by_with(trusting(tenant), &server, ("127.0.0.1", "starttls"), to, password);
        let (exit, report) = run(&tenant, &[]).await;
        assert_eq!(exit, 0);
        let untold = untold(&report);
        assert!(untold[0].contains(says), "{untold:?}");
        assert!(!server.has_mail());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_out_without_tls_that_is_trusted() {
    let untrusting = held().await;
    let Some(server_) = server(&untrusting, "starttls") else { return };
    let tenant = by(untrusting, &server_, "starttls", "team@fabrikam.us");
    let (exit, report) = run(&tenant, &[]).await;
    assert_eq!(exit, 0);
    assert!(untold(&report)[0].contains("certificate"), "{report:#}");
    assert!(server_.lines.try_recv().is_err());
    // A server that offers none, or somebody between who takes the offer away.
    let tenant = held().await;
    let Some(plain) = server(&tenant, "plain") else { return };
    let tenant = by(trusting(tenant), &plain, "starttls", "team@fabrikam.us");
    let (exit, report) = run(&tenant, &[]).await;
    assert_eq!((exit, untold(&report).len()), (0, 1), "{report:#}");
    assert!(untold(&report)[0].contains("STARTTLS"), "{report:#}");
    assert!(plain.lines.try_recv().is_err(), "neither a login nor a mail");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_others_may_read_is_not_used() {
    let tenant = held().await;
    let Some(server) = server(&tenant, "starttls") else { return };
    let tenant = by(trusting(tenant), &server, "starttls", "team@fabrikam.us");
    #[cfg(unix)]
    {
        let file = tenant.folder.path().join("smtp-password");
        std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        let (exit, report) = run(&tenant, &[]).await;
        assert_eq!(exit, 0);
        assert!(untold(&report)[0].contains("open to every account"), "{report:#}");
        assert!(server.lines.try_recv().is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_host_is_not_taken() {
    for tls in ["starttls", "implicit"] {
        let tenant = held().await;
        let Some(server) = server(&tenant, tls) else { return };
        // The certificate is for 127.0.0.1.
        let tenant = by_with(trusting(tenant), &server, ("localhost", tls), "team@fabrikam.us", PASSWORD);
        let (exit, report) = run(&tenant, &[]).await;
        assert_eq!(exit, 0);
        let said = report["warnings"][0].as_str().unwrap();
        assert!(said.starts_with("mail-not-sent") && said.contains("not valid for name \"localhost\""), "{said}");
        assert!(server.lines.try_recv().is_err(), "neither a login nor a mail");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_the_login_that_is_configured_is_told_with_what_to_look_at() {
    let tenant = held().await;
    let Some(server) = server(&tenant, "no-login") else { return };
    let tenant = by(trusting(tenant), &server, "starttls", "team@fabrikam.us");
    let (exit, report) = run(&tenant, &[]).await;
    assert_eq!(exit, 0);
    assert!(untold(&report)[0].contains("the mail server can't be used: "), "{report:#}");
    assert!(untold(&report)[0].contains("a login where `user` is configured"), "{report:#}");
    assert!(server.lines.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_is_refused_keeps_the_mail_from_nobody_else_and_is_told_without_a_name() {
    let tenant = held().await;
    let Some(server) = server(&tenant, "starttls") else { return };
    let to = "unknown@fabrikam.us team@fabrikam.us oncall@fabrikam.us";
    let tenant = by(trusting(tenant), &server, "starttls", to);
    let (exit, report) = run(&tenant, &[]).await;
    assert_eq!(exit, 0);
    assert!(untold(&report)[0].contains("refuses 1 of 3 recipients; the others were told"), "{report:#}");
    let got: Vec<_> = (0..2).map(|_| server.mail()["to"].clone()).collect();
    assert_eq!(got, [Value::from(vec!["team@fabrikam.us"]), Value::from(vec!["oncall@fabrikam.us"])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_refused_is_not_tried_again() {
    let tenant = held().await;
    let Some(server) = server(&tenant, "starttls") else { return };
    let to = "team@fabrikam.us oncall@fabrikam.us";
    let tenant = by_with(trusting(tenant), &server, ("127.0.0.1", "starttls"), to, "sesame-wrong");
    let (_, report) = run(&tenant, &[]).await;
    assert!(untold(&report)[0].contains("535"), "{report:#}");
    let logins = server.lines.try_iter().filter(|line| line["login"].is_string()).count();
    assert_eq!(logins, 1);
}
