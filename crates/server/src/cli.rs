//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use entente_app::wiring::{
    Cloud, CompanyName, CountryCode, DirectoryRoleId, DomainName, HealthText, Language, Level, PartnerKind,
    PartnerRole, PersonName, RedirectUri, Severity, SupportStanding, TenantId, UserPrincipalName,
};

use crate::config::Endpoint;

/// An open, self-hosted partner center.
#[derive(Debug, Parser)]
#[command(name = "entente", version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the portals.
    Serve(Serve),
    /// Check or print the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Organisations.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// People.
    #[command(subcommand)]
    Person(PersonCommand),
    /// Services whose administration portals partners open.
    #[command(subcommand)]
    Service(ServiceCommand),
    /// The keys that tokens are signed with.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Service requests: what waits for an answer, and answering.
    #[command(subcommand)]
    Support(SupportCommand),
}

/// Where configuration and data are.
#[derive(Debug, Args)]
pub struct Where {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data folder; overrides data.folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// `entente serve`.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub place: Where,
    /// A complete installation to try out: made-up organisations, captured mail, a clock that can be turned.
    #[arg(long)]
    pub demo: bool,
    /// Where to listen for HTTP; overrides listen.http.
    #[arg(long, value_name = "HOST:PORT", value_parser = endpoint)]
    pub http: Option<Endpoint>,
    /// Where to listen for HTTPS; overrides listen.https.
    #[arg(long, value_name = "HOST:PORT", value_parser = endpoint)]
    pub https: Option<Endpoint>,
    /// Leave the database as it is; refuses to start when it is behind this release.
    #[arg(long)]
    pub no_migrate: bool,
}

/// `entente config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Say everything that is wrong with the configuration.
    Check {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Print the configuration in force, secrets hidden.
    Print {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Print every key with its default and what it is for.
        #[arg(long, conflicts_with = "config")]
        defaults: bool,
    },
}

/// `entente tenant`.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Register an organisation, as a customer or as a partner.
    Add(TenantAdd),
    /// Suspend a partner: it can neither ask nor be accepted, and nobody of it acts for a customer. What exists stays.
    Suspend(PartnerOne),
    /// Let a suspended partner go on.
    Resume(PartnerOne),
}

/// One partner.
#[derive(Debug, Args)]
pub struct PartnerOne {
    #[command(flatten)]
    pub place: Where,
    /// Its domain, or its id.
    #[arg(value_name = "DOMAIN|ID", value_parser = organisation)]
    pub partner: Organisation,
}

/// An organisation, as the command line names it.
#[derive(Debug, Clone)]
pub enum Organisation {
    /// By its domain.
    Domain(DomainName),
    /// By its id.
    Id(TenantId),
}

/// `entente tenant add`.
#[derive(Debug, Args)]
pub struct TenantAdd {
    #[command(flatten)]
    pub place: Where,
    /// The organisation's name.
    #[arg(long)]
    pub name: CompanyName,
    /// Its domain.
    #[arg(long)]
    pub domain: DomainName,
    /// Its cloud: public, germany, us-government or china.
    #[arg(long)]
    pub cloud: Cloud,
    /// Its country, such as NO.
    #[arg(long)]
    pub country: CountryCode,
    /// The language of mail to its people: en or zh-CN.
    #[arg(long, default_value = "en", value_parser = language)]
    pub language: Language,
    /// Makes it a partner of this kind.
    #[arg(long, requires = "number")]
    pub partner: Option<Kind>,
    /// The number customers can verify.
    #[arg(long, requires = "partner")]
    pub number: Option<String>,
    /// A country it may sell from besides its own; may be repeated.
    #[arg(long = "location", requires = "partner")]
    pub locations: Vec<CountryCode>,
    /// The indirect provider of an indirect reseller.
    #[arg(long, requires = "partner", required_if_eq("partner", "indirect-reseller"))]
    pub provider: Option<TenantId>,
}

/// A kind of partner, as the command line spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Sells and bills itself.
    Direct,
    /// Sells through resellers.
    IndirectProvider,
    /// Manages customers; its provider transacts.
    IndirectReseller,
}

