//! How well somebody proved who they are, and what that is enough for.

use entente_domain::assurance::{self, Method, Proof};
use entente_domain::factor;
use entente_domain::policy::{self, Action};
use entente_domain::time::Timestamp;

use crate::{NOW, reviewed, row};

/// Every way to have proved who one is, from nothing to too much.
fn proofs(at: Timestamp) -> Vec<Proof> {
    use Method::{Federated, FederatedStrong, OneTimeCode, Passkey, Password, RecoveryCode};
    [
        vec![],
        vec![OneTimeCode],
        vec![Password],
        vec![Password, OneTimeCode],
        vec![Password, RecoveryCode],
        vec![Password, Passkey],
        vec![Passkey],
        vec![Federated],
        vec![Federated, OneTimeCode],
        vec![FederatedStrong],
    ]
    .map(|methods| Proof::new(at, methods))
    .to_vec()
}

fn shown(proof: &Proof) -> String {
    if proof.methods().is_empty() { "(nothing)".to_owned() } else { proof.code() }
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "-" }
}

#[test]
fn what_a_sign_in_still_needs() {
    let mut rows = vec![row!["methods", "has a second factor", "required", "password of another", "next"]];
    for proof in proofs(NOW) {
        for has in [false, true] {
            for required in [false, true] {
                for set in [false, true] {
                    let next = assurance::next(&proof, has, required, set);
                    rows.push(row![shown(&proof), yes(has), yes(required), yes(set), next.code()]);
                }
            }
        }
    }
    let about = "What a sign-in still needs after these methods. A session begins at `done` and not before.";
    reviewed::compare("assurance-next.txt", &reviewed::columns(about, &rows));
}

#[test]
fn what_needs_a_confirmation() {
    let mut rows = vec![row!["action", "methods", "age", "has a second factor", "answer"]];
    for action in Action::ALL {
        if !policy::needs_fresh_proof(*action) {
            let old = Proof::new(NOW.plus_days(-1), vec![]);
            assert_eq!(assurance::check(*action, &old, true, NOW), Ok(()));
            rows.push(row![action.code(), "(any)", "(any)", "(any)", "yes"]);
            continue;
        }
        for age in [0, 600, 601] {
            for proof in proofs(NOW.plus_seconds(-age)) {
                for has in [false, true] {
                    let answer =
                        assurance::check(*action, &proof, has, NOW).map_or_else(assurance::StepUp::code, |()| "yes");
                    rows.push(row![action.code(), shown(&proof), format!("{age} s"), yes(has), answer]);
                }
            }
        }
    }
    let about = "Which proof is good enough for which action. A microsecond past ten minutes is too old.";
    reviewed::compare("assurance-step-up.txt", &reviewed::columns(about, &rows));
    let just_over = Proof::new(Timestamp::from_micros(NOW.plus_seconds(-600).micros() - 1), vec![Method::Passkey]);
    assert_eq!(assurance::check(Action::ExportCustomers, &just_over, false, NOW), Err(assurance::StepUp::NotFresh));
}

#[test]
fn what_may_be_done_with_factors() {
    use factor::{Action as Step, Kind};
    let steps = [
        ("add totp", Step::Add(Kind::OneTimeCode)),
        ("add passkey", Step::Add(Kind::Passkey)),
        ("remove totp", Step::Remove(Kind::OneTimeCode)),
        ("remove passkey", Step::Remove(Kind::Passkey)),
        ("make codes", Step::MakeCodes),
        ("require", Step::Require),
    ];
    let mut rows = vec![row!["totp", "passkeys", "required", "action", "answer"]];
    for one_time_codes in [false, true] {
        for passkeys in [0, 1, 2, factor::MAX_PASSKEYS] {
            for required in [false, true] {
                for (name, step) in steps {
                    let enrolled = factor::Enrolled { one_time_codes, passkeys };
                    let answer =
                        factor::check(enrolled, required, step).map_or_else(|it| it.because.code(), |()| "yes");
                    rows.push(row![yes(one_time_codes), passkeys.to_string(), yes(required), name, answer]);
                }
            }
        }
    }
    let about = "What a person may do with their second factors, in an organisation that requires one or not.";
    reviewed::compare("factor-rules.txt", &reviewed::columns(about, &rows));
}
