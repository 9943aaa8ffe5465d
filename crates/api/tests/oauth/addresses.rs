//! Where the authority is asked, for what, and by which name: discovery, directories, resources, and the older form of the token
//! endpoint.

use serde_json::json;

use crate::world::{Answer, World, parts};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const NO_DIRECTORY: (u16, &str, u32) = (400, "invalid_request", 90_002);

async fn alone(w: &World, place: &str, more: &[(&str, &str)]) -> Answer {
    w.token(&w.program, place, &[&[GRANT][..], more].concat()).await
}

#[tokio::test]
async fn all_addresses_of_the_document_tell_the_same() {
    let w = World::new();
    let home = w.home();
    for (place, issuer) in [
        (&*home, format!("https://halden.example/{home}/v2.0")),
        ("brightwater.no", format!("https://halden.example/{home}/v2.0")),
        ("common", "https://halden.example/{tenantid}/v2.0".to_owned()),
        ("organizations", "https://halden.example/{tenantid}/v2.0".to_owned()),
    ] {
        let document = w.get(&format!("/{place}/v2.0/.well-known/openid-configuration")).await;
        assert_eq!(document.text("issuer"), issuer);
        assert_eq!(document.header("cache-control"), "public, max-age=3600");
        for path in [
            format!("/{place}/.well-known/openid-configuration"),
            format!("/.well-known/oauth-authorization-server/{place}/v2.0"),
        ] {
            let other = w.get(&path).await;
            assert_eq!((other.status, &other.body), (document.status, &document.body), "{path}");
        }
        // Each address in it is one that answers, below the id where the directory is known.
        let named = if place == "brightwater.no" { &*home } else { place };
        for (name, route) in [
            ("token_endpoint", "oauth2/v2.0/token"),
            ("device_authorization_endpoint", "oauth2/v2.0/devicecode"),
            ("introspection_endpoint", "oauth2/v2.0/introspect"),
            ("revocation_endpoint", "oauth2/v2.0/revoke"),
        ] {
            assert_eq!(document.text(name), format!("https://halden.example/{named}/{route}"));
            w.post(&format!("/{named}/{route}"), &[]).await.is(400);
        }
        let keys = document.text("jwks_uri").strip_prefix("https://halden.example").unwrap();
        w.get(keys).await.is(200);
    }
}

#[tokio::test]
async fn an_unknown_directory_is_refused_alike_at_every_address() {
    let w = World::new();
    for place in [
        "01900000-0000-7000-8000-000000000000",
        "nobody.example",
        "consumers",
        "Common",
        "%2e%2e",
        "x%2fy",
        "%00",
        "%ff",
        "%zz",
    ] {
        for path in [
            format!("/{place}/v2.0/.well-known/openid-configuration"),
            format!("/{place}/.well-known/openid-configuration"),
            format!("/.well-known/oauth-authorization-server/{place}/v2.0"),
            format!("/{place}/discovery/v2.0/keys"),
        ] {
            let answer = w.get(&path).await;
            assert_eq!(answer.status, 400, "{path}: {}", answer.body);
            assert_eq!(
                (&answer.body["error"], &answer.body["error_codes"], answer.header("cache-control")),
                (&json!("invalid_request"), &json!([90_002]), "no-store"),
                "{path}"
            );
        }
        let id = w.program.id.to_string();
        let form = [("client_id", &*id), ("client_secret", &w.program.secret), ("token", "x"), GRANT];
        for route in [
            "oauth2/v2.0/token",
            "oauth2/token",
            "oauth2/v2.0/devicecode",
            "oauth2/v2.0/introspect",
            "oauth2/v2.0/revoke",
        ] {
            w.post(&format!("/{place}/{route}"), &form).await.refused(&format!("{place} {route}"), NO_DIRECTORY);
        }
    }
}

