//! Entente as this service sees it: an OpenID Connect provider with one issuer for each customer.

use std::collections::HashMap;
use std::fs;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use openidconnect::core::CoreProviderMetadata;
use openidconnect::http::{Method, Request, StatusCode, header};
use openidconnect::url::form_urlencoded;
use openidconnect::{DiscoveryError, HttpRequest, HttpResponse, IssuerUrl};
use serde::Deserialize;
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use uuid::Uuid;

use crate::{Clock, Settings};

/// No answer of the authority is waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(10);
/// No answer of the authority is larger than this, in bytes.
const LARGEST: u64 = 1 << 20;
/// How long keys and addresses of an issuer are used before they are asked for again, in seconds.
const FRESH: i64 = 3600;
/// A key that is not known is looked for again, but not more often than this, in seconds: anybody can name new keys.
const RETRY: i64 = 30;

/// The authority could not be asked, or gave an answer that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("the authority did not answer as expected: {0}")]
pub struct Unreachable(pub String);

/// One issuer: the authority as one organisation's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// `{authority}/{tenant}/v2.0`
    pub url: IssuerUrl,
    /// The organisation's id.
    pub tenant: String,
}

/// What the authority says about an access token (RFC 7662, section 2.2).
#[derive(Debug, Deserialize)]
pub struct Introspection {
    /// Whether it still allows anything.
    pub active: bool,
    /// The directory roles it carries now.
    pub wids: Option<Vec<String>>,
}

/// The client of the authority.
pub struct Authority {
    base: String,
    client_id: String,
    client_secret: String,
    clock: Clock,
    agent: Agent,
    known: Mutex<HashMap<String, Known>>,
}

struct Known {
    metadata: CoreProviderMetadata,
    fetched: i64,
}

impl Authority {
    /// Fails when the file of trusted certificates cannot be read or holds none.
    pub fn new(settings: &Settings, clock: Clock) -> Result<Self> {
        let roots = match &settings.ca {
            Some(path) => {
                let pem = fs::read(path).with_context(|| format!("failed to read {}", path.display()))?;
                let certificates: Vec<_> = parse_pem(&pem)
                    .filter_map(|item| match item {
                        Ok(PemItem::Certificate(certificate)) => Some(certificate),
                        _ => None,
                    })
                    .collect();
                ensure!(!certificates.is_empty(), "{} holds no certificate in PEM", path.display());
                certificates
            }
            None => Vec::new(),
        };
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        // A redirect would carry credentials to whatever address it names, so none is followed.
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        Ok(Self {
            base: settings.authority.clone(),
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            clock,
            agent,
            known: Mutex::default(),
        })
    }

    /// The issuer of this name, if it is one of the authority's: anybody can send a person here with any `iss`
    /// (OpenID Connect Core, section 4), so nothing else is ever asked for its keys.
    pub fn issuer(&self, name: &str) -> Option<Issuer> {
        let tenant = name.strip_prefix(&self.base)?.strip_prefix('/')?.strip_suffix("/v2.0")?;
        Uuid::try_parse(tenant).ok().filter(|id| id.hyphenated().to_string() == tenant)?;
        Some(Issuer { url: IssuerUrl::new(name.to_owned()).ok()?, tenant: tenant.to_owned() })
    }

    /// Addresses and keys of an issuer (OpenID Connect Discovery, section 4), asked for at most once an hour.
    pub async fn metadata(&self, issuer: &Issuer) -> Result<CoreProviderMetadata, Unreachable> {
        self.metadata_no_older_than(issuer, FRESH).await
    }

    /// The same after a key turned out to be unknown: the authority may have changed its keys since.
    pub async fn renewed(&self, issuer: &Issuer) -> Result<CoreProviderMetadata, Unreachable> {
        self.metadata_no_older_than(issuer, RETRY).await
    }

    async fn metadata_no_older_than(&self, issuer: &Issuer, age: i64) -> Result<CoreProviderMetadata, Unreachable> {
        let now = (self.clock)();
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(issuer.url.as_str())
            && now - known.fetched < age
        {
            return Ok(known.metadata.clone());
        }
        let metadata = CoreProviderMetadata::discover_async(issuer.url.clone(), &|request| self.send(request))
            .await
            .map_err(|error| Unreachable(explain(&error)))?;
        let known = Known { metadata: metadata.clone(), fetched: now };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(issuer.url.to_string(), known);
        Ok(metadata)
    }

    /// Asks whether an access token still allows anything (RFC 7662), as the service's own application.
    pub async fn introspect(&self, issuer: &Issuer, token: &str) -> Result<Introspection, Unreachable> {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &self.client_id)
            .append_pair("client_secret", &self.client_secret)
            .append_pair("token", token)
            .append_pair("token_type_hint", "access_token")
            .finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}/{}/oauth2/v2.0/introspect", self.base, issuer.tenant))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(body.into_bytes())
            .map_err(|error| Unreachable(error.to_string()))?;
        let answer = self.send(request).await?;
        if answer.status() != StatusCode::OK {
            return Err(Unreachable(format!("introspection answered {}", answer.status())));
        }
        serde_json::from_slice(answer.body()).map_err(|error| Unreachable(error.to_string()))
    }

    /// Sends one request. The client is a blocking one, so it gets a thread that may wait.
    pub fn send(&self, request: HttpRequest) -> impl Future<Output = Result<HttpResponse, Unreachable>> + use<> {
        let agent = self.agent.clone();
        let sent = tokio::task::spawn_blocking(move || -> Result<HttpResponse, ureq::Error> {
            let (parts, body) = agent.run(request)?.into_parts();
            let body = body.into_with_config().limit(LARGEST).read_to_vec()?;
            Ok(HttpResponse::from_parts(parts, body))
        });
        async move {
            match sent.await {
                Ok(answer) => answer.map_err(|error| Unreachable(error.to_string())),
                Err(error) => Err(Unreachable(error.to_string())),
            }
        }
    }
}

fn explain(error: &DiscoveryError<Unreachable>) -> String {
    match error {
        DiscoveryError::Request(Unreachable(why)) => why.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Authority;
    use crate::Settings;

    #[test]
    fn only_the_authority_s_own_organisations_are_issuers() {
        let settings = Settings {
            listen: String::new(),
            url: "http://localhost:2".to_owned(),
            authority: "http://localhost:1".to_owned(),
            ca: None,
            client_id: "id".to_owned(),
            client_secret: "secret".to_owned(),
            identifier_uri: "api://mailboxes".to_owned(),
            events_token: "token".to_owned(),
        };
        let authority = Authority::new(&settings, Arc::new(|| 0)).unwrap();
        let id = "4ad1c9f1-7f53-4d4c-9d29-31f0d5c5c0de";
        let issuer = authority.issuer(&format!("http://localhost:1/{id}/v2.0")).unwrap();
        assert_eq!(issuer.tenant, id);
        for wrong in [
            format!("http://localhost:11/{id}/v2.0"),
            format!("http://localhost:1.evil.example/{id}/v2.0"),
            format!("http://localhost:1@evil.example/{id}/v2.0"),
            format!("http://localhost:1/{id}/v2.0/"),
            format!("http://localhost:1/{id}"),
            format!("http://localhost:1/x/../{id}/v2.0"),
            format!("http://localhost:1/{}/v2.0", id.to_uppercase()),
            format!("http://localhost:1/{{{id}}}/v2.0"),
            "http://localhost:1/common/v2.0".to_owned(),
            "http://localhost:1//v2.0".to_owned(),
            String::new(),
        ] {
            assert_eq!(authority.issuer(&wrong), None, "{wrong}");
        }
    }
}
