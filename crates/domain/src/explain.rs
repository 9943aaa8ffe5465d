//! Why something is refused: the rule that decided, what it looked at, and who can change that (requirement E12). Every face says
//! it from here, so a page, a token endpoint and an answer to a program give one reason in the same words
//! (`data/refusals.tsv`).

use std::sync::LazyLock;

use crate::acting::{self, Facts, Fixer};
use crate::directory::{PartnerRole, Person};
use crate::directory_role;
use crate::ids::DirectoryRoleId;
use crate::language::Language;
use crate::policy::{Allows, Denied, OutOfReach, OutOfReachBecause};
use crate::relationship::Relationship;
use crate::table;

/// The rule of a role that is missing.
pub const ROLE_REQUIRED: &str = "role_required";
/// The rule of an action that no relationship carries into another organisation.
pub const OTHER_ORGANISATION: &str = "other_organisation";
/// The rule of whatever does not exist, or may not be known to whoever asks: the two are one.
pub const UNKNOWN: &str = "unknown";

/// What only the person's own organisation may read: how it works inside is nobody else's business.
const OWN_ONLY: &[&str] = &["roles_held", "roles_enough"];

/// One refusal, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The stable code of the rule that decided.
    pub rule: &'static str,
    /// What the rule looked at, by name, in the order it did. Holds ids and codes only.
    pub inputs: Vec<(&'static str, String)>,
    /// Who can change it; none where nobody can, because the question itself is what is wrong.
    pub fixed_by: Option<Fixer>,
    enough: Option<Enough>,
}

/// The roles that would have been enough.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Enough {
    Partner(&'static [PartnerRole]),
    Directory(Vec<DirectoryRoleId>),
}

impl Explanation {
    const fn plain(rule: &'static str, fixed_by: Option<Fixer>) -> Self {
        Self { rule, inputs: Vec::new(), fixed_by, enough: None }
    }

    /// Of what does not exist or may not be known: always the same, so that nobody learns which.
    pub const fn unknown() -> Self {
        Self::plain(UNKNOWN, None)
    }

    /// Of what only an organisation's own people do.
    pub const fn other_organisation() -> Self {
        Self::plain(OTHER_ORGANISATION, None)
    }

    /// Of a rule of acting on behalf, where only the rule is known.
    pub const fn acting_rule(because: acting::Because) -> Self {
        Self::plain(because.code(), Some(because.fixer()))
    }

    /// Of a refusal to act on behalf, with the facts it rests on. `asked` of `None` asked for all the roles they hold.
    pub fn acting(refused: acting::Refused, facts: &Facts<'_>, asked: Option<&[DirectoryRoleId]>) -> Self {
        let mut inputs = vec![("roles_held", held(facts.person))];
        if let Some(asked) = asked {
            inputs.push(("roles_asked", ids(asked)));
        }
        inputs.extend(relationship(facts.relationship));
        let strength = |strong| if strong { "two_factors" } else { "one_factor" }.to_owned();
        inputs.push(("sign_in", strength(facts.strong)));
        inputs.push(("sign_in_wanted", strength(facts.strong_wanted)));
        Self { inputs, ..Self::acting_rule(refused.because) }
    }

    /// Of a missing role. Without the person, only what would have been enough is known.
    pub fn denied(denied: Denied, person: Option<&Person>) -> Self {
        let enough = match denied.allows {
            Allows::Partner(roles) => Enough::Partner(roles),
            Allows::Directory(roles) | Allows::AtCustomer { directory: roles, .. } => Enough::Directory(roles.to_vec()),
            // Refused to the blocked alone, and what no person may do is not asked for by one.
            Allows::Everyone | Allows::Nobody => return Self::acting_rule(acting::Because::Blocked),
        };
        let mut explanation = Self::role_required(enough, person);
        explanation.inputs.insert(0, ("action", denied.action.code().to_owned()));
        explanation
    }

    /// Of a service none of whose roles somebody holds in their own organisation.
    pub fn service(person: &Person, roles: &[DirectoryRoleId]) -> Self {
        Self::role_required(Enough::Directory(roles.to_vec()), Some(person))
    }

    fn role_required(enough: Enough, person: Option<&Person>) -> Self {
        let (fixer, text, held) = match &enough {
            Enough::Partner(roles) => (Fixer::PartnerAdministrator, codes(roles), person.map(held)),
            Enough::Directory(roles) => {
                (Fixer::CustomerAdministrator, ids(roles), person.map(|it| ids(&it.directory_roles)))
            }
        };
        let mut inputs: Vec<_> = held.into_iter().map(|it| ("roles_held", it)).collect();
        // Whoever is blocked lacks no role.
        if person.is_some_and(|it| !it.enabled) {
            return Self { inputs, ..Self::plain(acting::Because::Blocked.code(), Some(fixer)) };
        }
        inputs.push(("roles_enough", text));
        Self { inputs, enough: Some(enough), ..Self::plain(ROLE_REQUIRED, Some(fixer)) }
    }

