//! The names of the sign-in methods.

use crate::harmless::harmless_line;

use super::nearest;

/// `method` of `[auth]`, and `--auth`: those that this version can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMethod {
    /// `auto`.
    Auto,
    /// `managed-identity`.
    ManagedIdentity,
    /// `client-secret`.
    ClientSecret,
    /// `access-token`.
    AccessToken,
}

/// In the order in which messages name them.
const USABLE: [(&str, AuthMethod); 4] = [
    ("auto", AuthMethod::Auto),
    ("managed-identity", AuthMethod::ManagedIdentity),
    ("client-secret", AuthMethod::ClientSecret),
    ("access-token", AuthMethod::AccessToken),
];

/// Known by name only.
const PLANNED: [&str; 3] = ["client-certificate", "workload-identity", "azure-cli"];

impl AuthMethod {
    /// Reads a method's name.
    pub fn parse(text: &str) -> Result<Self, UnusableMethod> {
        let found = USABLE.iter().find(|(name, _)| *name == text);
        found.map(|(_, method)| *method).ok_or_else(|| UnusableMethod::new(text))
    }

    /// The method's name.
    pub fn name(self) -> &'static str {
        USABLE[self as usize].0
    }
}

/// Why a method's name can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableMethod {
    /// Right, but not in this version.
    #[error("`{0}` is not supported by this version; supported: {supported}", supported = supported())]
    Planned(&'static str),
    /// Misspelt.
    #[error("`{given}` is no method, did you mean `{nearest}`?")]
    Near {
        /// What was written; near a method's name, hence no secret.
        given: String,
        /// What is meant.
        nearest: &'static str,
    },
    /// Something else, which might be anything and is not repeated.
    #[error("unknown method; supported: {supported}", supported = supported())]
    Unknown,
}

impl UnusableMethod {
    fn new(text: &str) -> Self {
        if let Some(planned) = PLANNED.into_iter().find(|name| *name == text) {
            return Self::Planned(planned);
        }
        let known = USABLE.iter().map(|(name, _)| *name).chain(PLANNED);
        match nearest(text, known) {
            Some(nearest) => Self::Near { given: harmless_line(text).into_owned(), nearest },
            None => Self::Unknown,
        }
    }
}

/// The methods of this version, for a message.
pub(super) fn supported() -> String {
    USABLE.map(|(name, _)| name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_read_by_their_exact_names() {
        for (name, method) in USABLE {
            assert_eq!(AuthMethod::parse(name), Ok(method));
            assert_eq!(method.name(), name);
        }
    }

    #[test]
    fn a_method_of_later_versions_is_recognised() {
        let told = AuthMethod::parse("azure-cli").unwrap_err().to_string();
        let expected = "`azure-cli` is not supported by this version; supported: auto, managed-identity, client-secret, access-token";
        assert_eq!(told, expected);
    }

    #[test]
    fn only_a_near_miss_is_repeated() {
        let told = |text| AuthMethod::parse(text).unwrap_err().to_string();
        assert_eq!(told("manged-identity"), "`manged-identity` is no method, did you mean `managed-identity`?");
        assert!(!told("x8Q~secret-value").contains("secret-value"));
    }
}
