//! What stands between this machine and a server: the words for it, whether waiting helps, and what does.
//!
//! The libraries beneath name neither the proxy nor that the port is another service's; their errors have no types that
//! could be asked, so that this goes by their texts, which the tests of the network pin.

use crate::explain::{Known, network};

/// What reqwest's way through a proxy begins its errors with.
const TUNNEL: &str = "tunnel error: ";
/// How the proxy is called: the variable is what an administrator changes.
const PROXY: &str = "the proxy (HTTPS_PROXY)";
/// What rustls says of bytes that are no TLS.
const NO_TLS: &str = "InvalidContentType";
/// What rustls says of a server with no version, group or extension that it takes, and what the server says of rustls.
const NO_COMMON_TLS: [&str; 2] = ["peer is incompatible", "HandshakeFailure"];

/// What tokio-rustls says of an end where TLS had only begun.
const HANDSHAKE_EOF: &str = "tls handshake eof";
/// What rustls says of an end in the middle, with a link for programmers.
const CUT: &str = "without sending TLS close_notify";

/// The cause of an error in one line; it holds no address of a request, which may name people.
pub(crate) fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<String> = chain.map(ToString::to_string).collect();
    let inner = innermost(&texts);
    let tunnel = texts.iter().find_map(|text| text.split_once(TUNNEL)).map(|(_, what)| what);
    match tunnel {
        Some(what) if what.starts_with("proxy authorization") => {
            format!("{PROXY} asks for a user and password, or does not accept those that it was given")
        }
        Some(what) if what.starts_with("unsuccessful") => {
            format!("{PROXY} refuses the way there, or cannot reach it itself")
        }
        Some(what) if what.starts_with("unexpected end") => format!("{PROXY} hung up"),
        Some(_) => format!("{PROXY} is not reached: {inner}"),
        None if inner.contains(HANDSHAKE_EOF) => {
            "the connection was closed during the TLS handshake, by the server or by a firewall or proxy before it"
                .to_owned()
        }
        None if inner.contains(CUT) => "the connection was cut off".to_owned(),
        None if inner.contains(NO_TLS) => format!("what answers there does not speak TLS ({inner})"),
        None => inner,
    }
}

/// The innermost reasons: what the system said. The outer ones only repeat the address.
fn innermost(texts: &[String]) -> String {
    match &texts[texts.len().saturating_sub(2)..] {
        [outer, inner] if !outer.contains(inner.as_str()) && !outer.contains("://") => {
            format!("{outer}: {inner}")
        }
        [outer, inner] if outer.contains(inner.as_str()) && !outer.contains("://") => outer.clone(),
        other => other.last().cloned().unwrap_or_default(),
    }
}

/// Whether somebody must act before the same way can work: asking again in a second shows nothing.
pub(crate) fn stays(cause: &str) -> bool {
    let nothing_in_common = NO_COMMON_TLS.iter().any(|words| cause.contains(words));
    nothing_in_common || ["certificate", NO_TLS, "user and password"].iter().any(|words| cause.contains(words))
}

/// What to do about a cause.
pub(crate) fn remedy(cause: &str) -> &'static str {
    known(cause).remedy
}

/// The entry of the catalogue for a cause.
fn known(cause: &str) -> Known {
    if cause.starts_with("HTTP ") {
        network::FAILING
    } else if cause.contains("certificate") {
        network::CERTIFICATE
    } else if cause.contains("user and password") {
        network::PROXY_PASSWORD
    } else if cause.contains(PROXY) {
        network::PROXY
    } else if cause.contains(NO_TLS) {
        network::NO_TLS
    } else if NO_COMMON_TLS.iter().any(|words| cause.contains(words)) {
        network::NO_COMMON_TLS
    } else {
        network::NO_CONNECTION
    }
}
