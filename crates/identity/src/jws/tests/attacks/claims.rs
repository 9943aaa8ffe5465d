//! Attacks on what a token says: its type, its times, its names.

use super::*;

#[test]
fn typ_missing_or_jwt_where_at_jwt_is_due() {
    let key = key();
    let refused = [
        json!(null),
        json!("JWT"),
        json!("jwt"),
        json!("logout+jwt"),
        json!("secevent+jwt"),
        json!("application/JWT"),
        json!("application/application/at+jwt"),
        json!("text/at+jwt"),
        json!("/at+jwt"),
        json!("at+jwt "),
        json!("at jwt"),
        json!(""),
        json!("application/"),
    ];
    for typ in refused {
        let signed = with(&key, &json!({"typ": typ}), &json!({}));
        assert_eq!(presented(&signed, &key.verifying()), Err(Token(Type)), "{typ}");
    }
    for typ in [json!(7), json!(["at+jwt"])] {
        let signed = with(&key, &json!({"typ": typ}), &json!({}));
        assert_eq!(presented(&signed, &key.verifying()), Err(Token(Malformed)), "{typ}");
    }
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        assert_eq!(presented(&with(&key, &json!({"typ": typ}), &json!({})), &key.verifying()), Ok(()), "{typ}");
    }
    // Where none is due, that is said; a token of another kind of ours still does not pass.
    let any = Types::OneOfOrNone(&["JWT"]);
    for (typ, outcome) in [(json!(null), Ok(())), (json!("JWT"), Ok(())), (json!("at+jwt"), Err(Type))] {
        let signed = with(&key, &json!({"typ": typ}), &json!({}));
        assert_eq!(verify(&signed, &key.verifying(), any).map(|_| ()), outcome, "{typ}");
    }
}

#[test]
fn exp_as_text_1e308_or_negative() {
    let key = key();
    let later = NOW.seconds() + 300;
    let spelled = |exp: &str| spelled(&key, &header(&key, &json!({})), &format!(r#"{{"sub":"maya","exp":{exp}}}"#));
    let numbers = [
        format!("\"{later}\""),
        "1e308".into(),
        "1e12".into(),
        "-1".into(),
        "-1e10".into(),
        "-0.5".into(),
        format!("-{later}"),
        "253402300800".into(),
        "253402300800.0".into(),
        "9223372036854775807".into(),
        "18446744073709551615".into(),
        "99999999999999999999".into(),
        "true".into(),
        "null".into(),
        format!("[{later}]"),
    ];
    for exp in numbers {
        assert_eq!(presented(&spelled(&exp), &key.verifying()), Err(Time(TimeError::Malformed)), "{exp}");
    }
    // These are no JSON.
    for exp in ["1e309", "Infinity", "NaN", "0x7fffffff", "+1", "01795424700"] {
        assert_eq!(presented(&spelled(exp), &key.verifying()), Err(Token(Malformed)), "{exp}");
    }
    let missing = with(&key, &json!({}), &json!({"exp": null}));
    assert_eq!(presented(&missing, &key.verifying()), Err(Time(TimeError::Malformed)));
    assert_eq!(presented(&spelled(&later.to_string()), &key.verifying()), Ok(()));
    // Fractions are allowed by the standard and sent by existing tools.
    for exp in [format!("{later}.5"), format!("{later}e0"), "253402300799".into(), "253402300799.9".into()] {
        assert_eq!(presented(&spelled(&exp), &key.verifying()), Ok(()), "{exp}");
    }
    let over = NOW.seconds() - SKEW_SECONDS;
    for exp in [format!("{over}.9"), "0".into(), "-0.0".into(), "1e-9".into()] {
        assert_eq!(presented(&spelled(&exp), &key.verifying()), Err(Time(TimeError::Expired)), "{exp}");
    }
}

#[test]
fn exp_over_and_nbf_or_iat_61_s_ahead_with_60_s_skew() {
    let key = key();
    let now = NOW.seconds();
    let cases = [
        (json!({"nbf": now + 60}), Ok(())),
        (json!({"nbf": now + 61}), Err(Time(TimeError::NotYet))),
        (json!({"iat": now + 60}), Ok(())),
        (json!({"iat": now + 61}), Err(Time(TimeError::NotYet))),
        (json!({"exp": now - 59}), Ok(())),
        (json!({"exp": now - 60}), Err(Time(TimeError::Expired))),
        (json!({"nbf": "0"}), Err(Time(TimeError::Malformed))),
        (json!({"iat": -1}), Err(Time(TimeError::Malformed))),
        (json!({"nbf": 1e13}), Err(Time(TimeError::Malformed))),
    ];
    for (changes, outcome) in cases {
        assert_eq!(presented(&with(&key, &json!({}), &changes), &key.verifying()), outcome, "{changes}");
    }
}

#[test]
fn duplicate_claim_names() {
    let key = key();
    let later = NOW.seconds() + 300;
    let good = header(&key, &json!({}));
    for payload in [
        format!(r#"{{"sub":"maya","exp":{later},"sub":"root"}}"#),
        format!(r#"{{"exp":1,"exp":{later}}}"#),
        format!(r#"{{"sub":"maya","exp":{later},"\u0073ub":"root"}}"#),
        format!(r#"{{"exp":{later},"act":{{"sub":"maya","sub":"root"}}}}"#),
        format!(r#"{{"exp":{later},"list":[{{"a":1,"a":2}}]}}"#),
    ] {
        assert_eq!(presented(&spelled(&key, &good, &payload), &key.verifying()), Err(Token(Malformed)), "{payload}");
    }
    let neighbour = format!(r#"{{"sub":"maya","exp":{later},"act":{{"sub":"root"}},"list":[{{"a":1}},{{"a":2}}]}}"#);
    assert_eq!(presented(&spelled(&key, &good, &neighbour), &key.verifying()), Ok(()));
    for name in ["alg", "kid", "typ", "\\u0061lg"] {
        let twice = format!("{},\"{name}\":\"ES256\"}}", good.strip_suffix('}').unwrap());
        let signed = spelled(&key, &twice, &claims(&json!({})));
        assert_eq!(presented(&signed, &key.verifying()), Err(Token(Malformed)), "{twice}");
    }
}
