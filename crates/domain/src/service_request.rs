//! A question to the operator about a customer's services: `open -> attention needed -> open ... -> closed`, and once more `open`
//! when it is reopened in time. A partner asks on a customer's behalf without any privileges (requirement S12).

pub mod attachment;
pub mod topic;

use crate::event::{EventKind, Happened};
use crate::ids::{AttachmentId, NoteId, ServiceRequestId, SubscriptionId, TenantId, UserId};
use crate::subscription::Subscription;
use crate::text::{MessageText, SubjectLine};
use crate::time::Timestamp;
use attachment::{FileKind, FileName};

/// Days after it was closed in which a service request can be opened again.
pub const REOPEN_DAYS: i64 = 14;

/// The most notes a service request can hold; whoever needs more opens another.
pub const MAX_NOTES: i64 = 500;

/// A service request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRequest {
    /// Its id.
    pub id: ServiceRequestId,
    /// The number people read and say; one sequence an installation.
    pub number: i64,
    /// Whose services it is about.
    pub customer: TenantId,
    /// The partner whose person opened it on the customer's behalf; none when the customer's own did.
    pub partner: Option<TenantId>,
    /// Who opened it.
    pub opened_by: UserId,
    /// When.
    pub opened_at: Timestamp,
    /// What it is about, by the code of a [`topic::Topic`].
    pub topic: String,
    /// How bad it is.
    pub severity: Severity,
    /// The subscription it is about, where it is about one.
    pub subscription: Option<SubscriptionId>,
    /// What it is about in a line.
    pub title: SubjectLine,
    /// The whole of it.
    pub description: MessageText,
    /// When the operator first answered.
    pub answered_at: Option<Timestamp>,
    /// Where it stands.
    pub state: State,
    /// Counts writes; two writers of one version cannot both win.
    pub version: i64,
}

/// What somebody adds to a service request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// The request it belongs to.
    pub request: ServiceRequestId,
    /// Where it stands among the notes there, from 1.
    pub position: i64,
    /// Who wrote it, with their organisation; none for the operator.
    pub author: Option<(UserId, TenantId)>,
    /// When.
    pub at: Timestamp,
    /// What they wrote.
    pub text: MessageText,
}

/// A file that came with a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// The request it belongs to.
    pub request: ServiceRequestId,
    /// The note it came with; none between its upload and the note.
    pub note: Option<NoteId>,
    /// What it is called; see [`attachment::name`].
    pub name: FileName,
    /// What its content is.
    pub kind: FileKind,
    /// Bytes.
    pub size: i64,
    /// Who uploaded it.
    pub uploaded_by: UserId,
    /// When.
    pub uploaded_at: Timestamp,
}

/// Where a service request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It waits for the operator.
    Open,
    /// It waits for whoever asked.
    AttentionNeeded,
    /// It is over.
    Closed {
        /// Since when.
        at: Timestamp,
    },
}

/// The state without what it knows: what lists are filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It waits for the operator.
    Open,
    /// It waits for whoever asked.
    AttentionNeeded,
    /// It is over.
    Closed,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Work stands still.
    Critical,
    /// Work is hindered.
    Moderate,
    /// A question, or a nuisance.
    Minimal,
}

/// What can be tried with a service request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Add a note, as anybody but the operator.
    Note,
    /// Answer, as the operator.
    Answer,
    /// Ask back, as the operator.
    AskBack,
    /// Close it.
    Close,
    /// Open it again.
    Reopen,
}

/// The reasons of [`Refused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// It is closed.
    Closed,
    /// It is not closed.
    NotClosed,
    /// It was closed more than [`REOPEN_DAYS`] ago.
    TooLate,
    /// It holds [`MAX_NOTES`] already.
    Full,
}

crate::codes! {
    Standing { Open = "open", AttentionNeeded = "attention_needed", Closed = "closed" }
    Severity { Critical = "critical", Moderate = "moderate", Minimal = "minimal" }
    Action { Note = "note", Answer = "answer", AskBack = "ask_back", Close = "close", Reopen = "reopen" }
    Because {
        Closed = "request_closed", NotClosed = "request_not_closed", TooLate = "reopening_too_late", Full = "request_full",
    }
}

/// Why an action on a service request did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot {} this service request: {}", .action.code(), .because.code())]
pub struct Refused {
    /// What was tried.
    pub action: Action,
    /// Why not.
    pub because: Because,
}

/// How the operator keeps to the time in which it answers first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// Not answered; there is time until then.
    Due(Timestamp),
    /// Not answered, and it should have been until then.
    Missed(Timestamp),
    /// Answered in time, at that moment.
    Met(Timestamp),
    /// Answered too late, at that moment.
    Late(Timestamp),
    /// Closed before an answer was due.
    NotNeeded,
}

impl Severity {
    /// Hours until the operator answers first (business rules, section 12).
    pub const fn response_hours(self) -> i64 {
        match self {
            Self::Critical => 2,
            Self::Moderate => 4,
            Self::Minimal => 8,
        }
    }
}

