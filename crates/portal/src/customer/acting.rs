//! Stopping people who act on the customer's behalf, and allowing it again. Stopping asks once more: a dialog with the script, a
//! page without.

use askama::Template;
use axum::response::Response;
use entente_app::acting::{self, Target, Whom};
use serde::Deserialize;

use super::{after, ask, page};
use crate::i18n::Words;
use crate::ui::{self, Crumbs, Html, Keep, Page, Rendered, arg};
use crate::web::{Form, Query};
use crate::{CustomerSession, Problem, key};

/// What the forms and the address of the question hold.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Asked {
    reach: Reach,
    #[serde(default)]
    partner: String,
    #[serde(default)]
    person: String,
    /// `partner` leads back to the page of that partner.
    #[serde(default)]
    page: String,
}

/// How far it goes. Has to be said: a form that lost its fields on the way must not reach everybody.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Reach {
    Everybody,
    Partner,
    Person,
}

impl Asked {
    fn whom(&self) -> Result<Whom, Problem> {
        let partner = || self.partner.parse().map_err(|_| Problem::not_found());
        Ok(match self.reach {
            Reach::Everybody => Whom::Everybody,
            Reach::Partner => Whom::Partner(partner()?),
            Reach::Person => Whom::Person(partner()?, self.person.parse().map_err(|_| Problem::not_found())?),
        })
    }

    fn back(&self, s: &CustomerSession) -> String {
        match self.partner.parse::<entente_domain::ids::TenantId>() {
            Ok(partner) if self.page == "partner" => s.path(&format!("/partners/{partner}")),
            _ => s.path("/partners"),
        }
    }
}

/// What a dialog and the page ask alike.
pub(super) struct Question {
    pub(super) dialog: String,
    pub(super) title: String,
    pub(super) keep: Keep,
    pub(super) fields: Html,
    /// The page that asks it.
    pub(super) page: String,
}

/// How far a stop goes, with its ids, by the names of [`Asked`].
pub(super) fn fields(whom: Whom, single: bool) -> Vec<(&'static str, String)> {
    let mut fields = match whom {
        Whom::Everybody => vec![("reach", "everybody".to_owned())],
        Whom::Partner(partner) => vec![("reach", "partner".to_owned()), ("partner", partner.to_string())],
        Whom::Person(partner, person) => {
            vec![("reach", "person".to_owned()), ("partner", partner.to_string()), ("person", person.to_string())]
        }
    };
    if single {
        fields.push(("page", "partner".to_owned()));
    }
    fields
}

/// The fields of a form that nobody sees.
pub(super) fn hidden(whom: Whom, single: bool) -> Html {
    let one = |(name, value): (&str, String)| {
        format!(r#"<input type="hidden" name="{name}" value="{}">"#, Html::text(&value))
    };
    Html::trusted(fields(whom, single).into_iter().map(one).collect::<String>())
}

/// What stopping somebody means.
pub(super) fn question(s: &CustomerSession, target: &Target, whom: Whom, single: bool) -> Question {
    let words = s.visit.words();
    let named = names(target);
    let text = |key| words.t_with(key, &[arg("partner", named.0), arg("person", named.1)]);
    let (title, ends) = match whom {
        Whom::Everybody => (text(key!("stop-title-everybody")), text(key!("stop-ends-everybody"))),
        Whom::Partner(_) => (text(key!("stop-title-partner")), text(key!("stop-ends-partner"))),
        Whom::Person(..) => (text(key!("stop-title-person")), text(key!("stop-ends-person"))),
    };
    let fields = fields(whom, single);
    let query: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let ids: Vec<&str> = fields.iter().filter(|(name, _)| *name != "page").map(|(_, value)| value.as_str()).collect();
    Question {
        dialog: format!("stop-{}", ids.join("-")),
        title,
        keep: keep(words, ends, target.sessions),
        fields: hidden(whom, single),
        page: s.path(&format!("/acting/stop?{}", query.join("&"))),
    }
}

fn names(target: &Target) -> (&str, &str) {
    (target.partner.as_deref().unwrap_or_default(), target.person.as_deref().unwrap_or_default())
}

fn keep(words: Words, ends: String, sessions: usize) -> Keep {
    Keep {
        lines: vec![
            ("x", "no", words.t_with("stop-sessions", &[arg("n", sessions)]).into()),
            ("x", "no", ends.into()),
            ("check", "yes", words.t("stop-stays").into()),
            ("check", "yes", words.t("stop-again").into()),
        ],
    }
}

#[derive(Template)]
#[template(path = "customer/stop.html")]
struct View {
    page: Page,
    crumbs: Crumbs,
    action: String,
    question: Question,
    back: String,
}

/// Asks first.
pub(super) async fn confirm(s: CustomerSession, Query(asked): Query<Asked>) -> Result<Rendered, Problem> {
    let whom = asked.whom()?;
    let target = ask(&s, move |app, ctx| acting::target(app, ctx, whom)).await?;
    let words = s.visit.words();
    let question = question(&s, &target, whom, asked.page == "partner");
    let view = View {
        page: page(&s, question.title.clone(), "/partners"),
        crumbs: Crumbs {
            words,
            above: vec![(s.path("/partners"), words.t("partners-title"))],
            here: words.t("stop-yes"),
        },
        action: s.path("/acting/stop"),
        question,
        back: asked.back(&s),
    };
    ui::render(&view)
}

/// Stops them.
pub(super) async fn stop(s: CustomerSession, Form(asked): Form<Asked>) -> Result<Response, Problem> {
    let whom = asked.whom()?;
    ask(&s, move |app, ctx| acting::stop(app, ctx, whom)).await?;
    Ok(after(&asked.back(&s), "stopped"))
}

/// Lets them act again.
pub(super) async fn allow(s: CustomerSession, Form(asked): Form<Asked>) -> Result<Response, Problem> {
    let (whom, back) = (asked.whom()?, asked.back(&s));
    match ask(&s, move |app, ctx| acting::allow(app, ctx, whom)).await {
        Ok(()) => Ok(after(&back, "allowed")),
        // The button stands on that page, so a confirmation leads back there.
        Err(error) => Err(Problem::from(error).back(back)),
    }
}
