//! What a token is asked for: the resource, and the names after it.

use entente_domain::application::Application;
use entente_domain::ids::{ApplicationId, TenantId};
use entente_store::application;

use super::{Kind, Refusal};
use crate::{Error, Settings, Work};

/// What tokens are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// The Graph interface.
    Graph,
    /// The Partner Center interface.
    PartnerCenter,
    /// Entente's own interface.
    Native,
    /// An application, or a service that is one.
    Application(Box<Application>),
}

/// The addresses under which existing tools ask for the local interfaces, with and without the form of an id.
const ALIASES: &[(&str, Resource)] = &[
    ("https://graph.microsoft.com", Resource::Graph),
    ("00000003-0000-0000-c000-000000000000", Resource::Graph),
    ("https://api.partnercenter.microsoft.com", Resource::PartnerCenter),
    ("fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd", Resource::PartnerCenter),
];

impl Resource {
    /// What tokens for it say in `aud`.
    pub fn audience(&self, settings: &Settings) -> String {
        match self {
            Self::Graph => format!("{}/graph", settings.api),
            Self::PartnerCenter => format!("{}/partner-center", settings.api),
            Self::Native => format!("{}/native", settings.api),
            Self::Application(it) => it.id.to_string(),
        }
    }

    /// The application, where it is one.
    pub fn application(&self) -> Option<&Application> {
        if let Self::Application(it) = self { Some(it) } else { None }
    }
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What the access token is for.
    pub resource: Resource,
    /// The names after the resource; `.default` is among them when it was asked for.
    pub names: Vec<String>,
    /// An identity token as well.
    pub openid: bool,
    /// A refresh token as well.
    pub offline: bool,
    /// The text as it came, to be asked again when refreshing.
    pub text: String,
}

impl Asked {
    /// The claim `scp`: the names asked for; for `.default` the one name that stands for all a person may do.
    pub fn granted(&self) -> String {
        let names: Vec<&str> = self
            .names
            .iter()
            .map(|name| if name == ".default" { "user_impersonation" } else { name.as_str() })
            .collect();
        if names.is_empty() { "user_impersonation".to_owned() } else { names.join(" ") }
    }
}

/// The longest text that is read.
const MAX: usize = 2_000;

/// Reads a scope. `home` is the organisation whose applications may be resources.
///
/// # Errors
/// [`Refusal`] for characters RFC 6749 (section 3.3) does not allow, for more than one resource, and for an unknown one.
pub fn read(work: &Work<'_>, text: &str, home: Option<TenantId>) -> Result<Asked, Error> {
    let allowed = |c: char| c == ' ' || (c.is_ascii_graphic() && c != '"' && c != '\\');
    if text.len() > MAX || !text.chars().all(allowed) {
        return Err(invalid("The scope has characters it cannot have, or is too long.").into());
    }
    let mut asked =
        Asked { resource: Resource::Graph, names: Vec::new(), openid: false, offline: false, text: text.to_owned() };
    let mut named: Option<&str> = None;
    for word in text.split(' ').filter(|it| !it.is_empty()) {
        match word {
            "openid" => asked.openid = true,
            "offline_access" => asked.offline = true,
            "profile" | "email" => {}
            _ => {
                let (resource, name) = match word.rsplit_once('/') {
                    Some((resource, name)) => (Some(resource.strip_suffix('/').unwrap_or(resource)), name),
                    None => (None, word),
                };
                if named.is_some() && resource.is_some() && named != resource {
                    return Err(invalid("The scope names more than one resource.").into());
                }
                named = named.or(resource);
                if name.is_empty() {
                    return Err(invalid("The scope names a resource without a permission.").into());
                }
                asked.names.push(name.to_owned());
            }
        }
    }
    if let Some(resource) = named {
        asked.resource = find(work, resource, home)?;
    }
    Ok(asked)
}

/// Reads `resource` as version 1 of the authority and RFC 8693 name it.
///
/// # Errors
/// [`Refusal`] for an unknown one.
pub fn resource(work: &Work<'_>, text: &str, home: Option<TenantId>) -> Result<Asked, Error> {
    let plain = text.strip_suffix('/').unwrap_or(text);
    let scope = format!("{plain}/.default");
    read(work, &scope, home)
}

fn find(work: &Work<'_>, text: &str, home: Option<TenantId>) -> Result<Resource, Error> {
    if let Some((_, resource)) = ALIASES.iter().find(|(alias, _)| *alias == text) {
        return Ok(resource.clone());
    }
    for resource in [Resource::Graph, Resource::PartnerCenter, Resource::Native] {
        if resource.audience(work.app.settings()) == text {
            return Ok(resource);
        }
    }
    let id = text.strip_prefix("api://").unwrap_or(text).parse::<ApplicationId>();
    let found = match id {
        Ok(id) => application::get(work.tx, id)?,
        Err(_) => application::by_identifier(work.tx, text)?,
    };
    let reachable = |it: &Application| it.enabled && home.is_none_or(|home| it.is_at_home_in(home));
    let found = found
        .filter(reachable)
        .ok_or_else(|| Refusal::new(Kind::InvalidScope, 500_011, "There is no such resource in this directory."))?;
    Ok(Resource::Application(Box::new(found)))
}

fn invalid(text: &str) -> Refusal {
    Refusal::new(Kind::InvalidScope, 70_011, text)
}
