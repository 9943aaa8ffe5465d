//! Somebody at work for a customer, from the first token to the last, and what ends it.

use crate::event::{EventKind, Happened};
use crate::ids::{ActingId, ApplicationId, DirectoryRoleId, RelationshipId, ServiceId, TenantId, UserId};
use crate::time::Timestamp;

use super::Granted;

/// The longest life of a token for acting on behalf, in seconds.
pub const TOKEN_SECONDS: i64 = 300;
/// Seconds after its last token in which a further token continues the same acting session.
pub const CONTINUES_SECONDS: i64 = 30 * 60;

/// One person of a partner at work for one customer, through one application: from the first token to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, the claim `sid` of its tokens.
    pub id: ActingId,
    /// The customer.
    pub customer: TenantId,
    /// The partner.
    pub partner: TenantId,
    /// The person.
    pub person: UserId,
    /// The application that asks for the tokens.
    pub application: ApplicationId,
    /// The service the tokens are for, where that is another than the application's own.
    pub service: Option<ServiceId>,
    /// The relationship it rests on.
    pub relationship: RelationshipId,
    /// That relationship's version when it began.
    pub version: i64,
    /// The roles acted in, sorted.
    pub roles: Vec<DirectoryRoleId>,
    /// Whether the person proved who they are with two factors.
    pub strong: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// No token of it is valid at or after this time.
    pub tokens_until: Timestamp,
    /// When it was ended before its tokens ran out, and why.
    pub ended: Option<(Timestamp, End)>,
}

/// Why an acting session was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// The person left.
    Left,
    /// The customer stopped it.
    Stopped,
    /// The privileges or the relationship are gone.
    Removed,
    /// The person may not sign in any more, or lost the role.
    Person,
    /// The operator suspended the partner.
    Suspended,
    /// The application was switched off.
    Application,
    /// The person's organisation requires two factors now, and the sign-in had one.
    SecondFactor,
}

crate::codes! {
    End {
        Left = "left", Stopped = "stopped", Removed = "removed", Person = "person", Suspended = "suspended",
        Application = "application", SecondFactor = "second_factor",
    }
}

impl Session {
    /// Whether it is going on: not ended, and with tokens that are still valid.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.tokens_until
    }

    /// Whether a further token at `now`, for a sign-in with two factors or not, belongs to it: the same terms, and not long after
    /// the last one.
    pub fn continues(&self, granted: &Granted, strong: bool, now: Timestamp) -> bool {
        self.ended.is_none()
            && self.strong == strong
            && now < self.tokens_until.plus_seconds(CONTINUES_SECONDS)
            && self.relationship == granted.relationship
            && self.version == granted.version
            && self.roles == granted.roles
    }

    /// A bare event about it.
    pub fn happened(&self, kind: EventKind) -> Happened {
        let mut happened = Happened::new(kind).partner(self.partner).customer(self.customer).person(self.person);
        happened.relationship = Some(self.relationship);
        happened
    }
}

/// What a customer stopped: nobody it reaches acts there until the customer allows it again. Privileges stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stop {
    /// The partner; none reaches every partner.
    pub partner: Option<TenantId>,
    /// The person; none reaches everybody at the partner.
    pub person: Option<UserId>,
    /// Since when.
    pub since: Timestamp,
    /// Which administrator stopped it.
    pub by: UserId,
}

impl Stop {
    /// Whether it keeps this person of this partner from acting.
    pub fn reaches(&self, partner: TenantId, person: UserId) -> bool {
        self.partner.is_none_or(|it| it == partner) && self.person.is_none_or(|it| it == person)
    }
}
