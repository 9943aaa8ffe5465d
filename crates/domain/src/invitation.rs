//! The request a partner sends to one customer: `draft -> open -> accepted | declined | cancelled | superseded | expired`.
//!
//! Delivery, reminders and "waiting for an administrator" are facts beside the state, not states. Deliberately absent: any
//! transition caused by looking. Expiry is decided whenever the invitation is read ([`Invitation::standing`]) and also swept.

use crate::cloud::Cloud;
use crate::event::{EventKind, Happened};
use crate::ids::{InvitationId, RelationshipId, TenantId, UserId};
use crate::language::Language;
use crate::market::CountryCode;
use crate::relationship::RelationshipKind;
use crate::text::{DomainName, EmailAddress, MessageText, PersonName, Reason, SubjectLine};
use crate::time::Timestamp;

/// A tracked request to one customer, carried by a personal link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id. The link's token is derived from it and a key that is not in the database.
    pub id: InvitationId,
    /// Its number within the partner, shown as `RQ-7`.
    pub number: i64,
    /// The partner who asks.
    pub partner: TenantId,
    /// The other partner of an indirect request: the provider when a reseller asks, the reseller when a provider asks.
    pub companion: Option<TenantId>,
    /// What is asked.
    pub asks: Asks,
    /// The customer's cloud and country: where the link works.
    pub cloud: Cloud,
    /// The customer's country.
    pub country: CountryCode,
    /// Who may use the link.
    pub binding: Binding,
    /// Who it is addressed to.
    pub recipient: Recipient,
    /// The partner's own words.
    pub message: Message,
    /// Who at the partner asks.
    pub created_by: UserId,
    /// When it was drafted.
    pub created_at: Timestamp,
    /// The first moment at which the link no longer works.
    pub expires_at: Timestamp,
    /// The relationship whose removed privileges this request asks to restore.
    pub restores: Option<RelationshipId>,
    /// When the recipient was last reminded.
    pub reminded_at: Option<Timestamp>,
    /// When somebody without the right to accept passed it on to an administrator.
    pub forwarded_at: Option<Timestamp>,
    /// Where it stands, as stored.
    pub state: State,
    /// Counts writes; two writers of one version cannot both win.
    pub version: i64,
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asks {
    /// Selling, or looking after what was bought elsewhere.
    pub kind: RelationshipKind,
    /// Classic delegated administration privileges.
    pub privileges: bool,
}

/// Who may use a personal link (threat 6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// The first organisation whose administrator accepts.
    Any,
    /// Only an organisation that owns this verified domain.
    Domain(DomainName),
    /// Only this organisation.
    Tenant(TenantId),
}

/// Who the request is addressed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Where Entente sends it, when asked to.
    pub email: Option<EmailAddress>,
    /// How to greet them.
    pub name: Option<PersonName>,
    /// The language of the mail.
    pub language: Language,
}

/// The words of the e-mail around the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The subject line.
    pub subject: SubjectLine,
    /// The text; the link stands under it in a block of its own.
    pub body: MessageText,
}

/// Where a request stands; each state carries exactly what it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Written, its link shown to the partner, but not yet called finished. The link already works: the partner's own mail
    /// program may send it without coming back to press "Done".
    Draft,
    /// Waiting for the customer's answer.
    Open,
    /// A customer's administrator accepted.
    Accepted {
        /// When.
        at: Timestamp,
        /// Which administrator.
        by: UserId,
        /// Of which organisation.
        customer: TenantId,
        /// Whether privileges were granted; never more than was asked.
        privileges: bool,
    },
    /// A customer's administrator declined.
    Declined {
        /// When.
        at: Timestamp,
        /// Which administrator.
        by: UserId,
        /// Of which organisation.
        customer: TenantId,
        /// Why, in their words.
        reason: Option<Reason>,
    },
    /// The partner withdrew it.
    Cancelled {
        /// When.
        at: Timestamp,
        /// By whom.
        by: UserId,
    },
    /// A newer request took its place.
    Superseded {
        /// When.
        at: Timestamp,
        /// The newer request.
        by: InvitationId,
    },
    /// Nobody answered in time.
    Expired {
        /// The end of its validity.
        at: Timestamp,
    },
}

/// The state without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// See [`State::Draft`].
    Draft,
    /// See [`State::Open`].
    Open,
    /// See [`State::Accepted`].
    Accepted,
    /// See [`State::Declined`].
    Declined,
    /// See [`State::Cancelled`].
    Cancelled,
    /// See [`State::Superseded`].
    Superseded,
    /// See [`State::Expired`].
    Expired,
}

crate::codes! {
    Standing {
        Draft = "draft", Open = "open", Accepted = "accepted", Declined = "declined", Cancelled = "cancelled",
        Superseded = "superseded", Expired = "expired",
    }
}

/// What can be tried with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Change the words or the recipient.
    Edit,
    /// Call the draft finished.
    Open,
    /// Have Entente mail it.
    Send,
    /// Remind the recipient.
    Remind,
    /// Accept it.
    Accept,
    /// Decline it.
    Decline,
    /// Withdraw it.
    Cancel,
    /// Replace it by a newer one.
    Supersede,
    /// Let it end at its expiry date.
    Expire,
    /// Pass it on to an administrator.
    Forward,
    /// Ask the sender for a new link.
    WantNewLink,
}

