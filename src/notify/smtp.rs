//! Mail by an SMTP server, always with TLS.

use std::path::Path;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};

use super::error::LATER;
use super::letter::wrong;
use super::{Letter, NotTold};
use crate::auth::obstacle;
use crate::bounded;
use crate::config::{SmtpServer, SmtpTls};

/// How long one command may take; all of them together end with the time for notifications.
const COMMAND: Duration = Duration::from_secs(10);
/// The largest `ca_file`, in bytes.
const CA_FILE_LIMIT: u64 = 4 << 20;

/// Hands a mail to a server. `ca_file` is trusted beside the system's store.
///
/// Where the server refuses somebody, the others get it all the same: that is [`NotTold::InPart`].
pub async fn send(
    letter: &Letter,
    server: &SmtpServer,
    password: Option<&SecretString>,
    ca_file: Option<&Path>,
) -> Result<(), NotTold> {
    let message = letter.to_mime()?;
    let transport = transport(server, password, ca_file)?;
    let (envelope, content) = (message.envelope(), message.formatted());
    let Err(refusal) = transport.send_raw(envelope, &content).await else { return Ok(()) };
    let of = envelope.to().len();
    if of < 2 || !is_about_addresses(&refusal) {
        return Err(not_sent(&refusal));
    }
    // One who is refused ends the exchange before the mail itself is handed over, so that nobody has got it yet.
    let mut refused = 0;
    for address in envelope.to() {
        let one = Envelope::new(envelope.from().cloned(), vec![address.clone()]).map_err(|_| wrong("a recipient"))?;
        refused += usize::from(transport.send_raw(&one, &content).await.is_err());
    }
    match refused {
        0 => Ok(()),
        refused if refused == of => Err(not_sent(&refusal)),
        refused => Err(NotTold::InPart { whom: WHOM, refused, of, remedy: ADDRESSES }),
    }
}

fn transport(
    server: &SmtpServer,
    password: Option<&SecretString>,
    ca_file: Option<&Path>,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, NotTold> {
    let parameters = tls(&server.host, ca_file)?;
    let tls = match server.tls {
        SmtpTls::StartTls => Tls::Required(parameters),
        SmtpTls::Implicit => Tls::Wrapper(parameters),
    };
    // The builder is called dangerous because it begins without TLS; both kinds above go on with it only.
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
        .port(server.port)
        .tls(tls)
        .hello_name(ClientId::default())
        .timeout(Some(COMMAND));
    if let (Some((user, _)), Some(password)) = (&server.login, password) {
        transport =
            transport.credentials(Credentials::new(user.expose().to_owned(), password.expose_secret().to_owned()));
    }
    Ok(transport.build())
}

fn tls(host: &str, ca_file: Option<&Path>) -> Result<TlsParameters, NotTold> {
    const REMEDY: &str = "give a `ca_file` with one or more PEM certificates, and see that the system's are installed";
    let unusable = |_| NotTold::settings("the certificates to trust can't be used", REMEDY);
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(path) = ca_file {
        let pem = std::fs::File::open(path).and_then(|file| bounded::content(file, CA_FILE_LIMIT));
        let pem = pem.ok().flatten().ok_or_else(|| NotTold::settings("`ca_file` can't be read", REMEDY))?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(unusable)?);
    }
    builder.build().map_err(unusable)
}

/// Who is spoken of in errors.
const WHOM: &str = "the mail server";
const ADDRESSES: &str =
    "see that the server takes mail from `from` to `to` and `problems_to` (relaying, unknown recipients)";

/// What a server says may name people, so that only its code is told.
fn not_sent(error: &Error) -> NotTold {
    const LOGIN: &str = "correct `user` and the content of `password_file` in [notify.smtp]";
    const OFFER: &str = "see what the server offers at this port: STARTTLS (mostly 587) or TLS from the start (465), and a login where `user` is configured";
    let unfit = |cause: String| NotTold::Unfit { whom: WHOM, cause, remedy: OFFER };
    let Some(code) = error.status() else {
        return match () {
            () if error.is_client() => unfit(obstacle::cause(error)),
            // Its text has the answer in it.
            () if error.is_response() => unfit("its answers are no SMTP".to_owned()),
            () => NotTold::Unreachable { whom: WHOM, cause: obstacle::cause(error) },
        };
    };
    let answer = code.to_string();
    let remedy = match answer.as_str() {
        answer if LOGIN_CODES.contains(&answer) => LOGIN,
        answer if answer.starts_with('4') => LATER,
        _ => ADDRESSES,
    };
    NotTold::Refused { whom: WHOM, answer, remedy }
}

/// What a server answers to a login, or where it wants one (RFC 4954 section 6).
const LOGIN_CODES: [&str; 5] = ["454", "530", "534", "535", "538"];

/// Whether the answer may be about one of several addresses; a login is not tried again, which locks accounts.
fn is_about_addresses(error: &Error) -> bool {
    let code = error.status().map(|code| code.to_string());
    code.is_some_and(|code| code.as_bytes()[1] == b'5' && !LOGIN_CODES.contains(&code.as_str()))
}
