//! Who there is in the demo: data alone. DESIGN section 8 says what has to be among it; `tests/demo.rs` checks that it is.

use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::language::Language;
use entente_domain::tenant::PartnerKind;

use Cloud::{China, Germany, Public, UsGovernment};
use Language::{En, ZhCn};
use PartnerRole::{AdminAgent, GlobalAdmin, HelpdeskAgent, SalesAgent, UserManagementAdmin};

/// A partner with its people.
pub struct PartnerPlan {
    pub name: &'static str,
    pub domain: &'static str,
    pub kind: PartnerKind,
    /// The domain of its provider.
    pub provider: Option<&'static str>,
    pub locations: &'static [&'static str],
    pub number: &'static str,
    /// Name, local part of the sign-in name, role.
    pub people: &'static [(&'static str, &'static str, PartnerRole)],
    /// Name, local parts of its members.
    pub groups: [(&'static str, &'static [&'static str]); 2],
}

/// A customer with its people.
pub struct CustomerPlan {
    pub name: &'static str,
    pub domain: &'static str,
    pub cloud: Cloud,
    pub country: &'static str,
    pub language: Language,
    /// The global administrator: name, local part.
    pub admin: (&'static str, &'static str),
    /// An ordinary user: name, local part.
    pub user: (&'static str, &'static str),
}

/// The direct partner.
pub const DIRECT: &str = "brightwater.example";
/// The indirect provider.
pub const PROVIDER: &str = "skagerrak.example";
/// The indirect reseller.
pub const RESELLER: &str = "lindgren-data.example";

pub const PARTNERS: &[PartnerPlan] = &[
    PartnerPlan {
        name: "Brightwater IT",
        domain: DIRECT,
        kind: PartnerKind::Direct,
        provider: None,
        locations: &["NO", "US"],
        number: "4610237",
        people: &[
            ("Maya Okafor", "maya.okafor", GlobalAdmin),
            ("Tom Berg", "tom.berg", AdminAgent),
            ("Priya Nair", "priya.nair", SalesAgent),
            ("Jonas Haugen", "jonas.haugen", HelpdeskAgent),
            ("Wei Zhang", "wei.zhang", UserManagementAdmin),
        ],
        groups: [("Tier 1 support", &["jonas.haugen", "tom.berg"]), ("Cloud operations", &["tom.berg", "maya.okafor"])],
    },
    PartnerPlan {
        name: "Skagerrak Distribution AS",
        domain: PROVIDER,
        kind: PartnerKind::IndirectProvider,
        provider: None,
        locations: &["NO"],
        number: "4610544",
        people: &[
            ("Astrid Moen", "astrid.moen", GlobalAdmin),
            ("Kaspar Lind", "kaspar.lind", AdminAgent),
            ("Elena Petrova", "elena.petrova", SalesAgent),
            ("Ali Haddad", "ali.haddad", HelpdeskAgent),
        ],
        groups: [("Channel desk", &["ali.haddad", "kaspar.lind"]), ("Operations", &["kaspar.lind", "astrid.moen"])],
    },
    PartnerPlan {
        name: "Lindgren Data AB",
        domain: RESELLER,
        kind: PartnerKind::IndirectReseller,
        provider: Some(PROVIDER),
        locations: &["SE"],
        number: "4611902",
        people: &[
            ("Karin Lindgren", "karin.lindgren", GlobalAdmin),
            ("Oskar Nyström", "oskar.nystrom", AdminAgent),
            ("Sofia Ek", "sofia.ek", SalesAgent),
            ("Mika Salo", "mika.salo", HelpdeskAgent),
        ],
        groups: [("Helpdesk", &["mika.salo", "oskar.nystrom"]), ("Customer care", &["sofia.ek", "oskar.nystrom"])],
    },
];

const fn customer(
    name: &'static str,
    domain: &'static str,
    cloud: Cloud,
    country: &'static str,
    language: Language,
    admin: (&'static str, &'static str),
    user: (&'static str, &'static str),
) -> CustomerPlan {
    CustomerPlan { name, domain, cloud, country, language, admin, user }
}

/// A customer that a partner creates.
pub struct CreatedPlan {
    pub name: &'static str,
    /// What its domain has before the operator's part.
    pub prefix: &'static str,
    pub country: &'static str,
    pub line1: &'static str,
    pub postal_code: &'static str,
    pub city: &'static str,
    pub phone: &'static str,
    /// The contact, who becomes its global administrator: name, address.
    pub contact: (&'static str, &'static str),
    /// An ordinary user: name, local part.
    pub user: (&'static str, &'static str),
}

/// The one that the provider created.
pub const CREATED: CreatedPlan = CreatedPlan {
    name: "Nordlys Reiser AS",
    prefix: "nordlys-reiser",
    country: "NO",
    line1: "Strandgata 12",
    postal_code: "9008",
    city: "Tromsø",
    phone: "+47 77 00 00 12",
    contact: ("Nora Dahl", "nora.dahl@nordlys-reiser.example"),
    user: ("Henrik Moe", "henrik.moe"),
};

/// The customer with 60 people.
pub const LARGE: &str = "fjordline.example";
/// How many people it has.
pub const LARGE_PEOPLE: usize = 60;

pub const CUSTOMERS: &[CustomerPlan] = &[
    customer(
        "Fjordline Logistics AS",
        LARGE,
        Public,
        "NO",
        En,
        ("Ingrid Solberg", "ingrid.solberg"),
        ("Ola Nordmann", "ola.nordmann"),
    ),
    customer(
        "Avenir Dental Group",
        "avenir-dental.example",
        Public,
        "GB",
        En,
        ("Amelia Ward", "amelia.ward"),
        ("Noah Price", "noah.price"),
    ),
    customer(
        "东方物流有限公司",
        "dongfang-wuliu.example",
        Public,
        "DE",
        ZhCn,
        ("陈静", "chen.jing"),
        ("李伟", "li.wei"),
    ),
    customer(
        "Kestrel Systems Ltd",
        "kestrel-systems.example",
        Public,
        "GB",
        En,
        ("Harriet Cole", "harriet.cole"),
        ("Sam Doyle", "sam.doyle"),
    ),
    customer(
        "Nordberg Bakeri AS",
        "nordberg-bakeri.example",
        Public,
        "NO",
        En,
        ("Liv Nordberg", "liv.nordberg"),
        ("Even Dahl", "even.dahl"),
    ),
    customer(
        "Vestland Bygg AS",
        "vestland-bygg.example",
        Public,
        "NO",
        En,
        ("Marit Vestli", "marit.vestli"),
        ("Geir Bakke", "geir.bakke"),
    ),
    customer(
        "Orchard & Co. Solicitors",
        "orchard-law.example",
        Public,
        "GB",
        En,
        ("Judith Orchard", "judith.orchard"),
        ("Ben Okoro", "ben.okoro"),
    ),
    customer(
        "Bryggen Arkitekter AS",
        "bryggen-arkitekter.example",
        Public,
        "NO",
        En,
        ("Sigrid Aas", "sigrid.aas"),
        ("Lars Holm", "lars.holm"),
    ),
    customer(
        "Havn Sjømat AS",
        "havn-sjomat.example",
        Public,
        "NO",
        En,
        ("Torunn Havn", "torunn.havn"),
        ("Pål Strand", "pal.strand"),
    ),
    customer(
        "富士見製作所株式会社",
        "fujimi-seisakusho.example",
        Public,
        "JP",
        En,
        ("佐藤 恵子", "sato.keiko"),
        ("田中 健", "tanaka.ken"),
    ),
    customer(
        "Rheintal Technik GmbH",
        "rheintal-technik.example",
        Germany,
        "DE",
        En,
        ("Jürgen Weiß", "juergen.weiss"),
        ("Anja Krüger", "anja.krueger"),
    ),
    customer(
        "Harrow County Transit",
        "harrow-transit.example",
        UsGovernment,
        "US",
        En,
        ("Denise Carter", "denise.carter"),
        ("Luis Romero", "luis.romero"),
    ),
    customer(
        "海河食品有限公司",
        "haihe-shipin.example",
        China,
        "CN",
        ZhCn,
        ("王芳", "wang.fang"),
        ("赵磊", "zhao.lei"),
    ),
    customer(
        "Solberg Eiendom AS",
        "solberg-eiendom.example",
        Public,
        "NO",
        En,
        ("Nina Solberg", "nina.solberg"),
        ("Petter Lie", "petter.lie"),
    ),
    customer(
        "Ås Regnskap AS",
        "aas-regnskap.example",
        Public,
        "NO",
        En,
        ("Hanne Ås", "hanne.aas"),
        ("Erik Lund", "erik.lund"),
    ),
    customer(
        "Skog Logistikk SA",
        "skog-logistikk.example",
        Public,
        "SE",
        En,
        ("Ebba Skog", "ebba.skog"),
        ("Nils Åkesson", "nils.akesson"),
    ),
    customer(
        "Αιγαίο Ναυτιλία ΑΕ",
        "aigaio-nautilia.example",
        Public,
        "GR",
        En,
        ("Ελένη Παππά", "eleni.pappa"),
        ("Νίκος Δήμου", "nikos.dimou"),
    ),
    customer(
        "Teatro Municipal",
        "teatro-municipal.example",
        Public,
        "ES",
        En,
        ("Lucía Ortega", "lucia.ortega"),
        ("Mateo Gil", "mateo.gil"),
    ),
    customer(
        "Tidewater Foods LLC",
        "tidewater-foods.example",
        Public,
        "US",
        En,
        ("Grace Turner", "grace.turner"),
        ("Marcus Hill", "marcus.hill"),
    ),
    customer(
        "Isarlicht Medien GmbH",
        "isarlicht-medien.example",
        Public,
        "DE",
        En,
        ("Katharina Vogl", "katharina.vogl"),
        ("Max Huber", "max.huber"),
    ),
];

/// Holds the accounts that belong to no organisation.
pub const PERSONAL: CustomerPlan =
    customer("Personal accounts", "personal.example", Public, "NO", En, ("", ""), ("Robin Falk", "robin.falk"));

/// First and last names the large customer's people are made of.
pub const FIRST: [&str; 8] = ["Anne", "Bjørn", "Camilla", "Didrik", "Emma", "Fredrik", "Guro", "Henrik"];
pub const LAST: [&str; 8] = ["Andersen", "Berg", "Christensen", "Dahl", "Eriksen", "Foss", "Gundersen", "Hansen"];
