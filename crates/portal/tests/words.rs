//! Words: both languages say the same things, and every message is used.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like the tests themselves")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;

type Messages = BTreeMap<String, BTreeSet<String>>;

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn messages(file: &str) -> Messages {
    let source = fs::read_to_string(here().join("i18n").join(file)).unwrap();
    let resource = parser::parse(source.as_str()).unwrap_or_else(|(_, errors)| panic!("{file}: {errors:?}"));
    let mut messages = Messages::new();
    for entry in &resource.body {
        if let Entry::Message(message) = entry {
            let mut variables = BTreeSet::new();
            variables_of(message.value.as_ref().unwrap(), &mut variables);
            assert!(
                messages.insert(message.id.name.to_owned(), variables).is_none(),
                "{file}: {} twice",
                message.id.name
            );
        }
    }
    messages
}

fn variables_of(pattern: &Pattern<&str>, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            variables_of_expression(expression, found);
        }
    }
}

fn variables_of_expression(expression: &Expression<&str>, found: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(inline) => variables_of_inline(inline, found),
        Expression::Select { selector, variants } => {
            variables_of_inline(selector, found);
            for variant in variants {
                variables_of(&variant.value, found);
            }
        }
    }
}

fn variables_of_inline(inline: &InlineExpression<&str>, found: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            found.insert(id.name.to_owned());
        }
        InlineExpression::FunctionReference { arguments, .. } => {
            for argument in &arguments.positional {
                variables_of_inline(argument, found);
            }
        }
        InlineExpression::Placeable { expression } => variables_of_expression(expression, found),
        _ => {}
    }
}

fn sources(folder: &Path, found: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// Keys stand as literals right after one of these; see the documentation of `i18n`.
fn used_keys() -> BTreeSet<String> {
    let mut all = String::new();
    sources(&here().join("src"), &mut all);
    sources(&here().join("templates"), &mut all);
    let mut keys = BTreeSet::new();
    for call in [".t(", ".t_with(", ".rich(", "key!("] {
        for rest in all.split(call).skip(1) {
            if let Some((key, _)) = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"')) {
                keys.insert(key.to_owned());
            }
        }
    }
    // The documentation shows the form of a key with these.
    for example in ["..", "key"] {
        keys.remove(example);
    }
    keys
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_variables() {
    assert_eq!(messages("en.ftl"), messages("zh-CN.ftl"));
}

#[test]
fn every_used_key_exists_and_every_message_is_used() {
    let known: BTreeSet<String> = messages("en.ftl").into_keys().collect();
    let used = used_keys();
    let missing: Vec<_> = used.difference(&known).collect();
    let unused: Vec<_> = known.difference(&used).collect();
    assert!(missing.is_empty(), "used but not in i18n/*.ftl: {missing:?}");
    assert!(unused.is_empty(), "in i18n/*.ftl but not used: {unused:?}");
    assert!(used.len() > 40, "the scan found only {used:?}");
}

#[test]
fn english_follows_the_house_rules() {
    for line in fs::read_to_string(here().join("i18n/en.ftl")).unwrap().lines().filter(|line| !line.starts_with('#')) {
        assert!(!line.contains('!') && !line.to_lowercase().contains("email"), "{line}");
    }
}
