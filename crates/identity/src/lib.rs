//! Credentials, sessions, request tokens and link tokens: mechanics without routes.
