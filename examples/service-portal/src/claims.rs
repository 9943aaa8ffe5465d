//! What the authority's ID tokens say beyond OpenID Connect: for whom somebody acts, and with which roles.

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, Client, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenClaims,
    IdTokenFields, StandardErrorResponse, StandardTokenResponse,
};
use serde::{Deserialize, Serialize};

/// The claims that are Entente's own, and `sid` (OpenID Connect Back-Channel Logout 1.0, section 2.1).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Additional {
    /// The organisation that signed the token: the customer.
    pub tid: String,
    /// The session that back-channel logout will name.
    pub sid: Option<String>,
    /// Who really acts (RFC 8693, section 4.1); there when a partner does so on the customer's behalf.
    pub act: Option<Actor>,
    /// The customer, when a partner acts.
    pub acting_for: Option<Customer>,
    /// The roles that are acted in, with their names.
    pub acting_as: Option<Vec<Role>>,
    /// The name of the customer, when one of its own people signs in.
    pub organisation: Option<String>,
    /// The ids of the directory roles.
    pub wids: Option<Vec<String>>,
}

impl AdditionalClaims for Additional {}

/// The partner's person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Actor {
    /// The person's name.
    pub name: Option<String>,
    /// The name of the partner that the person works for.
    pub organisation: Option<String>,
}

/// An organisation whose mailboxes are managed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its domain.
    pub domain: String,
}

/// A directory role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its template's id, the same in every organisation.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A verified ID token.
pub type Claims = IdTokenClaims<Additional, CoreGenderClaim>;

/// An answer of the token endpoint.
pub type Tokens = StandardTokenResponse<
    IdTokenFields<
        Additional,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

/// The client of one issuer.
pub type Login = Client<
    Additional,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;