#[tokio::test]
async fn the_names_existing_tools_ask_by_lead_to_the_interfaces_here() {
    let w = World::new();
    for (resource, audience) in [
        ("https://graph.microsoft.com", "graph"),
        ("https://graph.microsoft.com/", "graph"),
        ("00000003-0000-0000-c000-000000000000", "graph"),
        ("https://halden.example/graph", "graph"),
        ("https://api.partnercenter.microsoft.com", "partner-center"),
        ("https://api.partnercenter.microsoft.com/", "partner-center"),
        ("fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd", "partner-center"),
        ("https://halden.example/partner-center", "partner-center"),
        ("https://halden.example/native", "native"),
    ] {
        let audience = format!("https://halden.example/{audience}");
        let scope = format!("{resource}/.default");
        let answer = alone(&w, &w.home(), &[("scope", &scope)]).await;
        let (_, claims) = parts(answer.text("access_token"));
        assert_eq!(claims["aud"], audience, "{scope}");
        let id = w.program.id.to_string();
        let form = [("client_id", &*id), ("client_secret", &w.program.secret), GRANT, ("resource", resource)];
        let answer = w.post(&format!("/{}/oauth2/token", w.home()), &form).await;
        let (_, claims) = parts(answer.text("access_token"));
        assert_eq!((&claims["aud"], claims.get("scp")), (&json!(audience), None), "the older form: {resource}");
    }
    for unknown in [
        "https://graph.microsoft.com.evil.example",
        "http://graph.microsoft.com",
        "https://GRAPH.microsoft.com",
        "https://x",
    ] {
        let answer = alone(&w, &w.home(), &[("resource", unknown)]).await;
        answer.refused(unknown, (400, "invalid_scope", 500_011));
    }
}

#[tokio::test]
async fn a_persons_token_for_partner_center_carries_the_name_existing_tools_ask_for() {
    let w = World::new();
    for scope in [
        "https://api.partnercenter.microsoft.com/user_impersonation",
        "https://api.partnercenter.microsoft.com/.default",
    ] {
        let set = w.test.authority().sign_in(&w.program, &w.agent, scope).unwrap();
        let (_, claims) = parts(&set.access_token);
        assert_eq!(
            (&claims["aud"], &claims["scp"]),
            (&json!("https://halden.example/partner-center"), &json!("user_impersonation")),
            "{scope}"
        );
    }
}

#[tokio::test]
async fn a_program_alone_names_its_own_directory_and_asks_for_all_it_was_given() {
    let w = World::new();
    let scope = ("scope", "https://graph.microsoft.com/.default");
    for place in ["common", "organizations"] {
        alone(&w, place, &[scope]).await.refused(place, (400, "invalid_request", 900_023));
    }
    for place in [w.customer.id.to_string(), "fjordline.no".to_owned()] {
        alone(&w, &place, &[scope]).await.refused(&place, (400, "unauthorized_client", 700_016));
    }
    for other in [
        "https://graph.microsoft.com/User.Read",
        "https://graph.microsoft.com/.default https://graph.microsoft.com/User.Read",
        "https://api.partnercenter.microsoft.com/user_impersonation",
        "User.Read",
    ] {
        let answer = alone(&w, &w.home(), &[("scope", other)]).await;
        answer.refused(other, (400, "invalid_scope", 1_002_012));
    }
    for place in [&*w.home(), "brightwater.no"] {
        let answer = alone(&w, place, &[scope]).await;
        assert_eq!(parts(answer.text("access_token")).1["tid"], w.home());
        assert!(answer.body.get("refresh_token").is_none() && answer.body.get("id_token").is_none());
    }
}

#[tokio::test]
async fn an_address_with_a_slash_at_its_end_is_another_one() {
    let w = World::new();
    for path in ["oauth2/v2.0/token/", "oauth2/token/", "oauth2/v2.0/introspect/", "oauth2/v2.0//token"] {
        w.post(&format!("/{}/{path}", w.home()), &[GRANT]).await.is(404);
    }
}

#[tokio::test]
async fn an_interface_leads_to_the_authority_it_takes_tokens_of() {
    let w = World::new();
    let challenge = w.get("/oidc/userinfo").await;
    let named = challenge.header("www-authenticate");
    assert_eq!(named, "Bearer resource_metadata=\"https://halden.example/.well-known/oauth-protected-resource\"");
    let resource = w.get("/.well-known/oauth-protected-resource").await;
    assert_eq!(resource.text("resource"), "https://halden.example");
    let authority = resource.body["authorization_servers"][0].as_str().unwrap();
    let path = authority.strip_prefix("https://halden.example").unwrap();
    let document = w.get(&format!("{path}/.well-known/openid-configuration")).await;
    document.is(200);
    let instance = w.get("/common/discovery/instance").await;
    let discovery = instance.text("tenant_discovery_endpoint").strip_prefix("https://halden.example").unwrap();
    assert_eq!(w.get(discovery).await.body, document.body);
    for scope in resource.body["scopes_supported"].as_array().unwrap() {
        let scope = scope.as_str().unwrap();
        let answer = alone(&w, &w.home(), &[("scope", scope)]).await;
        let (_, claims) = parts(answer.text("access_token"));
        assert_eq!(format!("{}/.default", claims["aud"].as_str().unwrap()), scope);
    }
}
