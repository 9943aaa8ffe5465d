//! JSON from strangers, read strictly: one object, every member named once at every level, nothing after it.
//!
//! Of two members with one name, one reader takes the first and another the last (RFC 8259 section 4); whoever can make
//! two readers see different claims gets past the one that checks. RFC 7515 section 4 and RFC 7519 section 4 allow to
//! refuse such texts, and we do.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reads one JSON object; `None` when the bytes are anything else, name a member twice at any level, nest more than 128
/// levels deep or go on after it.
pub fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict.deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated names")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number without a value"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(Self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Self)?;
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("a name is repeated"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_read_with_all_kinds_of_values() {
        let text = br#" {"a":null,"b":[true,-1,18446744073709551615,1.5,"x"],"c":{"a":{}},"\u0064":"\ud83d\ude00"} "#;
        let expected =
            json!({"a": null, "b": [true, -1, 18_446_744_073_709_551_615_u64, 1.5, "x"], "c": {"a": {}}, "d": "😀"});
        assert_eq!(object(text).map(Value::Object), Some(expected));
    }

    #[test]
    fn what_two_readers_could_see_differently_is_refused() {
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"a":3}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
            r#"{"a":1}{"a":2}"#,
            r#"{"a":1},"#,
            "{\"a\":1}\0",
            "\u{feff}{\"a\":1}",
            r#"{"a":1,}"#,
            r"{'a':1}",
            r"{a:1}",
            r#"{"a":01}"#,
            r#"{"a":NaN}"#,
            r#"{"a":1e400}"#,
            r#"{"a":"\ud800"}"#,
            "{\"a\":\"\n\"}",
            r#"{"a":1"#,
            "[]",
            "\"a\"",
            "1",
            "null",
            "",
        ] {
            assert_eq!(object(bad.as_bytes()), None, "{bad:?} was read");
        }
        assert_eq!(object(b"{\"a\":\"\xff\"}"), None);
    }

    #[test]
    fn deep_nesting_ends_before_the_stack_does() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(object(nested(100).as_bytes()).is_some());
        assert!(object(nested(100_000).as_bytes()).is_none());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = object(&bytes);
        }

        #[test]
        fn where_no_name_is_repeated_it_reads_like_everybody(text in r#"\{("[ab]":(1|"x"|\{"[ab]":2\}),){0,2}"[ab]":3\}"#) {
            let ordinary: Option<Map<String, Value>> = serde_json::from_str(&text).ok();
            let strict = object(text.as_bytes());
            let repeated = text.matches(':').count() != ordinary.as_ref().map_or(0, count);
            prop_assert_eq!(strict, if repeated { None } else { ordinary });
        }
    }

    fn count(members: &Map<String, Value>) -> usize {
        members.values().map(|value| 1 + value.as_object().map_or(0, count)).sum()
    }
}
