//! PEM files (RFC 7468) with certificates and a private key, and what else people name in their place.

use std::path::{Path, PathBuf};

use rustls::pki_types::pem::{PemObject as _, SectionKind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
use secrecy::zeroize::Zeroizing;

use super::settings;
use crate::auth::{AuthError, secret};

/// The lines that begin an encrypted key, as RFC 7468 section 11 and RFC 1421 section 4.6.1.1 write them.
const ENCRYPTED: [&[u8]; 2] = [b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"Proc-Type: 4,ENCRYPTED"];

/// What a file holds.
pub(super) struct Pem {
    file: PathBuf,
    /// In the order of the file.
    pub(super) certificates: Vec<CertificateDer<'static>>,
    keys: Vec<Zeroizing<PrivateKeyDer<'static>>>,
    encrypted: bool,
}

impl Pem {
    /// Reads it; a file with a private key that others may read is refused.
    pub(super) fn read(file: &Path) -> Result<Self, AuthError> {
        let (content, shared) = secret::bytes(file, "the certificate file")?;
        // Notepad begins a file with a byte order mark, which would hide its first block.
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&content);
        let starts = |line: &[u8]| ENCRYPTED.iter().any(|encrypted| line.trim_ascii().starts_with(encrypted));
        let encrypted = content.split(|byte| *byte == b'\n').any(starts);
        let mut pem = Self { file: file.to_owned(), certificates: Vec::new(), keys: Vec::new(), encrypted };
        let read = pem.take(content);
        if let Some(mode) = shared.filter(|_| encrypted || !pem.keys.is_empty()) {
            return Err(secret::shared("the private key's file", file, mode));
        }
        read.and_then(|()| pem.plausible(content)).map(|()| pem)
    }

    fn take(&mut self, content: &[u8]) -> Result<(), AuthError> {
        for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(content) {
            let (kind, der) = match section {
                Ok(section) => section,
                // A key of the older encrypted form has no plain base64 in it. The certificates beside it count all the
                // same: the key may have been decrypted into a file of its own.
                Err(_) if self.encrypted => continue,
                Err(_) => return Err(broken(&self.file)),
            };
            let key: PrivateKeyDer<'static> = match kind {
                SectionKind::Certificate => {
                    self.certificates.push(der.into());
                    continue;
                }
                SectionKind::PrivateKey => PrivatePkcs8KeyDer::from(der).into(),
                SectionKind::RsaPrivateKey => PrivatePkcs1KeyDer::from(der).into(),
                SectionKind::EcPrivateKey => PrivateSec1KeyDer::from(der).into(),
                _ => continue,
            };
            self.keys.push(Zeroizing::new(key));
        }
        Ok(())
    }

    /// Whether it is a PEM file at all.
    fn plausible(&self, content: &[u8]) -> Result<(), AuthError> {
        if self.encrypted || !self.certificates.is_empty() || !self.keys.is_empty() {
            return Ok(());
        }
        let file = self.file.display();
        // Both PKCS #12 and DER begin with an ASN.1 sequence.
        Err(if content.first() == Some(&0x30) {
            settings(
                format!("{file} is no PEM; it looks like a PFX file or a DER certificate"),
                "convert it: `openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem` (PFX), then `chmod 600 FILE.pem`",
            )
        } else {
            settings(
                format!("{file} holds neither a PEM certificate nor a PEM private key"),
                "give a file with `-----BEGIN CERTIFICATE-----` and `-----BEGIN PRIVATE KEY-----`",
            )
        })
    }

    /// The certificates; at least one.
    pub(super) fn certificates(&self) -> Result<&[CertificateDer<'static>], AuthError> {
        if self.certificates.is_empty() {
            return Err(settings(
                format!("{} holds no certificate", self.file.display()),
                "name the PEM file with the certificate in `certificate_file`",
            ));
        }
        Ok(&self.certificates)
    }

    /// The one private key.
    pub(super) fn key(&self) -> Result<&PrivateKeyDer<'static>, AuthError> {
        let file = self.file.display();
        match self.keys.as_slice() {
            [key] => Ok(key),
            [] if self.encrypted => Err(settings(
                format!("the private key in {file} is encrypted, and nobody is there to give its passphrase"),
                "decrypt it once: `openssl pkey -in OLD.pem -out key.pem`, then `chmod 600 key.pem` and name it in \
                 `key_file`",
            )),
            [] => Err(settings(
                format!("{file} holds no private key"),
                "put the private key into the same file, or name its file in `key_file`",
            )),
            keys => Err(settings(
                format!("{file} holds {} private keys", keys.len()),
                "keep the one that belongs to the certificate",
            )),
        }
    }
}

fn broken(file: &Path) -> AuthError {
    settings(
        format!("{} is broken PEM", file.display()),
        "export certificate and key again; each block has a BEGIN line, base64 and an END line",
    )
}