crate::codes! {
    Action {
        Edit = "edit", Open = "open", Send = "send", Remind = "remind", Accept = "accept", Decline = "decline",
        Cancel = "cancel", Supersede = "supersede", Expire = "expire", Forward = "forward",
        WantNewLink = "want_new_link",
    }
}

/// Why an action on a request did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a request that is {} cannot {}", .standing.code(), .action.code())]
pub struct Refused {
    /// Where the request stood.
    pub standing: Standing,
    /// What was tried.
    pub action: Action,
    /// Why not.
    pub because: Because,
}

/// The reasons of [`Refused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// It has been answered, withdrawn or replaced.
    Closed,
    /// Its validity is over.
    TooLate,
    /// Its validity is not over yet.
    TooEarly,
    /// It has no e-mail address to send to.
    NoAddress,
    /// It is still a draft.
    NotOpen,
    /// It is not a draft any more.
    NotDraft,
    /// It was done already, or less than a day ago.
    DoneAlready,
    /// More was granted than asked for.
    MoreThanAsked,
}

crate::codes! {
    Because {
        Closed = "closed", TooLate = "too_late", TooEarly = "too_early", NoAddress = "no_address", NotOpen = "not_open",
        NotDraft = "not_draft", DoneAlready = "done_already", MoreThanAsked = "more_than_asked",
    }
}

impl Invitation {
    /// Where the request stands at `now`. An unanswered request past its validity is expired whether or not the sweep came by.
    pub fn standing(&self, now: Timestamp) -> Standing {
        match self.state {
            State::Draft | State::Open if now >= self.expires_at => Standing::Expired,
            State::Draft => Standing::Draft,
            State::Open => Standing::Open,
            State::Accepted { .. } => Standing::Accepted,
            State::Declined { .. } => Standing::Declined,
            State::Cancelled { .. } => Standing::Cancelled,
            State::Superseded { .. } => Standing::Superseded,
            State::Expired { .. } => Standing::Expired,
        }
    }

    /// Whether a customer can still answer.
    pub fn awaits_answer(&self, now: Timestamp) -> bool {
        matches!(self.standing(now), Standing::Draft | Standing::Open)
    }

    /// The event of drafting this request.
    pub fn created(&self) -> Happened {
        self.happened(EventKind::InvitationCreated)
            .with("privileges", yes_no(self.asks.privileges))
            .with("cloud", self.cloud.code())
            .with("country", self.country.as_str())
    }

    /// Replaces recipient and words of a draft, or of an open request for its next mail.
    ///
    /// # Errors
    /// Once answered, withdrawn, replaced or expired nothing can be changed.
    pub fn edit(self, recipient: Recipient, message: Message, now: Timestamp) -> Result<Self, Refused> {
        self.unanswered(Action::Edit, now)?;
        Ok(Self { recipient, message, ..self })
    }

    /// Calls the draft finished.
    ///
    /// # Errors
    /// Only a draft can be opened.
    pub fn open(self, now: Timestamp) -> Result<(Self, Happened), Refused> {
        self.unanswered(Action::Open, now)?;
        if self.state != State::Draft {
            return Err(self.refused(Action::Open, now, Because::NotDraft));
        }
        let happened = self.happened(EventKind::InvitationOpened);
        Ok((Self { state: State::Open, ..self }, happened))
    }

    /// Has Entente mail the request; a draft becomes open by it.
    ///
    /// # Errors
    /// Refused without an address, and once the request is closed.
    pub fn send(self, now: Timestamp) -> Result<(Self, Happened), Refused> {
        self.unanswered(Action::Send, now)?;
        if self.recipient.email.is_none() {
            return Err(self.refused(Action::Send, now, Because::NoAddress));
        }
        let happened = self.happened(EventKind::InvitationSent);
        Ok((Self { state: State::Open, ..self }, happened))
    }

    /// Reminds the recipient, at most once a day.
    ///
    /// # Errors
    /// Refused for a draft, without an address, within a day of the last reminder, and once closed.
    pub fn remind(self, now: Timestamp) -> Result<(Self, Happened), Refused> {
        self.unanswered(Action::Remind, now)?;
        let because = if self.state == State::Draft {
            Some(Because::NotOpen)
        } else if self.recipient.email.is_none() {
            Some(Because::NoAddress)
        } else if self.reminded_at.is_some_and(|last| now < last.plus_days(1)) {
            Some(Because::DoneAlready)
        } else {
            None
        };
        if let Some(because) = because {
            return Err(self.refused(Action::Remind, now, because));
        }
        let happened = self.happened(EventKind::InvitationReminded);
        Ok((Self { reminded_at: Some(now), ..self }, happened))
    }