impl From<Kind> for PartnerKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Direct => Self::Direct,
            Kind::IndirectProvider => Self::IndirectProvider,
            Kind::IndirectReseller => Self::IndirectReseller,
        }
    }
}

/// `entente person`.
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// Add a person and print the password they begin with.
    Add(PersonAdd),
}

/// `entente person add`.
#[derive(Debug, Args)]
pub struct PersonAdd {
    #[command(flatten)]
    pub place: Where,
    /// The domain of their organisation.
    #[arg(long)]
    pub tenant: DomainName,
    /// Their name.
    #[arg(long)]
    pub name: PersonName,
    /// What they sign in with.
    #[arg(long)]
    pub upn: UserPrincipalName,
    /// Roles in a partner's organisation, such as `admin_agent,sales_agent`.
    #[arg(long, value_delimiter = ',', value_parser = role)]
    pub roles: Vec<PartnerRole>,
    /// Makes them a global administrator of their organisation's directory, who may accept and remove partners.
    #[arg(long)]
    pub global_administrator: bool,
}

/// `entente service`.
#[derive(Debug, Subcommand)]
pub enum ServiceCommand {
    /// Add a service and print the credentials of its relying party.
    Add(ServiceAdd),
    /// List the services with how they do, and since when.
    List(ServiceList),
    /// Say how a service does: partners and customers see it where they use the service.
    Health(ServiceHealth),
    /// Make a new secret for a service and print it; the older ones stay good for a week.
    Secret(ServiceSecret),
}

/// `entente service secret`.
#[derive(Debug, Args)]
pub struct ServiceSecret {
    #[command(flatten)]
    pub place: Where,
    /// The service's name.
    pub service: String,
    /// The cloud whose customers have it: public, germany, us-government or china.
    #[arg(long, default_value = "public")]
    pub cloud: Cloud,
    /// For a secret that somebody else may have: the older ones count no more from now on.
    #[arg(long)]
    pub revoke_old: bool,
}

/// `entente service list`.
#[derive(Debug, Args)]
pub struct ServiceList {
    #[command(flatten)]
    pub place: Where,
}

/// `entente service health`.
#[derive(Debug, Args)]
pub struct ServiceHealth {
    #[command(flatten)]
    pub place: Where,
    /// The service's name.
    pub service: String,
    /// How it does: healthy, degraded or down.
    #[arg(value_parser = level)]
    pub level: Level,
    /// The cloud whose customers have it: public, germany, us-government or china.
    #[arg(long, default_value = "public")]
    pub cloud: Cloud,
    /// What people are told, in English; required unless it is healthy.
    #[arg(long, value_name = "TEXT")]
    pub message_en: Option<HealthText>,
    /// The same in Chinese; without it Chinese readers get the English.
    #[arg(long, value_name = "TEXT")]
    pub message_zh: Option<HealthText>,
}

/// `entente service add`.
#[derive(Debug, Args)]
pub struct ServiceAdd {
    #[command(flatten)]
    pub place: Where,
    /// The service's name.
    #[arg(long)]
    pub name: CompanyName,
    /// The cloud whose customers have it: public, germany, us-government or china.
    #[arg(long, default_value = "public")]
    pub cloud: Cloud,
    /// Where its administration portal begins a sign-in somebody else asks for.
    #[arg(long, value_name = "URL")]
    pub portal_url: String,
    /// Where sign-in leads back to.
    #[arg(long, value_name = "URL")]
    pub redirect_uri: RedirectUri,
    /// The name under which tokens for it are asked for, such as urn:halden:mailboxes.
    #[arg(long)]
    pub identifier: String,
    /// Directory roles that let somebody in, by template id; global administrators always get in.
    #[arg(long = "role", value_name = "ID")]
    pub roles: Vec<DirectoryRoleId>,
    /// Where it hears that a session ended (OpenID Connect Back-Channel Logout).
    #[arg(long, value_name = "URL")]
    pub logout_url: Option<String>,
    /// Where it receives security events (RFC 8935).
    #[arg(long, value_name = "URL", requires = "events_token")]
    pub events_url: Option<String>,
    /// What it expects with them.
    #[arg(long, requires = "events_url")]
    pub events_token: Option<String>,
}

