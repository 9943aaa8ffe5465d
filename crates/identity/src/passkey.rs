//! Passkeys: Web Authentication with the user verified, at one address of the installation.
//!
//! Both halves of a ceremony are pure functions; what has to be remembered in between is returned as bytes for the caller to
//! keep on the server, used once. The challenge is drawn by `webauthn-rs` from the operating system's generator: it takes no
//! source of randomness from outside, and guessing it would gain nothing without the key.

use entente_domain::ids::{Id as _, UserId};
use serde_json::{Value, json};
use url::Url;
use webauthn_rs::prelude::{
    CredentialID, DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

/// Why a browser's answer proves nothing. What exactly was wrong is for nobody outside to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("accept the passkey's answer")]
pub struct NotProven;

impl From<WebauthnError> for NotProven {
    fn from(_: WebauthnError) -> Self {
        Self
    }
}

impl From<serde_json::Error> for NotProven {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

/// The first half of a ceremony.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceremony {
    /// What the browser is asked, as JSON: the argument of `navigator.credentials.create` or `get`.
    pub options: String,
    /// What the server keeps until the answer is there, and shows to nobody.
    pub state: Vec<u8>,
}

/// A passkey as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The authenticator's name for it.
    pub id: Vec<u8>,
    /// Its public key, counter and circumstances.
    pub credential: Vec<u8>,
}

/// The passkeys of one address.
#[derive(Debug)]
pub struct Passkeys {
    webauthn: Webauthn,
    host: String,
}

impl Passkeys {
    /// The passkeys of `origin`, which comes from the configuration. `None` where browsers know none: at a bare network address.
    pub fn at(origin: &str, vendor: &str) -> Option<Self> {
        let url = Url::parse(origin).ok()?;
        let host = url.domain()?.to_owned();
        let webauthn = WebauthnBuilder::new(&host, &url).ok()?.rp_name(vendor).build().ok()?;
        Some(Self { webauthn, host })
    }

    /// The host these passkeys work at (the relying party's id).
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Asks a browser for a new passkey of this person, on no authenticator that holds one of `known` already.
    ///
    /// # Errors
    /// When one of `known` cannot be read.
    pub fn begin_adding(
        &self,
        person: UserId,
        upn: &str,
        name: &str,
        known: &[Vec<u8>],
    ) -> Result<Ceremony, NotProven> {
        let known: Vec<CredentialID> = known.to_vec();
        let (asked, state) = self.webauthn.start_passkey_registration(person.uuid(), upn, name, Some(known))?;
        let mut options = serde_json::to_value(asked)?;
        // A passkey that its authenticator remembers can sign in without a name typed; one that cannot is welcome too.
        if let Some(wanted) = options.pointer_mut("/publicKey/authenticatorSelection").and_then(Value::as_object_mut) {
            wanted.insert("residentKey".to_owned(), json!("preferred"));
        }
        Ok(Ceremony { options: options.to_string(), state: serde_json::to_vec(&state)? })
    }

    /// The passkey a browser made.
    ///
    /// # Errors
    /// [`NotProven`] when the answer belongs to another challenge or address, or did not verify its user.
    pub fn finish_adding(&self, state: &[u8], answer: &str) -> Result<Kept, NotProven> {
        let state: PasskeyRegistration = serde_json::from_slice(state)?;
        let answer: RegisterPublicKeyCredential = serde_json::from_str(answer)?;
        let passkey = self.webauthn.finish_passkey_registration(&answer, &state)?;
        kept(&passkey)
    }

    /// Asks a browser for one of these passkeys, given as they are kept.
    ///
    /// # Errors
    /// When there is none, or one cannot be read.
    pub fn begin_proof(&self, known: &[Vec<u8>]) -> Result<Ceremony, NotProven> {
        let known: Vec<Passkey> = known.iter().map(|it| serde_json::from_slice(it)).collect::<Result<_, _>>()?;
        let (asked, state) = self.webauthn.start_passkey_authentication(&known)?;
        Ok(Ceremony { options: serde_json::to_string(&asked)?, state: serde_json::to_vec(&state)? })
    }

    /// Which passkey an answer to [`Passkeys::begin_proof`] proves, given the one it names as it is kept; returns it as it is to be
    /// kept from now on.
    ///
    /// # Errors
    /// [`NotProven`] when the answer belongs to another challenge, address or key, or did not verify its user, and when a counter
    /// went back, which a copied key does.
    pub fn finish_proof(&self, state: &[u8], answer: &str, credential: &[u8]) -> Result<Kept, NotProven> {
        let state: PasskeyAuthentication = serde_json::from_slice(state)?;
        let answer: PublicKeyCredential = serde_json::from_str(answer)?;
        let mut passkey: Passkey = serde_json::from_slice(credential)?;
        let result = self.webauthn.finish_passkey_authentication(&answer, &state)?;
        passkey.update_credential(&result).ok_or(NotProven)?;
        kept(&passkey)
    }

    /// Asks a browser for any passkey of this address: who signs in is what the answer says.
    ///
    /// # Errors
    /// Never in practice.
    pub fn begin_sign_in(&self) -> Result<Ceremony, NotProven> {
        let (asked, state) = self.webauthn.start_discoverable_authentication()?;
        let mut options = serde_json::to_value(asked)?;
        // A button was pressed; the crate means this for the list under a name field.
        if let Some(options) = options.as_object_mut() {
            options.remove("mediation");
        }
        Ok(Ceremony { options: options.to_string(), state: serde_json::to_vec(&state)? })
    }

    /// The same as [`Passkeys::finish_proof`] for an answer to [`Passkeys::begin_sign_in`].
    ///
    /// # Errors
    /// As there.
    pub fn finish_sign_in(&self, state: &[u8], answer: &str, credential: &[u8]) -> Result<Kept, NotProven> {
        let state: DiscoverableAuthentication = serde_json::from_slice(state)?;
        let answer: PublicKeyCredential = serde_json::from_str(answer)?;
        let mut passkey: Passkey = serde_json::from_slice(credential)?;
        let result = self.webauthn.finish_discoverable_authentication_v2(&answer, state, &passkey)?;
        passkey.update_credential(&result).ok_or(NotProven)?;
        kept(&passkey)
    }
}

/// The passkey an answer names, and the person where it names one. Nothing of it is proven yet.
pub fn named(answer: &str) -> Option<(Vec<u8>, Option<UserId>)> {
    let answer: PublicKeyCredential = serde_json::from_str(answer).ok()?;
    let person = answer.get_user_unique_id().and_then(|it| uuid::Uuid::from_slice(it).ok()).map(UserId::from_uuid);
    Some((answer.get_credential_id().to_vec(), person))
}

fn kept(passkey: &Passkey) -> Result<Kept, NotProven> {
    Ok(Kept { id: passkey.cred_id().clone(), credential: serde_json::to_vec(passkey)? })
}
