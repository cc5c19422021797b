//! The names of the sign-in methods.

use crate::harmless::harmless_line;

use super::nearest;

/// `method` of `[auth]`, and `--auth`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMethod {
    /// `auto`.
    Auto,
    /// `managed-identity`.
    ManagedIdentity,
    /// `client-secret`.
    ClientSecret,
    /// `client-certificate`.
    ClientCertificate,
    /// `workload-identity`.
    WorkloadIdentity,
    /// `azure-cli`.
    AzureCli,
    /// `access-token`.
    AccessToken,
}

/// In the order in which messages name them, which is that of the enum.
const NAMES: [(&str, AuthMethod); 7] = [
    ("auto", AuthMethod::Auto),
    ("managed-identity", AuthMethod::ManagedIdentity),
    ("client-secret", AuthMethod::ClientSecret),
    ("client-certificate", AuthMethod::ClientCertificate),
    ("workload-identity", AuthMethod::WorkloadIdentity),
    ("azure-cli", AuthMethod::AzureCli),
    ("access-token", AuthMethod::AccessToken),
];

impl AuthMethod {
    /// Reads a method's name.
    pub fn parse(text: &str) -> Result<Self, UnknownMethod> {
        let found = NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, method)| *method).ok_or_else(|| UnknownMethod::new(text))
    }

    /// Every method, in the order in which messages name them.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.into_iter().map(|(_, method)| method)
    }

    /// The method's name.
    pub fn name(self) -> &'static str {
        NAMES[self as usize].0
    }
}

/// What is no method's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownMethod {
    /// Misspelt.
    #[error("`{given}` is no method, did you mean `{nearest}`?")]
    Near {
        /// What was written; near a method's name, hence no secret.
        given: String,
        /// What is meant.
        nearest: &'static str,
    },
    /// Something else, which might be anything and is not repeated.
    #[error("unknown method; known are {known}", known = known())]
    Other,
}

impl UnknownMethod {
    fn new(text: &str) -> Self {
        match nearest(text, NAMES.iter().map(|(name, _)| *name)) {
            Some(nearest) => Self::Near { given: harmless_line(text).into_owned(), nearest },
            None => Self::Other,
        }
    }
}

/// The methods, for a message.
pub(super) fn known() -> String {
    NAMES.map(|(name, _)| name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_read_by_their_exact_names() {
        for (name, method) in NAMES {
            assert_eq!(AuthMethod::parse(name), Ok(method));
            assert_eq!(method.name(), name);
        }
    }

    #[test]
    fn only_a_near_miss_is_repeated() {
        let told = |text| AuthMethod::parse(text).unwrap_err().to_string();
        assert_eq!(told("manged-identity"), "`manged-identity` is no method, did you mean `managed-identity`?");
        let other = told("x8Q~secret-value");
        assert_eq!(other, format!("unknown method; known are {}", known()));
    }
}