impl State {
    /// The state without what it knows.
    pub const fn standing(self) -> Standing {
        match self {
            Self::Open => Standing::Open,
            Self::AttentionNeeded => Standing::AttentionNeeded,
            Self::Closed { .. } => Standing::Closed,
        }
    }
}

impl ServiceRequest {
    /// The last moment at which a first answer is in time.
    pub const fn respond_by(&self) -> Timestamp {
        self.opened_at.plus_seconds(self.severity.response_hours() * 3_600)
    }

    /// How the operator keeps to that.
    pub fn response(&self, now: Timestamp) -> Response {
        let until = self.respond_by();
        match (self.answered_at, self.state) {
            (Some(at), _) if at <= until => Response::Met(at),
            (Some(at), _) => Response::Late(at),
            (None, State::Closed { at }) if at <= until => Response::NotNeeded,
            (None, _) if now <= until => Response::Due(until),
            (None, _) => Response::Missed(until),
        }
    }

    /// Whether `partner` sees it: one it opened, or one about a subscription it sold or supports. `subscription` is the one it is
    /// about, with the support contact that holds now.
    pub fn concerns(&self, partner: TenantId, subscription: Option<&Subscription>) -> bool {
        let about = subscription.filter(|it| Some(it.id) == self.subscription);
        self.partner == Some(partner) || about.is_some_and(|it| it.partner == partner || it.supported_by == partner)
    }

    /// The event of opening it.
    pub fn opened(&self) -> Happened {
        self.happened(EventKind::ServiceRequestOpened).with("severity", self.severity.code())
    }

    /// Somebody other than the operator adds a note; what waited for them goes on.
    ///
    /// # Errors
    /// Refused when it is closed, or holds [`MAX_NOTES`] already; `notes` is how many it holds.
    pub fn note(self, notes: i64) -> Result<(Self, Happened), Refused> {
        let kind = EventKind::ServiceRequestNoted;
        Ok(self.unless_closed(Action::Note)?.room(Action::Note, notes)?.turn(State::Open, kind))
    }

    /// The operator answers; nothing is waited for any more.
    ///
    /// # Errors
    /// As [`Self::note`].
    pub fn answer(self, notes: i64, at: Timestamp) -> Result<(Self, Happened), Refused> {
        let kind = EventKind::ServiceRequestAnswered;
        Ok(self.unless_closed(Action::Answer)?.room(Action::Answer, notes)?.answered(at).turn(State::Open, kind))
    }

    /// The operator needs something from whoever asked, and waits for it.
    ///
    /// # Errors
    /// As [`Self::note`].
    pub fn ask_back(self, notes: i64, at: Timestamp) -> Result<(Self, Happened), Refused> {
        let kind = EventKind::ServiceRequestAskedBack;
        let it = self.unless_closed(Action::AskBack)?.room(Action::AskBack, notes)?;
        Ok(it.answered(at).turn(State::AttentionNeeded, kind))
    }

    /// Closes it.
    ///
    /// # Errors
    /// Refused when it is closed already.
    pub fn close(self, at: Timestamp) -> Result<(Self, Happened), Refused> {
        Ok(self.unless_closed(Action::Close)?.turn(State::Closed { at }, EventKind::ServiceRequestClosed))
    }

    /// Opens it again.
    ///
    /// # Errors
    /// Refused when it is not closed, or was closed more than [`REOPEN_DAYS`] ago.
    pub fn reopen(self, now: Timestamp) -> Result<(Self, Happened), Refused> {
        let refused = |because| Err(Refused { action: Action::Reopen, because });
        match self.state {
            State::Open | State::AttentionNeeded => refused(Because::NotClosed),
            State::Closed { at } if now > at.plus_days(REOPEN_DAYS) => refused(Because::TooLate),
            State::Closed { .. } => Ok(self.turn(State::Open, EventKind::ServiceRequestReopened)),
        }
    }

    fn unless_closed(self, action: Action) -> Result<Self, Refused> {
        match self.state {
            State::Closed { .. } => Err(Refused { action, because: Because::Closed }),
            State::Open | State::AttentionNeeded => Ok(self),
        }
    }

    fn room(self, action: Action, notes: i64) -> Result<Self, Refused> {
        if notes < MAX_NOTES { Ok(self) } else { Err(Refused { action, because: Because::Full }) }
    }

    fn answered(self, at: Timestamp) -> Self {
        Self { answered_at: self.answered_at.or(Some(at)), ..self }
    }

    fn turn(self, to: State, kind: EventKind) -> (Self, Happened) {
        let happened = self.happened(kind);
        (Self { state: to, ..self }, happened)
    }

    fn happened(&self, kind: EventKind) -> Happened {
        let happened = Happened::new(kind).customer(self.customer).with("service_request", self.number.to_string());
        Happened { partner: self.partner, subscription: self.subscription, ..happened }
    }
}
