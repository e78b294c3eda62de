//! The certificates that `SSL_CERT_FILE` names in place of the system's.
//!
//! Refused: a file that cannot be read or holds none. Without it every server's certificate would be unknown, and nothing
//! would say that the file is why.

use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error, PemObject};

use crate::model::shown;

/// Why nothing can be trusted by a file of certificates.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It is missing, or may not be read.
    #[error("cannot read {}, which SSL_CERT_FILE names: {cause}", shown(path))]
    Unread {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Something else is in it.
    #[error("{}, which SSL_CERT_FILE names, holds no certificate", shown(path))]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Sees that the file that the process's environment names, if it does, is of use.
///
/// # Errors
/// It is not.
pub fn check_trust() -> Result<(), TrustError> {
    std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()).map_or(Ok(()), |path| check(Path::new(&path)))
}

fn check(path: &Path) -> Result<(), TrustError> {
    let unread = |cause| TrustError::Unread { path: path.to_owned(), cause };
    if !path.metadata().map_err(unread)?.is_file() {
        // A pipe can be read only once.
        return Ok(());
    }
    let empty = || TrustError::Empty { path: path.to_owned() };
    match CertificateDer::pem_file_iter(path) {
        Ok(mut found) => found.any(|found| found.is_ok()).then_some(()).ok_or_else(empty),
        Err(Error::Io(cause)) => Err(unread(cause)),
        Err(_) => Err(empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for (text, is_of_use) in [("", false), ("garbage", false), (key, false), (broken, false), (certificate, true)] {
            let path = folder.path().join("ca.pem");
            std::fs::write(&path, text).unwrap();
            assert_eq!(check(&path).is_ok(), is_of_use, "{text}");
        }
        assert!(matches!(check(&folder.path().join("none")), Err(TrustError::Unread { .. })));
    }
}
