//! Why there is no token, as what the caller does next.

use crate::auth::aadsts;
use crate::auth::obstacle;
use crate::auth::proof::ProofError;
use crate::error::Exit;
use crate::explain::{Known, own};

/// Why there is no token that requests may be made with.
///
/// It is shared among everybody who waits for the token, hence `Clone`. No variant holds a secret, a token, or
/// anything of an answer's body beyond an AADSTS text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The configuration or this machine is not right; nobody was asked. Exit 2.
    #[error("{problem}; nobody was asked for a token")]
    Settings {
        /// What is wrong.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// Entra answered, and said no. Trying again does not help. Exit 4.
    #[error("Entra refuses a token, and without a token nothing is sent: {}", aadsts::told(.codes, .text))]
    Refused {
        /// The AADSTS codes, the most telling one first; empty where the answer had none.
        codes: Vec<u32>,
        /// The AADSTS text with its trace ids; else the HTTP status and the OAuth error.
        text: String,
    },
    /// Nobody answered in time, or only with 429 and 5xx. The next run may succeed. Exit 7.
    #[error("no token from {host}: {cause}; without a token nothing is sent")]
    Unreachable {
        /// Whom we asked.
        host: String,
        /// What was seen last.
        cause: String,
    },
    /// Nothing on this machine gives out tokens for the managed identity. Exit 4.
    #[error("no token for a managed identity: {cause}; without a token nothing is sent")]
    NoManagedIdentity {
        /// How that was found out.
        cause: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The Azure CLI gives no token for this tenant. Exit 4.
    #[error("the Azure CLI {problem}; without a token nothing is sent")]
    AzureCli {
        /// What is wrong with it.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// An answer came that is not Entra's: a proxy, a captive portal. Exit 4.
    #[error("{host} gave an answer that is not a token service's: {answer}; without a token nothing is sent")]
    ForeignAnswer {
        /// Whom we asked.
        host: String,
        /// What was seen, in our words.
        answer: String,
    },
    /// The token that was given to us can't be used. Exit 4.
    #[error("the token in {variable} {problem}; nothing is sent with it")]
    GivenToken {
        /// The variable that holds it.
        variable: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The token is for another cloud or tenant. Exit 4.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl AuthError {
    /// How a run ends that fails with this.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Settings { .. } => Exit::Usage,
            Self::Unreachable { .. } => Exit::Stopped,
            Self::Refused { .. }
            | Self::NoManagedIdentity { .. }
            | Self::AzureCli { .. }
            | Self::ForeignAnswer { .. }
            | Self::GivenToken { .. }
            | Self::Proof(_) => Exit::Denied,
        }
    }

    /// Its entry in the catalogue; `None` where Entra gave a code.
    fn known(&self) -> Option<Known> {
        let known = match self {
            Self::Refused { codes, .. } if codes.is_empty() => own::TOKEN_REFUSED,
            Self::Refused { .. } => return None,
            Self::Settings { .. } => own::AUTH_SETTINGS,
            Self::Unreachable { .. } => own::AUTHORITY_UNREACHABLE,
            Self::NoManagedIdentity { .. } => own::NO_MANAGED_IDENTITY,
            Self::AzureCli { .. } => own::AZURE_CLI,
            Self::ForeignAnswer { .. } => own::FOREIGN_ANSWER,
            Self::GivenToken { .. } => own::GIVEN_TOKEN,
            Self::Proof(proof) => proof.known(),
        };
        Some(known)
    }

    /// The stable name for reports: `AADSTS<number>` where Entra gave one.
    pub fn code(&self) -> String {
        match self {
            Self::Refused { codes, .. } => {
                aadsts::telling(codes).map_or_else(|| own::TOKEN_REFUSED.code.to_owned(), aadsts::name)
            }
            other => other.known().map(|known| known.code.to_owned()).unwrap_or_default(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Settings { remedy, .. } | Self::AzureCli { remedy, .. } => remedy.clone(),
            Self::Refused { codes, .. } => aadsts::remedy(codes),
            Self::Unreachable { cause, .. } => obstacle::remedy(cause).to_owned(),
            Self::NoManagedIdentity { remedy, .. } => (*remedy).to_owned(),
            Self::ForeignAnswer { .. } => own::FOREIGN_ANSWER.remedy.to_owned(),
            Self::GivenToken { variable, .. } => own::GIVEN_TOKEN.remedy_with("the variable of `token_env`", variable),
            Self::Proof(proof) => proof.hint(),
        }
    }
}
