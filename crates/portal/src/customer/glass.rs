//! E7, the live glass: who acts on the customer's behalf right now, what of it is stopped, and the buttons for both. Stands on
//! the page of all partners and on that of each.

use std::collections::BTreeMap;

use askama::Template;
use entente_app::acting::{self, AtWork, Glass as Seen, Stopped, Whom};
use entente_domain::ids::TenantId;
use entente_domain::policy::Action;

use super::acting::{Question, question};
use super::ask;
use crate::i18n::Words;
use crate::ui::{self, Html, Page, arg};
use crate::{CustomerSession, Problem, words};

/// More dialogs than this only make the page heavy; the links beyond lead to the page that asks the same.
const DIALOGS: usize = 25;

/// Which page it stands on.
#[derive(Debug, Clone, Copy)]
pub(super) enum On {
    /// That of all partners; whether there is one that could act.
    All(bool),
    /// That of one partner; whether it could act.
    One(TenantId, bool),
}

impl On {
    const fn partner(self) -> Option<TenantId> {
        match self {
            Self::All(_) => None,
            Self::One(id, _) => Some(id),
        }
    }

    const fn could_act(self) -> bool {
        match self {
            Self::All(could) | Self::One(_, could) => could,
        }
    }
}

#[derive(Template)]
#[template(path = "customer/glass.html")]
struct View<'a> {
    page: &'a Page,
    stop: Option<ui::Button>,
    groups: Vec<Group>,
    empty: String,
    stopped: Vec<Line>,
    allow: Option<String>,
    /// Whether the page is about one partner, to lead back there.
    single: bool,
    questions: Vec<Question>,
    stop_action: String,
}

/// The people of one partner.
struct Group {
    name: String,
    stop: Option<ui::Button>,
    rows: Vec<Row>,
}

struct Row {
    person: String,
    application: String,
    roles: String,
    since: Html,
    until: Html,
    stop: Option<ui::Button>,
}

/// One thing that is stopped.
struct Line {
    who: String,
    since: Html,
    whom: Whom,
    /// The button's words for screen readers.
    label: String,
}

/// The buttons that stop, and the questions behind them.
struct Stops<'a> {
    s: &'a CustomerSession,
    single: bool,
    offered: bool,
    questions: Vec<Question>,
}

impl Stops<'_> {
    fn button(&mut self, target: &acting::Target, whom: Whom, text: String) -> Option<ui::Button> {
        if !self.offered {
            return None;
        }
        let question = question(self.s, target, whom, self.single);
        let mut button = ui::link(question.page.as_str(), text).danger().small();
        // Buttons that stand there several times are told apart, in words that begin with the visible ones (WCAG 2.5.3).
        button = match (whom, &target.partner) {
            (Whom::Person(..), _) => button.label(question.title.as_str()),
            (Whom::Partner(_), Some(name)) => {
                button.label(self.s.visit.words().t_with("stop-partner-named", &[arg("partner", name)]))
            }
            (Whom::Partner(_) | Whom::Everybody, _) => button,
        };
        if self.questions.iter().any(|it| it.dialog == question.dialog) {
            button = button.dialog(question.dialog.as_str());
        } else if self.questions.len() < DIALOGS {
            button = button.dialog(question.dialog.as_str());
            self.questions.push(question);
        }
        Some(button)
    }
}

/// The cards of the glass; `page` is the page they stand on.
pub(super) async fn cards(s: &CustomerSession, page: &Page, on: On) -> Result<Html, Problem> {
    let mut seen = ask(s, acting::glass).await?;
    if let Some(partner) = on.partner() {
        seen.acting.retain(|it| it.session.partner == partner);
        seen.stopped.retain(|it| it.stop.partner.is_none_or(|it| it == partner));
    }
    view(s, page, on, seen).render().map(Html::trusted).map_err(|error| {
        tracing::error!(%error, "glass could not be rendered");
        Problem::internal()
    })
}

fn view<'a>(s: &'a CustomerSession, page: &'a Page, on: On, seen: Seen) -> View<'a> {
    let words = s.visit.words();
    let single = on.partner().is_some();
    let mut stops = Stops { s, single, offered: s.me.may(Action::StopActing), questions: Vec::new() };
    let everybody = seen.stopped.iter().any(|it| it.stop.person.is_none());
    let sessions = seen.acting.len();
    let stop = match on {
        On::All(_) => (acting::Target { partner: None, person: None, sessions }, Whom::Everybody),
        On::One(id, _) => {
            (acting::Target { partner: Some(page.title.clone()), person: None, sessions }, Whom::Partner(id))
        }
    };
    let text = if single { words.t("stop-partner") } else { words.t("stop-everything") };
    let needed = sessions > 0 || on.could_act() && !everybody;
    let stop = if needed { stops.button(&stop.0, stop.1, text) } else { None };
    let groups = groups(s, &mut stops, seen.acting, single);
    View {
        page,
        stop,
        empty: if single {
            words.t_with("glass-empty-partner", &[arg("partner", &page.title)])
        } else {
            words.t("glass-empty")
        },
        stopped: seen.stopped.into_iter().map(|it| line(words, it)).collect(),
        allow: s.me.may(Action::AllowActing).then(|| s.path("/acting/allow")),
        single,
        groups,
        questions: stops.questions,
        stop_action: s.path("/acting/stop"),
    }
}

fn groups(s: &CustomerSession, stops: &mut Stops<'_>, all: Vec<AtWork>, single: bool) -> Vec<Group> {
    let words = s.visit.words();
    let mut by_partner: BTreeMap<(String, TenantId), Vec<AtWork>> = BTreeMap::new();
    for it in all {
        by_partner.entry((it.partner.clone(), it.session.partner)).or_default().push(it);
    }
    let group = |((name, id), all): ((String, TenantId), Vec<AtWork>)| {
        let target = acting::Target { partner: Some(name.clone()), person: None, sessions: all.len() };
        // On the page of one partner the button above does the same.
        let stop = if single { None } else { stops.button(&target, Whom::Partner(id), words.t("stop-partner")) };
        let rows = all.iter().map(|it| row(words, stops, it, &all)).collect();
        Group { name, stop, rows }
    };
    by_partner.into_iter().map(group).collect()
}

fn row(words: Words, stops: &mut Stops<'_>, it: &AtWork, all: &[AtWork]) -> Row {
    let session = &it.session;
    let target = acting::Target {
        partner: Some(it.partner.clone()),
        person: Some(it.person.clone()),
        sessions: all.iter().filter(|other| other.session.person == session.person).count(),
    };
    Row {
        person: it.person.clone(),
        application: it.application.clone(),
        roles: words::directory_roles(words, &session.roles),
        since: ui::moment(words, session.started_at),
        until: ui::moment(words, session.tokens_until),
        stop: stops.button(&target, Whom::Person(session.partner, session.person), words.t("stop-person")),
    }
}

fn line(words: Words, it: Stopped) -> Line {
    let (partner, person) = (it.partner.unwrap_or_default(), it.person.unwrap_or_default());
    let (who, whom) = match (it.stop.partner, it.stop.person) {
        (Some(id), Some(who)) => {
            let said = words.t_with("reach-person", &[arg("person", &person), arg("partner", &partner)]);
            (said, Whom::Person(id, who))
        }
        (Some(id), None) => (words.t_with("reach-partner", &[arg("partner", &partner)]), Whom::Partner(id)),
        (None, _) => (words.t("reach-everybody"), Whom::Everybody),
    };
    Line { label: words.t_with("allow-named", &[arg("who", &who)]), since: ui::moment(words, it.stop.since), who, whom }
}
