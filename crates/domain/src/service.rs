//! The catalogue of services whose administration portals partners open on a customer's behalf (requirement S10).

use crate::cloud::Cloud;
use crate::event::{EventKind, Happened};
use crate::ids::{ApplicationId, DirectoryRoleId, ServiceId};
use crate::language::Language;
use crate::text::HealthText;
use crate::time::Timestamp;

/// A service of one cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// The cloud whose customers have it.
    pub cloud: Cloud,
    /// Its name, the same in every language.
    pub name: String,
    /// The relying party people sign in to; one of the operator's applications.
    pub application: ApplicationId,
    /// Where its administration portal begins a sign-in somebody else asks for (OpenID Connect Core, section 4).
    pub portal_url: String,
    /// The directory roles that let somebody in; one of them is enough.
    pub roles: Vec<DirectoryRoleId>,
    /// Where it hears that a session ended (OpenID Connect Back-Channel Logout 1.0).
    pub logout_url: Option<String>,
    /// Where it receives security events (RFC 8935).
    pub events_url: Option<String>,
    /// How it does.
    pub health: Health,
    /// Since when.
    pub created_at: Timestamp,
    /// Counts writes; two writers of one version cannot both win.
    pub version: i64,
}

/// How a service does, as the operator says: nothing here is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// As it should.
    Healthy {
        /// Since when.
        since: Timestamp,
    },
    /// Worse than it should.
    Troubled(Trouble),
}

/// What is wrong with a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// How much of it.
    pub extent: Extent,
    /// Since when it is that much; another message does not begin it anew.
    pub since: Timestamp,
    /// What people are told, in English.
    pub english: HealthText,
    /// The same in Chinese, where the operator says it.
    pub chinese: Option<HealthText>,
}

/// How much of a service is in trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Extent {
    /// It can be used, with hindrances.
    Degraded,
    /// It cannot be used.
    Down,
}

/// A state of health without what it knows: what the operator names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// As it should.
    Healthy,
    /// It can be used, with hindrances.
    Degraded,
    /// It cannot be used.
    Down,
}

/// What the operator says about a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How it does.
    pub level: Level,
    /// What people are told, in English.
    pub english: Option<HealthText>,
    /// The same in Chinese.
    pub chinese: Option<HealthText>,
}

/// The reasons of [`Refused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// Whoever cannot use a service is told why, in English at the least.
    MessageRequired,
    /// Of a healthy service there is nothing to tell.
    MessageUnwanted,
    /// It is said already, in these words.
    Unchanged,
}

crate::codes! {
    Level { Healthy = "healthy", Degraded = "degraded", Down = "down" }
    Because {
        MessageRequired = "health_message_required",
        MessageUnwanted = "health_message_unwanted",
        Unchanged = "health_unchanged",
    }
}

/// Why the health of a service stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("say that the service is {}: {}", .level.code(), .because.code())]
pub struct Refused {
    /// What was to be said.
    pub level: Level,
    /// Why not.
    pub because: Because,
}

impl Extent {
    /// The state of health it is.
    pub const fn level(self) -> Level {
        match self {
            Self::Degraded => Level::Degraded,
            Self::Down => Level::Down,
        }
    }
}

impl Level {
    /// How much trouble it is, if it is any.
    pub const fn extent(self) -> Option<Extent> {
        match self {
            Self::Healthy => None,
            Self::Degraded => Some(Extent::Degraded),
            Self::Down => Some(Extent::Down),
        }
    }
}

impl Health {
    /// The state without what it knows.
    pub const fn level(&self) -> Level {
        match self {
            Self::Healthy { .. } => Level::Healthy,
            Self::Troubled(trouble) => trouble.extent.level(),
        }
    }

    /// Since when it is in this state.
    pub const fn since(&self) -> Timestamp {
        match self {
            Self::Healthy { since } => *since,
            Self::Troubled(trouble) => trouble.since,
        }
    }

    /// What is wrong, if anything is.
    pub const fn trouble(&self) -> Option<&Trouble> {
        if let Self::Troubled(trouble) = self { Some(trouble) } else { None }
    }
}

impl Trouble {
    /// What a reader of `language` is told, and the language it is in: English where nobody said it in theirs.
    pub fn told(&self, language: Language) -> (&HealthText, Language) {
        match (language, &self.chinese) {
            (Language::ZhCn, Some(text)) => (text, Language::ZhCn),
            _ => (&self.english, Language::En),
        }
    }
}

impl Service {
    /// Says anew how it does.
    ///
    /// # Errors
    /// The [`Because`] says why not.
    pub fn report(self, report: Report, at: Timestamp) -> Result<(Self, Happened), Refused> {
        let level = report.level;
        let refused = |because| Refused { level, because };
        let was = self.health.level();
        let since = if level == was { self.health.since() } else { at };
        let health = match (level.extent(), report.english) {
            (None, None) if report.chinese.is_none() => Health::Healthy { since },
            (None, _) => return Err(refused(Because::MessageUnwanted)),
            (Some(_), None) => return Err(refused(Because::MessageRequired)),
            (Some(extent), Some(english)) => {
                Health::Troubled(Trouble { extent, since, english, chinese: report.chinese })
            }
        };
        if health == self.health {
            return Err(refused(Because::Unchanged));
        }
        let told = health.trouble();
        let happened = Happened::new(EventKind::ServiceHealthChanged)
            .with("service", self.name.as_str())
            .with("cloud", self.cloud.code())
            .with("health_before", was.code())
            .with("health", level.code())
            .with_some("message_en", told.map(|it| it.english.as_str()))
            .with_some("message_zh", told.and_then(|it| it.chinese.as_ref()).map(HealthText::as_str));
        Ok((Self { health, ..self }, happened))
    }

    /// Which of the roles somebody holds let them in; `roles` stays in its order. Global administrators get in everywhere.
    pub fn opened_by(&self, roles: &[DirectoryRoleId]) -> Vec<DirectoryRoleId> {
        let global = crate::directory_role::GLOBAL_ADMINISTRATOR;
        roles.iter().filter(|role| **role == global || self.roles.contains(role)).copied().collect()
    }

    /// The roles that let somebody in, global administrators included.
    pub fn opening(&self) -> Vec<DirectoryRoleId> {
        let mut roles = self.roles.clone();
        roles.push(crate::directory_role::GLOBAL_ADMINISTRATOR);
        roles
    }
}
