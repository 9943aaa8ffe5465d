//! The organisation's own provider of identity: one form for the settings of both portals.

use entente_app::federation::{self, Side, View, Wanted};
use entente_app::sign_in::Audience;
use entente_app::{App, Ctx, Error, Field};
use serde::Deserialize;

use crate::i18n::{Words, arg};
use crate::refusal::field_message;
use crate::ui::{self, Html};
use crate::{key, run};

/// What the page's buttons send.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Typed {
    #[serde(rename = "do")]
    what: What,
    #[serde(default)]
    issuer: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    domains: Vec<String>,
    /// The version that was looked at; none when there was none.
    version: Option<i64>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    #[default]
    Save,
    Test,
    On,
    Off,
    Remove,
}

/// What the template shows.
pub(crate) struct Panel {
    pub(crate) here: String,
    /// What to register at the provider: for whom, and where.
    pub(crate) redirects: Vec<(String, String)>,
    pub(crate) errors: ui::Errors,
    pub(crate) issuer: ui::Field,
    pub(crate) client_id: ui::Field,
    pub(crate) secret: ui::Field,
    pub(crate) domains: Vec<ui::Choice>,
    pub(crate) domains_error: Option<String>,
    pub(crate) version: Option<i64>,
    pub(crate) standing: Option<Standing>,
}

/// How a provider that is named stands.
pub(crate) struct Standing {
    pub(crate) enabled: bool,
    pub(crate) badge: Html,
    pub(crate) linked: String,
}

/// The portal's page of these settings.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) app: &'a App,
    pub(crate) ctx: &'a Ctx,
    pub(crate) words: Words,
    pub(crate) audience: Audience,
    pub(crate) here: &'a str,
}

impl Place<'_> {
    fn side(self) -> Side {
        match self.audience {
            Audience::Partner => Side::Partner,
            Audience::Customer(_) | Audience::Authority => Side::Customer,
        }
    }

    async fn ask<T: Send + 'static>(
        self,
        operation: impl FnOnce(&App, &Ctx, Side) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (ctx, side) = (self.ctx.clone(), self.side());
        run(self.app, move |app| operation(app, &ctx, side)).await
    }

    /// The panel as it stands.
    pub(crate) async fn panel(self) -> Result<Panel, Error> {
        let view = self.ask(federation::view).await?;
        let present = view.provider.as_ref();
        let typed = Typed {
            issuer: present.map(|it| it.issuer.as_str().to_owned()).unwrap_or_default(),
            client_id: present.map(|it| it.client_id.as_str().to_owned()).unwrap_or_default(),
            // Nothing is chosen for somebody who has only one to choose from either: it is they who say whom it speaks for.
            domains: present.map(|it| it.domains.iter().map(ToString::to_string).collect()).unwrap_or_default(),
            version: present.map(|it| it.version),
            ..Typed::default()
        };
        Ok(self.filled(&view, &typed, &[]))
    }

    /// The panel with what was typed and why it was refused.
    pub(crate) async fn refused(self, typed: &Typed, fields: &[Field]) -> Result<Panel, Error> {
        let view = self.ask(federation::view).await?;
        Ok(self.filled(&view, typed, fields))
    }

    fn filled(self, view: &View, typed: &Typed, fields: &[Field]) -> Panel {
        let words = self.words;
        let said = |name| fields.iter().find(|it| it.name == name).map(|it| field_message(words, it.why));
        let kept = if view.secret { words.t("provider-secret-kept") } else { words.t("provider-secret-hint") };
        Panel {
            here: self.here.to_owned(),
            redirects: view.redirects.iter().map(|(at, to)| (words.t(signing_in_at(*at)), to.clone())).collect(),
            errors: ui::Errors {
                words,
                items: fields.iter().map(|it| (it.name.to_owned(), field_message(words, it.why))).collect(),
            },
            issuer: ui::field("issuer", words.t("provider-issuer"))
                .kind("url")
                .value(typed.issuer.as_str())
                .hint(words.t("provider-issuer-hint"))
                .max(255)
                .required()
                .error(said("issuer")),
            client_id: ui::field("client_id", words.t("provider-client"))
                .autocomplete("off")
                .value(typed.client_id.as_str())
                .max(512)
                .required()
                .error(said("client_id")),
            secret: ui::field("secret", words.t("provider-secret"))
                .kind("password")
                .autocomplete("off")
                .hint(kept)
                .max(512)
                .error(said("secret")),
            domains: view
                .owned
                .iter()
                .map(|it| {
                    ui::tick("domains[]", it.display())
                        .value(it.as_str())
                        .checked(typed.domains.iter().any(|chosen| chosen == it.as_str()))
                })
                .collect(),
            domains_error: said("domains"),
            version: typed.version,
            standing: view.provider.as_ref().map(|it| Standing {
                enabled: it.enabled,
                badge: if it.enabled {
                    ui::badge("ok", words.t("provider-on"))
                } else {
                    ui::badge("", words.t("provider-off"))
                },
                linked: words.t_with("provider-linked", &[arg("count", view.linked)]),
            }),
        }
    }

    /// Does what a button says; answers what to tell on the next page.
    pub(crate) async fn act(self, typed: &Typed) -> Result<&'static str, Error> {
        match typed.what {
            What::Save => {
                let Typed { issuer, client_id, secret, domains, version, .. } = typed.clone();
                let wanted = Wanted { issuer, client_id, secret, domains, version };
                self.ask(move |app, ctx, side| federation::configure(app, ctx, side, wanted)).await?;
                Ok("provider-saved")
            }
            What::Test => self.ask(federation::test).await.map(|()| "provider-tested"),
            What::On => {
                self.ask(|app, ctx, side| federation::set_enabled(app, ctx, side, true)).await.map(|()| "provider-on")
            }
            What::Off => {
                self.ask(|app, ctx, side| federation::set_enabled(app, ctx, side, false)).await.map(|()| "provider-off")
            }
            What::Remove => self.ask(federation::remove).await.map(|()| "provider-removed"),
        }
    }
}

/// Who comes back to a portal's address.
const fn signing_in_at(audience: Audience) -> &'static str {
    match audience {
        Audience::Partner => key!("provider-redirect-partner"),
        Audience::Customer(_) => key!("provider-redirect-customer"),
        Audience::Authority => key!("provider-redirect-authority"),
    }
}

/// What was done, by the word in the address.
pub(crate) fn done(word: &str) -> Option<&'static str> {
    Some(match word {
        "provider-saved" => key!("provider-done-saved"),
        "provider-tested" => key!("provider-done-tested"),
        "provider-on" => key!("provider-done-on"),
        "provider-off" => key!("provider-done-off"),
        "provider-removed" => key!("provider-done-removed"),
        _ => return None,
    })
}
