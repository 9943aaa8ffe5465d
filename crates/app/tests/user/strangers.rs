//! What signing in tells a stranger about who is there: nothing, not by what it costs either.

use std::time::{Duration, Instant};

use entente_app::sign_in::{self, Audience};
use entente_app::{Ctx, Error, people, tenant};
use entente_domain::cloud::Cloud;
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::language::Language;
use entente_domain::tenant::PartnerKind;
use entente_testkit::TestApp;

/// Tries of each name, of which the one in the middle counts.
const TRIES: usize = 15;

#[test]
fn a_name_costs_the_same_work_whether_anybody_has_it_or_not() {
    let (store, _folder) = entente_testkit::sqlite();
    let test = TestApp::with_real_passwords(&store);
    let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
    let maya = test.person(&partner.tenant, "Maya", &[PartnerRole::GlobalAdmin], false);
    let tom = test.person(&partner.tenant, "Tom", &[PartnerRole::SalesAgent], false);
    people::set_enabled(&test.app, &maya, tom.person.unwrap(), false).unwrap();
    let customer = test.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
    test.person(&customer, "Ingrid", &[], true);
    let upn = "kim@brightwater.no";
    let without_password = Person {
        id: test.app.new_id(),
        tenant: partner.tenant.id,
        upn: upn.parse().unwrap(),
        name: "Kim".parse().unwrap(),
        mail: upn.parse().unwrap(),
        language: None,
        enabled: true,
        partner_roles: vec![PartnerRole::SalesAgent],
        directory_roles: Vec::new(),
    };
    tenant::add_person(&test.app, &Ctx::operator(), without_password, None).unwrap();
    let names = [
        ("somebody's", "maya@brightwater.no"),
        ("nobody's", "nora@brightwater.no"),
        ("nobody's anywhere", "nora@nowhere.example"),
        ("of somebody who is blocked", "tom@brightwater.no"),
        ("of somebody of another portal", "ingrid@fjordline.no"),
        ("of somebody without a password", upn),
        ("no name at all", "nora"),
    ];
    let mut took = vec![Vec::new(); names.len()];
    for _ in 0..TRIES {
        for (at, (what, name)) in names.iter().enumerate() {
            let visitor = Ctx::anonymous(None, Language::En);
            let begun = Instant::now();
            let answer = sign_in::start(&test.app, &visitor, Audience::Partner, name, "not the password");
            took[at].push(begun.elapsed());
            assert!(matches!(answer, Err(Error::WrongCredentials)), "{what}");
        }
        test.clock.advance_seconds(15 * 60);
    }
    let medians: Vec<Duration> = took
        .into_iter()
        .map(|mut all| {
            all.sort_unstable();
            all[TRIES / 2]
        })
        .collect();
    for ((what, _), median) in names.iter().zip(&medians) {
        let alike = medians[0] < *median * 2 && *median < medians[0] * 2;
        assert!(alike, "{what}: {median:?}, where somebody's takes {:?}", medians[0]);
    }
}
