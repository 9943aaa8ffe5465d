//! What each mail says, as plain data. Whoever fills it has already decided that the reader may know it.

use entente_domain::time::Timestamp;

/// One mail, before words and layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailContent {
    /// The recipient's address, named in the footer.
    pub to: String,
    /// What it is about.
    pub mail: Mail,
}

/// Every mail there is. All links are absolute and built from the configured URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mail {
    /// To the customer: a partner asks.
    Invite(Request),
    /// To the customer, once: the request is still open.
    Reminder(Request),
    /// To the customer: a partner asks to get removed privileges back.
    Restore(Request),
    /// To an administrator: a colleague without the right to accept passes a request on.
    Forwarded {
        /// The colleague's name.
        user: String,
        /// The request; its `message` is the partner's text.
        request: Request,
    },
    /// To the partner: the customer accepted.
    AcceptedPartner(Decision),
    /// To the customer's administrator: what they accepted.
    AcceptedCustomer {
        /// What was decided.
        decision: Decision,
        /// The title and full text of the agreement they accepted, as their copy.
        agreement: Option<(String, String)>,
    },
    /// To the partner: the customer declined; `note` is the customer's reason.
    Declined(Decision),
    /// To the partner: the customer took the privileges back; `note` is the customer's reason.
    RemovedPartner(Decision),
    /// To the customer's administrators: one of them took the privileges back.
    RemovedCustomer(Decision),
    /// To the partner: the relationship ended.
    EndedPartner(Decision),
    /// To the customer's administrators: the relationship ended.
    EndedCustomer(Decision),
    /// To the partner: nobody answered the request in time.
    Expired(Decision),
    /// To the sender: somebody with an expired link asks for a new one.
    NewLinkWanted(Decision),
    /// To the first administrator of an organisation that a partner created: where to sign in, and as whom.
    Welcome {
        /// What they sign in with.
        login: String,
        /// Who created it.
        decision: Decision,
    },
    /// To the customer's administrators: a partner attested that the agreement was signed.
    Attested {
        /// Who signed, by the partner's word.
        user: String,
        /// Which version.
        version: String,
        /// Who attested it.
        decision: Decision,
    },
    /// To a person: they have one second factor more.
    FactorAdded(Change),
    /// To a person: one of their second factors is gone, or all are.
    FactorRemoved(Change),
    /// To a person: they have new recovery codes, and older ones are void.
    CodesMade(Change),
    /// To a person: a recovery code stood in for their second factor.
    CodeUsed(Change),
    /// To the partner's people who manage applications: a secret or key nobody used was switched off.
    CredentialUnused(Disuse),
    /// To the customer's administrators: the partner ordered something for them.
    OrderedCustomer(Purchase),
    /// To the customer's administrators: the partner took something back.
    CancelledCustomer(Purchase),
    /// To the customer's administrators: a partner gave somebody directory roles.
    RolesGiven {
        /// The person who got them.
        user: String,
        /// The roles by name, in the reader's language.
        roles: String,
        /// Who gave them, and when.
        decision: Decision,
    },
    /// To the customer's administrators: a partner changed their company profile.
    CompanyChanged {
        /// The parts it changed, in the reader's language.
        parts: String,
        /// Who changed it, and when.
        decision: Decision,
    },
    /// To whoever opened a service request, and to the customer's administrators when a partner did: it was opened.
    SupportOpened(Support),
    /// To the same: the operator answered.
    SupportAnswered(Support),
    /// To the same: the operator needs something.
    SupportAttention(Support),
    /// To the same: it was closed.
    SupportClosed(Support),
}

/// Something a partner bought for a customer, or took back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// Who, when, and where the reader sees more.
    pub decision: Decision,
    /// The product's name in the reader's language.
    pub product: String,
    /// Units; none where it is paid for by usage.
    pub quantity: Option<i64>,
}

/// What a request asks for, or what was granted or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Looking after what was bought elsewhere, rather than reselling.
    pub advisor: bool,
    /// Classic delegated administration privileges.
    pub privileges: bool,
}

/// An open request, as its recipient sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The partner's name.
    pub partner: String,
    /// The name of the person at the partner who asks.
    pub person: String,
    /// What is asked.
    pub asks: Asked,
    /// The personal link. It exists only in the mail: never log or store this value.
    pub link: String,
    /// The first moment at which the link no longer works.
    pub expires: Timestamp,
    /// The subject the partner wrote, in place of ours.
    pub subject: Option<String>,
    /// What the partner wrote; shown as text in a block of its own.
    pub message: Option<String>,
}

/// Leaves out the personal link (threat 44).
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("partner", &self.partner)
            .field("asks", &self.asks)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// Something that was decided or came to pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The partner's name.
    pub partner: String,
    /// The customer's name, or whatever the partner knows them by.
    pub customer: String,
    /// The person who decided or asked; nobody when time did.
    pub person: Option<String>,
    /// What was asked, granted or ended; `privileges` tells whether they were part of it.
    pub asks: Asked,
    /// When.
    pub at: Timestamp,
    /// Where the reader sees more or goes on.
    pub link: String,
    /// What the other side wrote; shown as text in a block of its own.
    pub note: Option<String>,
}

/// A change of the reader's own second factors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The name of whoever did it, the reader or an administrator.
    pub person: Option<String>,
    /// The reader's organisation.
    pub organisation: String,
    /// Which factor, by its code; `all` for every one, nothing where recovery codes are meant.
    pub factor: Option<String>,
    /// What the reader calls a passkey.
    pub name: Option<String>,
    /// When.
    pub at: Timestamp,
    /// The reader's settings about signing in.
    pub link: String,
}

/// A secret or key that was switched off because nobody used it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disuse {
    /// The partner's name.
    pub partner: String,
    /// The name of its application.
    pub application: String,
    /// Which sort, by its code.
    pub credential: String,
    /// What people called it, if they did.
    pub label: Option<String>,
    /// The characters by which they recognise it.
    pub hint: String,
    /// When.
    pub at: Timestamp,
    /// The application's page.
    pub link: String,
}

/// What became of a service request. What people wrote in it is not part of any mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// The partner that opened it on the customer's behalf; empty when the customer did.
    pub partner: String,
    /// The customer's name.
    pub customer: String,
    /// Who did it, with their organisation; nobody when the operator did.
    pub person: Option<(String, String)>,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Whether the reader opened it.
    pub mine: bool,
    /// When.
    pub at: Timestamp,
    /// The service request's page.
    pub link: String,
}