    /// Of a relationship that does not reach something, where only the rule is known.
    pub const fn reach_rule(because: OutOfReachBecause) -> Self {
        let fixer = match because {
            OutOfReachBecause::NoRelationship | OutOfReachBecause::NoPrivileges => Some(Fixer::CustomerAdministrator),
            OutOfReachBecause::OtherPartner => None,
        };
        Self::plain(because.code(), fixer)
    }

    /// The same with the relationship as it stands.
    pub fn out_of_reach(refused: OutOfReach, rel: Option<&Relationship>) -> Self {
        Self { inputs: relationship(rel), ..Self::reach_rule(refused.because) }
    }

    /// The same for a reader of another organisation than the person's.
    #[must_use]
    pub fn for_others(mut self) -> Self {
        self.inputs.retain(|(name, _)| !OWN_ONLY.contains(name));
        self
    }

    /// What to tell the person concerned.
    pub fn for_user(&self, language: Language) -> String {
        self.said(language, |words| &words.user)
    }

    /// What to tell whoever looks after access.
    pub fn for_admin(&self, language: Language) -> String {
        self.said(language, |words| &words.admin)
    }

    fn said(&self, language: Language, reader: impl Fn(&'static Words) -> &'static [&'static str; 2]) -> String {
        let Some(words) = WORDS.iter().find(|it| it.rule == self.rule) else { return String::new() };
        let [en, zh] = *reader(words);
        let text = language.pick(en, zh);
        let Some(enough) = &self.enough else { return text.to_owned() };
        text.replace("{roles}", &enough.names(language)).replace("{who}", enough.given_by(language))
    }
}

impl Enough {
    fn names(&self, language: Language) -> String {
        let names: Vec<&str> = match self {
            Self::Partner(roles) => roles.iter().map(|role| role.label(language)).collect(),
            Self::Directory(roles) => {
                roles.iter().filter_map(|id| directory_role::find(*id)).map(|role| role.label(language)).collect()
            }
        };
        names.join(language.pick(", ", "、"))
    }

    const fn given_by(&self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Directory(_), Language::En) => "global administrator",
            (Self::Partner(_), Language::En) => "global admin",
            (_, Language::ZhCn) => "全局管理员",
        }
    }
}

fn relationship(rel: Option<&Relationship>) -> Vec<(&'static str, String)> {
    let Some(rel) = rel else { return vec![("relationship", "none".to_owned())] };
    let state = if rel.is_active() { "active" } else { "ended" };
    vec![
        ("relationship", state.to_owned()),
        ("privileges", rel.privileges.code().to_owned()),
        ("relationship_version", rel.version.to_string()),
    ]
}

fn held(person: &Person) -> String {
    codes(&person.partner_roles)
}

fn codes(roles: &[PartnerRole]) -> String {
    roles.iter().map(|role| role.code()).collect::<Vec<_>>().join(" ")
}

fn ids(roles: &[DirectoryRoleId]) -> String {
    roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

struct Words {
    rule: &'static str,
    user: [&'static str; 2],
    admin: [&'static str; 2],
}

static WORDS: LazyLock<Vec<Words>> = LazyLock::new(|| {
    const COLUMNS: &[&str] = &["rule", "user_en", "user_zh", "admin_en", "admin_zh"];
    table::load("refusals.tsv", include_str!("../data/refusals.tsv"), COLUMNS, |row| {
        Ok(Words {
            rule: row.required("rule")?,
            user: [row.required("user_en")?, row.required("user_zh")?],
            admin: [row.required("admin_en")?, row.required("admin_zh")?],
        })
    })
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{self, Action};

    #[test]
    fn every_rule_has_words_and_no_words_are_left_over() {
        let mut rules: Vec<&str> = acting::Because::ALL.iter().map(|it| it.code()).collect();
        rules.extend(OutOfReachBecause::ALL.iter().map(|it| it.code()));
        rules.extend([ROLE_REQUIRED, OTHER_ORGANISATION, UNKNOWN]);
        rules.sort_unstable();
        rules.dedup();
        let mut worded: Vec<&str> = WORDS.iter().map(|it| it.rule).collect();
        worded.sort_unstable();
        assert_eq!(worded, rules);
    }

    #[test]
    fn no_sentence_has_a_gap() {
        for action in Action::ALL {
            let denied = Explanation::denied(Denied { action: *action, allows: policy::allows(*action) }, None);
            for language in Language::ALL {
                for text in [denied.for_user(language), denied.for_admin(language)] {
                    assert!(!text.is_empty() && !text.contains('{'), "{}: {text}", action.code());
                }
            }
        }
    }

    #[test]
    fn others_do_not_read_what_is_inside() {
        let action = Action::ManagePeople;
        let denied = Explanation::denied(Denied { action, allows: policy::allows(action) }, None);
        assert!(denied.inputs.iter().any(|(name, _)| *name == "roles_enough"));
        assert_eq!(denied.for_others().inputs, [("action", "manage_people".to_owned())]);
    }
}
