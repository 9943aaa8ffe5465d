//! Every kind of refusal as a program sees it.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like the tests themselves")]

use std::fmt::Write as _;

use entente_api::problem::respond;
use entente_app::{Error, Invalid};
use entente_domain::acceptance::Refusal;
use entente_domain::assurance::StepUp;
use entente_domain::cloud::Cloud;
use entente_domain::factor;
use entente_domain::ids::{Id as _, TenantId, UserId};
use entente_domain::text::TextError;
use entente_domain::time::Timestamp;
use http_body_util::BodyExt as _;

fn refusals() -> Vec<Refusal> {
    let at = Timestamp::from_seconds(1_795_424_400);
    let tenant: TenantId = "0193a8d0-0000-7000-8000-000000000001".parse().unwrap();
    vec![
        Refusal::InviteInvalid,
        Refusal::InviteRevoked { at, replaced_by: None },
        Refusal::InviteUsed { at, by: UserId::from_uuid(tenant.uuid()), customer: tenant, accepted: true },
        Refusal::InviteExpired { at },
        Refusal::CloudMismatch { link: Cloud::Germany, here: Cloud::Public },
        Refusal::SignInRequired,
        Refusal::PersonalAccount,
        Refusal::WrongOrganisation { domain: Some("a.example".to_owned()) },
        Refusal::PartnerAsCustomer,
        Refusal::RegionMismatch { partner: tenant, country: "BR".to_owned() },
        Refusal::NeedsGlobalAdmin,
        Refusal::PartnerSuspended { partner: tenant },
        Refusal::ProviderMissing,
        Refusal::AlreadyConnected,
        Refusal::AgreementRequired,
        Refusal::MoreThanAsked,
        Refusal::PrivilegesIncluded,
    ]
}

#[tokio::test]
async fn refusals_are_told_alike() {
    let mut errors = vec![
        Error::NotFound,
        Error::SignInRequired,
        Error::WrongCredentials,
        Error::StepUp(StepUp::NotFresh),
        Error::Factor(factor::Refused { because: factor::Because::Required }),
        Error::Conflict,
        Error::field("name", Invalid::Text(TextError::Empty)),
        Error::TooMany { again_at: Timestamp::from_seconds(1_795_424_400) },
        Error::Unavailable,
    ];
    errors.extend(refusals().into_iter().map(Error::Acceptance));
    let mut table = String::new();
    for error in &errors {
        let response = respond(error);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let retry = response.headers().get("retry-after").map(|it| format!(" (Retry-After: {})", it.to_str().unwrap()));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        writeln!(table, "{}{}", String::from_utf8_lossy(&body), retry.unwrap_or_default()).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn whoever_asks_is_told_the_rule() {
    use axum::http::Request;
    use entente_app::authority::Refusal as Authority;
    use entente_domain::acting::Because;
    use entente_domain::explain::Explanation;
    use entente_domain::policy::{self, Action, Denied, OutOfReach, OutOfReachBecause};
    use tower::ServiceExt as _;

    let action = Action::ManagePeople;
    let errors = [
        Error::Denied(Denied { action, allows: policy::allows(action) }),
        Error::OutOfReach(OutOfReach { because: OutOfReachBecause::NoPrivileges }),
        Authority::acting(Because::Stopped, Explanation::acting_rule(Because::Stopped)).into(),
        Error::NotFound,
    ];
    let mut table = String::new();
    for error in errors {
        let plain = respond(&error).into_body().collect().await.unwrap().to_bytes();
        let routes = axum::Router::new()
            .route("/", axum::routing::get(move || async move { respond(&error) }))
            .layer(axum::middleware::from_fn(entente_api::problem::explain));
        for (query, explained) in [("", false), ("?explain=0", false), ("?a=b&explain=1", true)] {
            let request = Request::get(format!("/{query}")).body(axum::body::Body::empty()).unwrap();
            let response = routes.clone().oneshot(request).await.unwrap();
            assert_eq!(response.headers()["content-type"], "application/problem+json");
            let body = response.into_body().collect().await.unwrap().to_bytes();
            if explained {
                writeln!(table, "{}", String::from_utf8_lossy(&body)).unwrap();
            } else {
                assert_eq!(body, plain, "{query}");
            }
        }
    }
    insta::assert_snapshot!(table);
}