    /// Records a customer's acceptance. Whether this person may accept is decided by [`crate::acceptance`].
    ///
    /// # Errors
    /// Refused when already answered, withdrawn, replaced or expired, and when more is granted than was asked.
    pub fn accept(
        self,
        by: UserId,
        customer: TenantId,
        privileges: bool,
        now: Timestamp,
    ) -> Result<(Self, Happened), Refused> {
        self.unanswered(Action::Accept, now)?;
        if privileges && !self.asks.privileges {
            return Err(self.refused(Action::Accept, now, Because::MoreThanAsked));
        }
        let happened = self
            .happened(EventKind::InvitationAccepted)
            .customer(customer)
            .with("asked_privileges", yes_no(self.asks.privileges))
            .with("granted_privileges", yes_no(privileges));
        Ok((Self { state: State::Accepted { at: now, by, customer, privileges }, ..self }, happened))
    }

    /// Records a customer's refusal.
    ///
    /// # Errors
    /// Refused when already answered, withdrawn, replaced or expired.
    pub fn decline(
        self,
        by: UserId,
        customer: TenantId,
        reason: Option<Reason>,
        now: Timestamp,
    ) -> Result<(Self, Happened), Refused> {
        self.unanswered(Action::Decline, now)?;
        let happened = self
            .happened(EventKind::InvitationDeclined)
            .customer(customer)
            .with_some("reason", reason.as_ref().map(Reason::as_str));
        Ok((Self { state: State::Declined { at: now, by, customer, reason }, ..self }, happened))
    }

    /// Withdraws the request.
    ///
    /// # Errors
    /// Refused when already answered, withdrawn, replaced or expired.
    pub fn cancel(self, by: UserId, now: Timestamp) -> Result<(Self, Happened), Refused> {
        self.unanswered(Action::Cancel, now)?;
        let happened = self.happened(EventKind::InvitationCancelled);
        Ok((Self { state: State::Cancelled { at: now, by }, ..self }, happened))
    }

    /// Lets a newer request take this one's place; its link is dead from here on. Also possible after expiry, so that a new link
    /// for an old request leaves one live request, not two.
    ///
    /// # Errors
    /// Refused when answered, withdrawn or replaced.
    pub fn supersede(self, by: InvitationId, now: Timestamp) -> Result<(Self, Happened), Refused> {
        match self.standing(now) {
            Standing::Draft | Standing::Open | Standing::Expired => {}
            _ => return Err(self.refused(Action::Supersede, now, Because::Closed)),
        }
        let happened = self.happened(EventKind::InvitationSuperseded).with("replaced_by", by.to_string());
        Ok((Self { state: State::Superseded { at: now, by }, ..self }, happened))
    }

    /// Writes down the expiry that [`Self::standing`] already tells.
    ///
    /// # Errors
    /// Refused before the end of the validity, and when the state was final.
    pub fn expire(self, now: Timestamp) -> Result<(Self, Happened), Refused> {
        match self.state {
            State::Draft | State::Open if now >= self.expires_at => {}
            State::Draft | State::Open => return Err(self.refused(Action::Expire, now, Because::TooEarly)),
            _ => return Err(self.refused(Action::Expire, now, Because::Closed)),
        }
        let happened = self.happened(EventKind::InvitationExpired);
        let at = self.expires_at;
        Ok((Self { state: State::Expired { at }, ..self }, happened))
    }

    /// Notes that a person who may not accept passed the request on to an administrator of `customer`.
    ///
    /// # Errors
    /// Refused when already answered, withdrawn, replaced or expired.
    pub fn forward(self, customer: TenantId, to: UserId, now: Timestamp) -> Result<(Self, Happened), Refused> {
        self.unanswered(Action::Forward, now)?;
        let happened = self.happened(EventKind::InvitationForwarded).customer(customer).person(to);
        Ok((Self { forwarded_at: Some(now), ..self }, happened))
    }

    /// What happens when somebody asks the sender for a new link. Nothing changes by it.
    ///
    /// # Errors
    /// Refused unless the validity ended without an answer.
    pub fn want_new_link(&self, now: Timestamp) -> Result<Happened, Refused> {
        let because = match self.standing(now) {
            Standing::Expired => return Ok(self.happened(EventKind::NewLinkWanted)),
            Standing::Draft | Standing::Open => Because::TooEarly,
            _ => Because::Closed,
        };
        Err(self.refused(Action::WantNewLink, now, because))
    }

    /// A bare event about this request.
    pub fn happened(&self, kind: EventKind) -> Happened {
        let customer = match self.state {
            State::Accepted { customer, .. } | State::Declined { customer, .. } => Some(customer),
            _ => None,
        };
        Happened {
            companion: self.companion,
            customer,
            invitation: Some(self.id),
            relationship: self.restores,
            ..Happened::new(kind).partner(self.partner)
        }
        .with("number", format!("RQ-{}", self.number))
    }

    fn unanswered(&self, action: Action, now: Timestamp) -> Result<(), Refused> {
        match self.standing(now) {
            Standing::Draft | Standing::Open => Ok(()),
            Standing::Expired => Err(self.refused(action, now, Because::TooLate)),
            _ => Err(self.refused(action, now, Because::Closed)),
        }
    }

    fn refused(&self, action: Action, now: Timestamp, because: Because) -> Refused {
        Refused { standing: self.standing(now), action, because }
    }
}

fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}