/// `entente keys`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Print the published keys: cloud, algorithm, id and what becomes of each.
    List(KeysList),
    /// Publish successors, which sign a day later; what the old keys signed counts until it expires.
    Rotate(KeysRotate),
}

/// `entente keys list`.
#[derive(Debug, Args)]
pub struct KeysList {
    #[command(flatten)]
    pub place: Where,
    /// Only those of this cloud: public, germany, us-government or china.
    #[arg(long)]
    pub cloud: Option<Cloud>,
}

/// `entente keys rotate`.
#[derive(Debug, Args)]
pub struct KeysRotate {
    #[command(flatten)]
    pub place: Where,
    /// The cloud whose keys are replaced: public, germany, us-government or china.
    #[arg(long)]
    pub cloud: Cloud,
    /// For keys that somebody else may have: all there are count no more, with everything they signed, and the new ones sign at once.
    #[arg(long)]
    pub revoke_old: bool,
}

/// `entente support`.
#[derive(Debug, Subcommand)]
pub enum SupportCommand {
    /// List what is not closed, oldest first, with the time left for the first answer.
    List(SupportList),
    /// Print one with everything that was said.
    Show(SupportOne),
    /// Answer, or ask back.
    Answer(SupportAnswer),
    /// Close it.
    Close(SupportOne),
}

/// `entente support list`.
#[derive(Debug, Args)]
pub struct SupportList {
    #[command(flatten)]
    pub place: Where,
    /// Only in this state: open or `attention_needed`.
    #[arg(long, value_parser = standing)]
    pub state: Option<SupportStanding>,
    /// Only of this severity: critical, moderate or minimal.
    #[arg(long, value_parser = severity)]
    pub severity: Option<Severity>,
    /// Begin above this number.
    #[arg(long, default_value_t = 0)]
    pub above: i64,
}

/// One service request.
#[derive(Debug, Args)]
pub struct SupportOne {
    #[command(flatten)]
    pub place: Where,
    /// Its number.
    pub number: i64,
}

/// `entente support answer`.
#[derive(Debug, Args)]
pub struct SupportAnswer {
    #[command(flatten)]
    pub one: SupportOne,
    /// What to say; read from standard input when missing.
    #[arg(long)]
    pub text: Option<String>,
    /// Wait for whoever opened it: they are asked for something.
    #[arg(long)]
    pub needs_attention: bool,
}

/// An id has no dot and a domain has one, so a text is never both.
fn organisation(text: &str) -> Result<Organisation, &'static str> {
    text.parse()
        .map(Organisation::Id)
        .or_else(|_| text.parse().map(Organisation::Domain))
        .map_err(|_| "expected a domain such as brightwater.example, or the id of an organisation")
}

fn standing(text: &str) -> Result<SupportStanding, &'static str> {
    SupportStanding::parse(text).filter(|it| *it != SupportStanding::Closed).ok_or("expected open or attention_needed")
}

fn level(text: &str) -> Result<Level, &'static str> {
    Level::parse(text).ok_or("expected healthy, degraded or down")
}

fn severity(text: &str) -> Result<Severity, &'static str> {
    Severity::parse(text).ok_or("expected critical, moderate or minimal")
}

fn endpoint(text: &str) -> Result<Endpoint, &'static str> {
    text.parse().map_err(|()| "expected host:port such as localhost:8080")
}

fn language(text: &str) -> Result<Language, &'static str> {
    text.parse().map_err(|_| "expected en or zh-CN")
}

fn role(text: &str) -> Result<PartnerRole, String> {
    PartnerRole::parse(text).ok_or_else(|| {
        let known: Vec<&str> = PartnerRole::ALL.iter().map(|role| role.code()).collect();
        format!("expected one of {}", known.join(", "))
    })
}
