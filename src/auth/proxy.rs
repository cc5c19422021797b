//! Whether the proxy that the environment names is one that can be used.
//!
//! The library beneath reads the variables itself, and goes past a proxy whose address it can't read. A host that
//! reaches the internet both ways would then send by the way that somebody has closed, and others would time out
//! without a word about the variable.

use reqwest::Url;

use crate::auth::AuthError;
use crate::auth::transport::is_loopback;
use crate::cloud::Endpoints;
use crate::world::Environment;

/// In the order of the library: of each pair the first that is set counts, and the second pair where the first names nobody.
const VARIABLES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];

/// What people write beside letters and digits in a user and password, as the library reads it (RFC 3986 section 3.2.1).
const UNRESERVED: &str = "-._~!$&'()*+,;=:%";

/// Refuses a variable that names no proxy: [`AuthError::Settings`]. It may hold a password, so that its value is not told.
pub(super) fn checked(env: &Environment, endpoints: &Endpoints) -> Result<(), AuthError> {
    usable(env, &[&endpoints.authority, &endpoints.graph])
}

/// The same for any addresses that are about to be asked.
pub(super) fn usable(env: &Environment, addresses: &[&str]) -> Result<(), AuthError> {
    let here = |address: &&str| Url::parse(address).is_ok_and(|url| is_loopback(&url));
    if addresses.iter().all(here) {
        return Ok(());
    }
    let past_every_proxy = ["NO_PROXY", "no_proxy"].iter().find_map(|name| env.get(name));
    if past_every_proxy.is_some_and(|names| names.trim() == "*") {
        return Ok(());
    }
    let set = |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, env.get(name)?)));
    match VARIABLES.into_iter().find_map(set) {
        Some((name, value)) => fault(value).map_or(Ok(()), |fault| Err(unusable(name, fault))),
        None => Ok(()),
    }
}

fn unusable(variable: &str, fault: &str) -> AuthError {
    AuthError::Settings {
        problem: format!("the variable {variable} names no proxy that this program can use: {fault}"),
        remedy: format!(
            "set {variable}=http://host:port or http://user:password@host:port, special characters percent-encoded \
             (`@` is %40, `#` is %23, `/` is %2F), or unset it"
        ),
    }
}

/// What is wrong with a proxy's address.
fn fault(value: &str) -> Option<&'static str> {
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    let scheme = scheme.to_ascii_lowercase();
    if scheme.starts_with("socks") {
        return Some("it is a SOCKS proxy, and this program speaks HTTP to proxies");
    }
    if !["http", "https"].contains(&scheme.as_str()) {
        return Some("it does not begin with http:// or https://");
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let plain = |c: char| c.is_ascii_alphanumeric() || UNRESERVED.contains(c);
    if path.contains('@') || !user.chars().all(plain) {
        return Some("the user or password has characters that must be percent-encoded");
    }
    let has_host = !host.is_empty() && !host.starts_with(':') && host.is_ascii();
    (!has_host || Url::parse(&format!("http://{host}/")).is_err()).then_some("it has no host, or no number as its port")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_the_library_takes_are_taken() {
        for value in [
            "http://proxy.example:3128",
            "https://proxy.example",
            "HTTP://proxy.example:3128/",
            "proxy.example:3128",
            "proxy",
            "10.1.2.3:8080",
            "http://[fd00::1]:3128",
            "http://user:pass%40word%23@proxy.example:3128",
            "http://DOMAIN%5Cuser:a!$&'()*+,;=:b@proxy.example:3128/",
            "http://user@proxy.example",
        ] {
            assert_eq!(fault(value), None, "{value}");
        }
    }

    #[test]
    fn a_proxy_that_nobody_goes_through_may_be_anything() {
        let endpoints = crate::cloud::CloudName::UsGov.endpoints().expect("published");
        let env = Environment::default().with("HTTPS_PROXY", "socks5://p:1");
        assert!(checked(&env, &endpoints).is_err());
        assert_eq!(checked(&env.clone().with("NO_PROXY", "*"), &endpoints), Ok(()));
        assert!(checked(&env.with("NO_PROXY", "login.test"), &endpoints).is_err());
    }

    #[test]
    fn addresses_that_the_library_would_go_past_or_misread_are_refused() {
        for value in [
            "socks5://proxy.example:1080",
            "ftp://proxy.example:3128",
            "http://",
            "http:///",
            "://proxy.example",
            "http://:3128",
            "proxy.example:port",
            "http://proxy.example:99999",
            "http://proxy example:3128",
            "proxy.example:3128 ",
            "http://user:p@ss@proxy.example:3128",
            "http://user:p/ss@proxy.example:3128",
            "http://user:p#ss@proxy.example:3128",
            "http://user:p?ss@proxy.example:3128",
            "http://user:pä@proxy.example:3128",
            "http://DOMAIN\\user:pass@proxy.example:3128",
            "http://pröxy.example:3128",
            "\"http://proxy.example:3128\"",
        ] {
            assert!(fault(value).is_some(), "{value}");
        }
    }
}
