//! The words of each refusal.

use entente_app::acceptance::Review;
use entente_domain::acceptance::Refusal;
use entente_domain::ids::TenantId;
use entente_domain::market;
use entente_domain::tenant::Partner;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Said, Way, review};
use crate::MaybeSession;
use crate::i18n::Words;
use crate::key;
use crate::session::{sign_in_path, spoken};
use crate::ui::{Button, Html, LinkBox, arg, link};
use crate::words;

/// Names and addresses that several refusals speak of.
struct About<'a> {
    s: &'a MaybeSession,
    way: &'a Way,
    review: &'a Review,
    words: Words,
    partner: String,
}

pub(super) fn about(s: &MaybeSession, way: &Way, review: &Review, refusal: &Refusal) -> Said {
    let partner = review.offer.partner.tenant.name.to_string();
    let about = About { s, way, review, words: s.visit.words(), partner };
    let said = match refusal {
        Refusal::InviteExpired { at } => about.expired(&about.words.date(*at)),
        Refusal::InviteRevoked { replaced_by, .. } => about.revoked(replaced_by.is_some()),
        Refusal::InviteUsed { at, accepted, .. } => about.used(&about.words.date(*at), *accepted),
        Refusal::CloudMismatch { link, here } => about.other_cloud(*link, *here),
        Refusal::PersonalAccount => about.personal_account(),
        Refusal::WrongOrganisation { domain } => about.other_organisation(domain.as_deref()),
        Refusal::RegionMismatch { partner, country } => about.other_region(*partner, country),
        Refusal::NeedsGlobalAdmin => about.administrator_only(),
        Refusal::PartnerSuspended { partner } => {
            let name = about.name_of(*partner);
            about.plain("ban", key!("refused-suspended-title"), key!("refused-suspended-text"), &name)
        }
        Refusal::ProviderMissing => {
            let name = review.offer.reseller().map_or(about.partner.clone(), |it| it.tenant.name.to_string());
            about.plain("user-x", key!("refused-provider-title"), key!("refused-provider-text"), &name)
        }
        Refusal::AlreadyConnected => return about.connected(),
        Refusal::AgreementRequired => about.agreement(),
        Refusal::PartnerAsCustomer => {
            about.plain("ban", key!("refused-own-title"), key!("refused-own-text"), &about.partner)
        }
        Refusal::MoreThanAsked => about.choice(key!("refused-more-title"), key!("refused-more-text")),
        Refusal::PrivilegesIncluded => about.choice(key!("refused-included-title"), key!("refused-included-text")),
        Refusal::InviteInvalid | Refusal::SignInRequired => {
            about.plain("cloud-off", key!("refused-invalid-title"), key!("refused-invalid-text"), &about.partner)
        }
    };
    let nothing = match refusal {
        Refusal::InviteUsed { .. } => key!("refused-nothing-again"),
        _ => key!("refused-nothing"),
    };
    Said { nothing: Some(nothing), ..said }
}

