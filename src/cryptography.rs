//! The one module that does all cryptography here: which it is, and what a FIPS build demands of it.

use std::fmt;

/// The cryptographic module of this process, as it says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Module {
    /// The version of AWS-LC.
    pub version: &'static str,
    /// Whether it is in FIPS mode.
    pub fips: bool,
}

impl Module {
    /// The one that is linked.
    pub fn linked() -> Self {
        Self { version: aws_lc_rs::awslc_version(), fips: aws_lc_rs::try_fips_mode().is_ok() }
    }

    /// Whether a FIPS build may start with it; `tls` is whether TLS uses approved algorithms only.
    pub fn demand_fips(self, tls: bool) -> Result<(), NotFips> {
        match (self.fips, tls) {
            (false, _) => Err(NotFips::Module(self)),
            (true, false) => Err(NotFips::Tls),
            (true, true) => Ok(()),
        }
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, fips } = self;
        if *fips { write!(f, "AWS-LC FIPS {version}, in FIPS mode") } else { write!(f, "AWS-LC {version}, not FIPS") }
    }
}

/// Why a FIPS build does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFips {
    /// The library that is linked is not the FIPS module.
    #[error(
        "error: this is a FIPS build of xcsync, and its cryptographic module is {0}; nothing was read or sent\n\
         hint: build it again with `--features fips` and without AWS_LC_FIPS_SYS_SYSTEM_DIR, or install the library that it was built with"
    )]
    Module(Module),
    /// TLS was given another provider of algorithms.
    #[error(
        "error: this is a FIPS build of xcsync, and TLS would use algorithms that are not approved; nothing was read or sent\n\
         hint: this is a bug of this build; report it with what `xcsync --version -v` says"
    )]
    Tls,
}

/// Gives all TLS of this process to the FIPS module, and refuses where that is not in FIPS mode.
///
/// reqwest takes the process's default, and makes clients from it that insist on an extended master secret.
#[cfg(feature = "fips")]
pub fn begin() -> Result<(), NotFips> {
    use rustls::crypto::{CryptoProvider, default_fips_provider};
    // Where there is one already, it is asked below like any other.
    let _ = default_fips_provider().install_default();
    Module::linked().demand_fips(CryptoProvider::get_default().is_some_and(|provider| provider.fips()))
}

/// An ordinary build demands nothing.
#[cfg(not(feature = "fips"))]
pub fn begin() -> Result<(), NotFips> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIPS: Module = Module { version: "4.2.0", fips: true };

    #[test]
    fn a_fips_build_starts_with_module_and_tls_in_fips_mode_alone() {
        let other = Module { fips: false, ..FIPS };
        assert_eq!(FIPS.demand_fips(true), Ok(()));
        assert_eq!(FIPS.demand_fips(false), Err(NotFips::Tls));
        assert_eq!([true, false].map(|tls| other.demand_fips(tls)), [Err(NotFips::Module(other)); 2]);
    }

    #[test]
    fn a_refusal_names_the_module_and_what_did_not_happen() {
        let text = NotFips::Module(Module { fips: false, ..FIPS }).to_string();
        assert!(text.contains("AWS-LC 4.2.0, not FIPS; nothing was read or sent\nhint: "), "{text}");
    }

    #[test]
    fn the_module_is_the_one_that_the_build_asked_for() {
        assert_eq!((Module::linked().fips, begin()), (cfg!(feature = "fips"), Ok(())));
    }
}
