//! Tests of the whole: each module says what belongs in it.

#![cfg(test)]
#![expect(unreachable_pub, reason = "a test binary has no outside that could reach or read it")]

/// The harness; no tests.
mod context;

/// The configuration: broken files and what is said of them, where a file is found, what flags select.
mod config;

/// The run of `invite`: who is sent what, in which order, and what is said of it.
mod invite;

/// Sign-in and the way to the network, mostly with the real binary: methods, clouds, TLS, proxies, what is never shown.
mod networks;

/// Sending: who goes when, what is posted again, and what an answer that says little is settled by.
mod sending;
