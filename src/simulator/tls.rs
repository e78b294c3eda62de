//! TLS for the account: a certificate for every name that it goes by, from a CA of this process's own.
//!
//! The CA may vouch for those names alone and for a week, so that whoever goes on trusting it trusts nobody else. Its key
//! is dropped as soon as it has signed, the certificate's stays in memory: neither is ever written.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints, SanType, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::hosts;

/// How far a client's clock may go behind.
const EARLIER: u64 = 86_400;

/// How long a server can be reached.
const LIFETIME: u64 = 7 * 86_400;

/// How long a client may take to shake hands.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What ends TLS.
pub struct Tls {
    acceptor: TlsAcceptor,
    certificate: String,
}

impl Tls {
    /// Makes the CA and the certificate; they hold from a day before the instant to a week after it.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub fn new(now: DateTime<Utc>) -> io::Result<Self> {
        let issuer = authority(now).map_err(io::Error::other)?;
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = leaf(now).and_then(|leaf| leaf.signed_by(&key, &issuer)).map_err(io::Error::other)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone(), issuer.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate: pem(issuer.der()) })
    }

    /// The CA's certificate, which clients have to trust, as PEM.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Shakes hands; `None` if the client does not in time, or breaks off.
    pub(super) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> Option<TlsStream<S>> {
        tokio::time::timeout(HANDSHAKE, self.acceptor.accept(stream)).await.ok()?.ok()
    }
}

fn authority(now: DateTime<Utc>) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = named("verify-rollup simulate: a CA of this process", now);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let addresses = hosts::LOOPBACK.map(|address| {
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, if address.is_ipv4() { 32 } else { 128 }))
    });
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: names().map(GeneralSubtree::DnsName).chain(addresses).collect(),
        excluded_subtrees: Vec::new(),
    });
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn leaf(now: DateTime<Utc>) -> Result<CertificateParams, rcgen::Error> {
    let mut params = named("verify-rollup simulate", now);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let names = names().map(|name| Ok(SanType::DnsName(name.try_into()?)));
    params.subject_alt_names =
        names.chain(hosts::LOOPBACK.map(|it| Ok(SanType::IpAddress(it)))).collect::<Result<_, rcgen::Error>>()?;
    Ok(params)
}

fn named(name: &str, now: DateTime<Utc>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let since_1970 = now.timestamp().try_into().unwrap_or(EARLIER);
    let at = |seconds| date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
    params.not_before = at(since_1970.saturating_sub(EARLIER));
    params.not_after = at(since_1970 + LIFETIME);
    params
}

fn names() -> impl Iterator<Item = String> {
    hosts::vendors().chain([hosts::LOCALHOST.to_owned()])
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    let text = STANDARD.encode(certificate);
    let lines: Vec<_> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier;
    use rustls::pki_types::{ServerName, UnixTime};
    use rustls::{CertificateError, RootCertStore};

    use super::*;

    const NOW: &str = "2026-11-29T12:00:00Z";

    /// Whether a client that trusts the CA takes a certificate of the CA's for a name, so many seconds later.
    fn takes(name: &str, later: i64) -> Result<(), rustls::Error> {
        let now: DateTime<Utc> = NOW.parse().unwrap();
        let issuer = authority(now).unwrap();
        let mut params = leaf(now).unwrap();
        params.subject_alt_names = CertificateParams::new([name.to_owned()]).unwrap().subject_alt_names;
        let certificate = params.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(issuer.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let at = UnixTime::since_unix_epoch(Duration::from_secs((now.timestamp() + later).unsigned_abs()));
        let server = ServerName::try_from(name).unwrap();
        verifier.verify_server_cert(certificate.der(), &[], &server, &[], at).map(drop)
    }

    #[test]
    fn the_ca_vouches_for_the_accounts_names_alone() {
        for name in names().chain(hosts::LOOPBACK.map(|address| address.to_string())) {
            assert_eq!(takes(&name, 0), Ok(()), "{name}");
        }
        for name in ["example.com", "twilio.com", "api.twilio.com", "verify.xx1.twilio.com", "10.0.0.1", "127.0.0.2"] {
            let error = takes(name, 0).unwrap_err();
            assert!(format!("{error:?}").contains("NameConstraintViolation"), "{name}: {error:?}");
        }
    }

    #[test]
    fn it_vouches_for_a_week() {
        for later in [-80_000, 6 * 86_400] {
            assert_eq!(takes(hosts::USUAL, later), Ok(()), "{later}");
        }
        let untimely = |later| takes(hosts::USUAL, later).unwrap_err();
        let is_expired = |error: &rustls::Error| {
            matches!(error, rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { .. }))
        };
        assert!(is_expired(&untimely(8 * 86_400)));
        assert!(!is_expired(&untimely(-2 * 86_400)));
    }

    #[test]
    fn no_key_is_handed_out() {
        let tls = Tls::new(NOW.parse().unwrap()).unwrap();
        assert_eq!(tls.certificate().matches("-----BEGIN ").count(), 1);
        assert!(tls.certificate().starts_with("-----BEGIN CERTIFICATE-----\n"));
        let other = Tls::new(NOW.parse().unwrap()).unwrap();
        assert_ne!(tls.certificate(), other.certificate(), "made anew");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_nothing_is_left_after_a_while() {
        let tls = Tls::new(NOW.parse().unwrap()).unwrap();
        let (_client, server) = tokio::io::duplex(64);
        let start = tokio::time::Instant::now();
        assert!(tls.accept(server).await.is_none());
        assert_eq!(start.elapsed().as_secs(), HANDSHAKE.as_secs());
    }
}
