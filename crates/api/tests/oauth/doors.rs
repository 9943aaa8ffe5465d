//! Each route of the authority and each grant, with a request that it answers.

use entente_app::authority::{device, exchange};
use entente_testkit::tokens::REDIRECT;

use crate::world::{World, form};

pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A name, and what it becomes; none takes it out.
pub type Change<'a> = (&'a str, Option<&'a str>);

/// A request that is answered.
pub struct Door {
    pub name: &'static str,
    pub route: &'static str,
    pub fields: Vec<(&'static str, String)>,
}

impl Door {
    /// Its addresses at the partner's authority. The older form of the token endpoint is checked no less than the present one.
    pub fn paths(&self, w: &World) -> Vec<String> {
        let home = w.home();
        let older = (self.route == "token").then(|| format!("/{home}/oauth2/token"));
        [format!("/{home}/oauth2/v2.0/{}", self.route)].into_iter().chain(older).collect()
    }

    /// Its form with these changes.
    pub fn changed(&self, changes: &[Change<'_>]) -> String {
        let kept = self.fields.iter().filter(|(name, _)| changes.iter().all(|(other, _)| other != name));
        let kept = kept.map(|(name, value)| (*name, value.as_str()));
        let put = changes.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        form(&kept.chain(put).collect::<Vec<_>>())
    }
}

/// Each route and grant with a request that it answers.
pub async fn doors(w: &World) -> Vec<Door> {
    let own = format!("openid offline_access api://{}/.default", w.program.id);
    let set = w.test.authority().sign_in(&w.program, &w.agent, &own).unwrap();
    let (access, refresh) = (set.access_token, set.refresh_token.unwrap());
    let id = w.program.id.to_string();
    let proof = [("client_id", &*id), ("client_secret", &*w.program.secret)];
    let begun = w.post("/organizations/oauth2/v2.0/devicecode", &proof).await;
    device::answer(&w.test.app, &w.sales, begun.text("user_code"), true).unwrap();
    let code = w.code(&w.program, &w.agent, &[]).unwrap();
    let door = |name, route, more: &[(&'static str, &str)]| {
        let fields = proof.iter().chain(more).map(|(name, value)| (*name, (*value).to_owned()));
        Door { name, route, fields: fields.collect() }
    };
    let token =
        |name, more: &[(&'static str, &str)]| door(name, "token", &[&[("grant_type", name)][..], more].concat());
    let exchanged = [("subject_token", &*access), ("subject_token_type", ACCESS_TOKEN), ("audience", "fjordline.no")];
    vec![
        token("authorization_code", &[("code", &code), ("redirect_uri", REDIRECT)]),
        token("client_credentials", &[("scope", "https://graph.microsoft.com/.default")]),
        token(device::GRANT_TYPE, &[("device_code", begun.text("device_code"))]),
        token(exchange::ON_BEHALF_OF, &[("requested_token_use", "on_behalf_of"), ("assertion", &access)]),
        token(exchange::TOKEN_EXCHANGE, &exchanged),
        token("refresh_token", &[("refresh_token", &refresh)]),
        door("introspect", "introspect", &[("token", &access)]),
        door("devicecode", "devicecode", &[]),
        // Last, because it ends what others rest on.
        door("revoke", "revoke", &[("token", &refresh)]),
    ]
}
