//! The error catalogue: what every code and message means, whose side it is on, what mends it.
//!
//! Each part stands where it is used, and says what it has to say once: reports take their hints from it, and
//! [`catalogue()`] puts the parts together for [`find()`].
//!
//! | part | where |
//! |---|---|
//! | answers to an invitation | [`invitation`] |
//! | this program's own errors | [`own`] |
//! | what stands in the way to a server | [`network`] |
//! | codes of Graph, and what people meet who redeem | [`service`] |
//! | words of others about any of these | `said` |
//! | exit codes | [`exit`] |
//! | checks of `xcsync check` | `check` |
//! | sign-in | [`crate::auth::AADSTS`] |
//! | reasons of decisions | [`crate::selection::Reason`] |

mod catalogue;
mod check;
pub mod exit;
mod find;
pub mod invitation;
pub mod network;
pub mod own;
mod said;
pub mod service;
mod side;
mod words;

pub use catalogue::{Entry, Kind, catalogue};
pub use find::{Fit, Found, find};
pub use invitation::{Class, INVITATION_ERRORS, InvitationError, invitation_error};
pub use side::Side;

/// What is known of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The stable code.
    pub code: &'static str,
    /// Who can mend it.
    pub side: Side,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

impl Known {
    /// A row of a table.
    pub const fn new(code: &'static str, side: Side, meaning: &'static str, remedy: &'static str) -> Self {
        Self { code, side, meaning, remedy }
    }

    /// The remedy for one case: `what` stands there for every one.
    pub fn remedy_with(&self, what: &str, in_this_case: &str) -> String {
        self.remedy.replace(what, in_this_case)
    }
}
