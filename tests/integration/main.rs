//! Tests of the whole: each module says what belongs in it.

#![cfg(test)]
#![expect(unreachable_pub, reason = "a test binary has no outside that could reach or read it")]

/// The harness; no tests.
mod context;

/// The configuration: broken files and what is said of them, where a file is found, what flags select.
mod config;

/// The run of `invite`: who is sent what, in which order, and what is said of it.
mod invite;

/// Bad input and hostile answers: each is refused or survived, nobody is harmed, and no token leaves.
mod hostile;

/// Sending: who goes when, what is posted again, and what an answer that says little is settled by.
mod sending;
