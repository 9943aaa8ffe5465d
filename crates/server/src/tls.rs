//! Certificates: the operator's files, or in a demonstration a small authority of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use entente_app::Clock as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::clock::SystemClock;
use crate::config::TlsFiles;
use crate::folder::{Folder, replace, write_secret};

/// Names and addresses of this machine that the demonstration's certificate is good for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// From the operator's files.
pub fn from_files(files: &TlsFiles) -> Result<Arc<ServerConfig>> {
    let shown = files.certificate.display();
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("failed to read the certificate {shown}"))?;
    anyhow::ensure!(!chain.is_empty(), "{shown} holds no certificate in PEM");
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .with_context(|| format!("failed to read the key {}", files.key.display()))?;
    server(chain, key).with_context(|| format!("the certificate {shown} and its key cannot be used"))
}

/// The demonstration's, signed by an authority that is made once and kept in the data folder. Also answers where the
/// authority's certificate lies.
pub fn development(folder: &Folder) -> Result<(Arc<ServerConfig>, PathBuf)> {
    let (certificate, key_file) = (folder.file("ca.pem"), folder.file("ca.key"));
    let key = authority_key(&key_file).context("failed to prepare the development authority")?;
    let params = authority()?;
    if !certificate.exists() {
        replace(&certificate, &params.self_signed(&key)?.pem())?;
    }
    let authority = CertificateDer::from_pem_file(&certificate).context("failed to read the development authority")?;
    let issuer = Issuer::new(params, key);
    let leaf_key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(NAMES.map(str::to_owned))?;
    leaf.distinguished_name.push(DnType::CommonName, "Entente demonstration");
    leaf.use_authority_key_identifier_extension = true;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Made anew at each start; some browsers take no leaf of more than 398 days.
    let today = jiff::Timestamp::from_microsecond(SystemClock.now().micros())?.to_zoned(TimeZone::UTC).date();
    valid(&mut leaf, today.yesterday()?, today.checked_add(jiff::Span::new().days(365))?)?;
    let signed = leaf.signed_by(&leaf_key, &issuer)?;
    let key = PrivatePkcs8KeyDer::from(leaf_key.serialize_der());
    let config = server(vec![signed.der().clone(), authority], key.into())?;
    Ok((config, fs::canonicalize(&certificate)?))
}

/// The authority in all but its key: made anew from the same words at each start, so that only key and certificate are kept.
fn authority() -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "Entente demonstration authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Fixed days, so that the issuer is the same whenever it is made.
    valid(&mut params, jiff::civil::date(2025, 1, 1), jiff::civil::date(2055, 1, 1))?;
    Ok(params)
}

/// Sets the days between which something is valid, in the type that only rcgen's constructor makes.
fn valid(params: &mut CertificateParams, from: Date, until: Date) -> Result<()> {
    let day = |it: Date| -> Result<_> {
        Ok(rcgen::date_time_ymd(it.year().into(), u8::try_from(it.month())?, u8::try_from(it.day())?))
    };
    (params.not_before, params.not_after) = (day(from)?, day(until)?);
    Ok(())
}

fn authority_key(path: &Path) -> Result<KeyPair> {
    if !path.exists() {
        write_secret(path, KeyPair::generate()?.serialize_pem().trim_end())?;
    }
    Ok(KeyPair::from_pem(&fs::read_to_string(path)?)?)
}

fn server(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Arc<ServerConfig>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
