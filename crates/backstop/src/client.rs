//! The one way out to other machines: HTTP and HTTPS, asked for by a command, never by reading the record.
//!
//! Takes a time limit; gives a client that follows no redirects, sends no cookies, and trusts the authorities that this
//! machine trusts. Never asked by what answers readers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// Where the authorities behind HTTPS are looked for if `SSL_CERT_FILE` names no file.
const AUTHORITIES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// A client that waits this long for an answer.
#[must_use]
pub(crate) fn agent(patience: Duration) -> Agent {
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::from(authorities()))
        .build();
    let config = Agent::config_builder()
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent("backstop")
        .tls_config(tls)
        .build();
    config.into()
}

/// The authorities that this machine trusts, as PEM.
pub(crate) fn authorities_pem() -> Vec<u8> {
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let usual = AUTHORITIES.iter().map(PathBuf::from);
    named.into_iter().chain(usual).find_map(|path| std::fs::read(path).ok()).unwrap_or_default()
}

fn authorities() -> Vec<Certificate<'static>> {
    let bytes = authorities_pem();
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        Ok(_) | Err(_) => None,
    };
    parse_pem(&bytes).filter_map(certificate).collect()
}
