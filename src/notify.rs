//! Who gets told what a run has done: by mail, by webhook, by heartbeat (SPEC section 12).
//!
//! ```text
//! RunReport + what was told before ── decide ──► Notice             pure
//! RunReport + Notice ── message ──► Message ── text | html | card   pure
//! Message ──► mail (Graph or SMTP), webhook ──► remembered
//! ```
//!
//! A notification that fails is a warning in the report. It changes nothing of what was done, and not the exit code.

mod card;
mod decide;
mod error;
mod html;
mod letter;
mod message;
mod post;
mod smtp;
mod text;

pub use card::{LARGEST as LARGEST_CARD, card};
pub use decide::{Earlier, Notice, Told, Trouble, decide};
pub use error::NotTold;
pub use letter::{Letter, recipients, rendered};
pub use message::{Group, Kept, Message, message};
pub use post::{Address, get, post};
pub use smtp::send;

use html::{for_mail, html};
use text::text;

#[cfg(test)]
mod tests;