impl About<'_> {
    fn plain(&self, icon: &'static str, title: &'static str, text: &'static str, partner: &str) -> Said {
        let args = [arg("partner", partner)];
        Said {
            icon,
            title: self.words.t_with(title, &args),
            text: self.words.rich(text, &[("partner", Html::strong(partner))]),
            actions: self.partners_page(),
            ..Said::default()
        }
    }

    fn name_of(&self, id: TenantId) -> String {
        self.one(id).tenant.name.to_string()
    }

    fn one(&self, id: TenantId) -> &Partner {
        self.review.offer.partners().find(|it| it.tenant.id == id).unwrap_or(&self.review.offer.partner)
    }

    /// The list of partners is a way on for those who may see it.
    fn partners_page(&self) -> Vec<Button> {
        let may = self.s.me.as_ref().is_some_and(|me| me.may(entente_domain::policy::Action::ViewPartners));
        let page = || link(self.s.path("/partners"), self.words.t("refused-open-partners")).primary();
        may.then(page).into_iter().collect()
    }

    fn another_account(&self) -> Button {
        let page = sign_in_path(self.s.audience, &self.way.to(self.s, "/review"));
        link(format!("{page}&switch=1"), self.words.t("refused-switch")).primary()
    }

    /// A letter in the visitor's own mail program; Entente writes to nobody on the word of somebody refused.
    fn letter(&self, to: Option<&str>, words: &'static str, body: &str) -> Button {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let to = to.map(|to| encoded(to).replace("%40", "@")).unwrap_or_default();
        let subject = review::title(self.words, &self.review.offer);
        let address = format!("mailto:{to}?subject={}&body={}", encoded(&subject), encoded(body));
        link(address, self.words.t(words)).icon("mail")
    }

    fn tell_partner(&self, title: &str) -> Option<Button> {
        let sender = self.review.sender.as_ref()?;
        Some(self.letter(Some(sender.mail.as_str()), key!("refused-tell-partner"), title))
    }

    fn expired(&self, date: &str) -> Said {
        let words = self.words;
        let sender = self.review.sender.as_ref().map_or(self.partner.clone(), |it| it.name.to_string());
        Said {
            icon: "clock",
            title: words.t("refused-expired-title"),
            text: words.rich("refused-expired-text", &[("date", Html::text(date)), ("person", Html::strong(&sender))]),
            new_link: Some(self.way.to(self.s, "/new-link")),
            ..Said::default()
        }
    }

    fn revoked(&self, replaced: bool) -> Said {
        let text = if replaced { key!("refused-replaced-text") } else { key!("refused-revoked-text") };
        self.plain("undo", key!("refused-revoked-title"), text, &self.partner)
    }

    fn used(&self, date: &str, accepted: bool) -> Said {
        let words = self.words;
        let key = if accepted { key!("refused-accepted-title") } else { key!("refused-declined-title") };
        let by = self.review.answered_by.as_ref();
        let by = by.map(|name| words.rich("refused-used-by", &[("person", Html::strong(name.as_str()))]));
        Said {
            icon: if accepted { "handshake" } else { "x" },
            title: words.t_with(key, &[arg("date", date)]),
            text: words.rich("refused-used-text", &[("partner", Html::strong(&self.partner))]),
            more: by,
            actions: self.partners_page(),
            ..Said::default()
        }
    }

    fn other_cloud(&self, asked: entente_domain::cloud::Cloud, here: entente_domain::cloud::Cloud) -> Said {
        let words = self.words;
        let (theirs, ours) = (words::cloud(words, asked), words::cloud(words, here));
        let title = words.t_with("refused-cloud-title", &[arg("cloud", &theirs)]);
        let open = words.t_with("refused-cloud-open", &[arg("cloud", &theirs)]);
        let mut actions = vec![link(self.way.whole(self.s, asked), open).primary().icon("external")];
        actions.extend(self.tell_partner(&title));
        Said {
            icon: "globe",
            title,
            text: words.rich("refused-cloud-text", &[("cloud", Html::strong(&ours))]),
            actions,
            ..Said::default()
        }
    }

    fn personal_account(&self) -> Said {
        let vendor: &str = &self.s.visit.vendor;
        Said {
            icon: "user-x",
            title: self.words.t("refused-personal-title"),
            text: self.words.rich("refused-personal-text", &[("vendor", Html::text(vendor))]),
            actions: vec![self.another_account()],
            ..Said::default()
        }
    }

    fn other_organisation(&self, domain: Option<&str>) -> Said {
        let partner = ("partner", Html::strong(&self.partner));
        let text = match domain {
            Some(domain) => self.words.rich("refused-organisation-text", &[partner, ("domain", Html::strong(domain))]),
            None => self.words.rich("refused-organisation-other", &[partner]),
        };
        let whole = self.way.whole(self.s, self.review.offer.cloud);
        Said {
            icon: "user-x",
            title: self.words.t("refused-organisation-title"),
            text,
            actions: vec![self.another_account(), self.letter(None, key!("refused-pass-on"), &whole)],
            ..Said::default()
        }
    }

    fn other_region(&self, partner: TenantId, country: &str) -> Said {
        let words = self.words;
        let language = spoken(words.language());
        let partner = self.one(partner);
        let name = partner.tenant.name.to_string();
        let country = country.parse().map_or_else(|_| country.to_owned(), |it| words::country(words, it));
        let mut regions: Vec<&str> = partner
            .locations
            .iter()
            .filter_map(|it| market::region_of(*it, self.s.visit.now))
            .map(|region| region.name(language))
            .collect();
        regions.dedup();
        let regions = regions.join(&words.t("list-and"));
        let title = words.t_with("refused-region-title", &[arg("partner", &name), arg("country", &country)]);
        let values = [("partner", Html::strong(&name)), ("regions", Html::text(&regions))];
        Said {
            icon: "globe",
            text: words.rich("refused-region-text", &values),
            actions: self.tell_partner(&title).into_iter().collect(),
            title,
            ..Said::default()
        }
    }

    fn administrator_only(&self) -> Said {
        let words = self.words;
        let whole = self.way.whole(self.s, self.review.offer.cloud);
        let personal = self.way.is_personal();
        let forward = link(self.way.to(self.s, "/forward"), words.t("accept-forward")).primary().icon("send");
        let names = review::names(words, &self.review.offer);
        let can = words.t_with("accept-can", &[arg("partner", &names)]);
        Said {
            icon: "administrators",
            title: words.t("refused-administrator-title"),
            text: words.rich("refused-administrator-text", &[("partner", Html::strong(&self.partner))]),
            actions: if personal { vec![forward] } else { vec![self.letter(None, key!("refused-pass-on"), &whole)] },
            asked: Some((can, review::abilities(words, &self.review.offer))),
            link: (!personal).then(|| LinkBox { url: whole, copy: words.t("refused-copy-link") }),
            ..Said::default()
        }
    }

    fn connected(&self) -> Said {
        let words = self.words;
        let rel = self.review.existing.iter().find(|it| it.partner == self.review.offer.partner.tenant.id);
        let now = rel.map(|it| {
            let kind = words::relationship(words, it.kind.code(), it.channel.code());
            let granted = it.privileges.granted().then(|| words.t("refused-with-privileges"));
            granted
                .map_or(kind.clone(), |with| words.t_with("accept-two", &[arg("first", &kind), arg("second", &with)]))
        });
        Said {
            compared: now.map(|now| (now, words::asks(words, self.review.offer.asks))),
            actions: vec![link(self.s.path("/partners"), words.t("refused-keep")).primary()],
            nothing: Some(key!("refused-nothing")),
            ..self.plain("handshake", key!("refused-connected-title"), key!("refused-connected-text"), &self.partner)
        }
    }

    fn agreement(&self) -> Said {
        let again = link(self.way.to(self.s, "/review"), self.words.t("refused-agreement-read")).primary();
        let said = self.choice(key!("refused-agreement-title"), key!("refused-agreement-text"));
        Said { icon: "file", actions: vec![again], ..said }
    }

    fn choice(&self, title: &'static str, text: &'static str) -> Said {
        let again = link(self.way.to(self.s, "/review"), self.words.t("refused-again")).primary();
        Said { actions: vec![again], ..self.plain("warning", title, text, &self.partner) }
    }
}
