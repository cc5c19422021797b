//! What stands in the way to a server, on this machine and its network.

use super::Known;
use super::Side::{Host, Service};

/// A service, or a proxy before it, answers with a failure of its own.
pub const FAILING: Known = Known::new(
    "network-failing",
    Service,
    "a service, or a proxy before it, answers with a failure of its own",
    "the service, or a proxy before it, has a failure of its own: the next run tries again; if it stays, see https://status.azure.com and that proxy",
);

/// The server's certificate is not trusted on this machine.
pub const CERTIFICATE: Known = Known::new(
    "network-certificate",
    Host,
    "the server's certificate is not trusted on this machine",
    "the server's certificate is not trusted here: where a proxy inspects TLS, name its CA in `ca_file` of [tenants.NAME]",
);

/// The proxy asks for a user and password, or does not accept those that it was given.
pub const PROXY_PASSWORD: Known = Known::new(
    "network-proxy-password",
    Host,
    "the proxy asks for a user and password, or does not accept those that it was given",
    "give both in the address: HTTPS_PROXY=http://user:password@host:port, with special characters percent-encoded; or name the host in NO_PROXY",
);

/// The proxy of `HTTPS_PROXY` is not reached, refuses the way, or hangs up.
pub const PROXY: Known = Known::new(
    "network-proxy",
    Host,
    "the proxy of HTTPS_PROXY is not reached, refuses the way, or hangs up",
    "correct HTTPS_PROXY (address, user, password), let the proxy pass the hosts that `xcsync endpoints` lists, or name them in NO_PROXY; the next run tries again",
);

/// What answers at that address and port does not speak TLS.
pub const NO_TLS: Known = Known::new(
    "network-no-tls",
    Host,
    "what answers at that address and port does not speak TLS",
    "correct the port in [tenants.NAME.endpoints], or find out what answers there instead",
);

/// This program and the other end have no form of TLS in common.
pub const NO_COMMON_TLS: Known = Known::new(
    "network-tls-version",
    Host,
    "this program and the other end have no form of TLS in common",
    "this program and the server, or the proxy that inspects TLS, have no form of TLS in common: update that one; a FIPS build takes fewer forms (`xcsync --version -v` tells which build this is)",
);

/// No connection to the server: the name is not found, nobody answers, or the way is closed.
pub const NO_CONNECTION: Known = Known::new(
    "network-no-connection",
    Host,
    "no connection to the server: the name is not found, nobody answers, or the way is closed",
    "check the network, the firewall and HTTPS_PROXY/NO_PROXY; the next run tries again",
);

/// All of them, each with words, in lower case, that messages about it hold.
pub const NETWORK: &[(Known, &[&str])] = &[
    (FAILING, &[]),
    (
        CERTIFICATE,
        &[
            "invalid peer certificate",
            "unknownissuer",
            "certificate verify failed",
            "self-signed certificate",
            "self signed certificate",
            "unable to get local issuer certificate",
            "certificate signed by unknown authority",
        ],
    ),
    (PROXY_PASSWORD, &["asks for a user and password", "proxy authentication required"]),
    (PROXY, &["the proxy (https_proxy)"]),
    (NO_TLS, &["invalidcontenttype", "does not speak tls"]),
    (NO_COMMON_TLS, &["peer is incompatible", "handshakefailure", "could not create ssl/tls secure channel"]),
    (
        NO_CONNECTION,
        &[
            "dns error",
            "name or service not known",
            "connection refused",
            "connection reset",
            "no route to host",
            "operation timed out",
            "failed to lookup address",
            "could not resolve host",
            "name could not be resolved",
            "getaddrinfo",
            "no such host",
            "connection timed out",
            "unable to connect to the remote server",
        ],
    ),
];
