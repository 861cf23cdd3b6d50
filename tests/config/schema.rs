//! The schemas accept the shipped examples, and refuse what editors should underline.

use portcullis::config::schema;
use serde_json::{Value, json};
use toml_spanner::{Arena, Item, Value as Toml};

/// TOML as JSON, as editors see it.
fn json_of(item: &Item<'_>) -> Value {
    match item.value() {
        Toml::String(text) => json!(text),
        Toml::Integer(_) => json!(item.as_i64().unwrap()),
        Toml::Float(number) => json!(number),
        Toml::Boolean(flag) => json!(flag),
        Toml::DateTime(_) => json!("a time"),
        Toml::Array(array) => array.iter().map(json_of).collect(),
        Toml::Table(table) => {
            table.into_iter().map(|(key, item)| (key.name.to_owned(), json_of(item))).collect::<serde_json::Map<_, _>>().into()
        }
    }
}

fn parsed(text: &str) -> Value {
    let arena = Arena::new();
    let document = toml_spanner::parse(text, &arena).unwrap();
    json_of(document.table().as_item())
}

/// The part of JSON Schema that the schemas use.
fn valid(value: &Value, schema: &Value) -> bool {
    let kind = match value {
        Value::String(_) => "string",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::Bool(_) => "boolean",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Null => "null",
    };
    let typed = match &schema["type"] {
        Value::Null => true,
        Value::Array(kinds) => kinds.contains(&json!(kind)),
        one => one == kind,
    };
    let listed = schema["enum"].as_array().is_none_or(|words| words.contains(value));
    let any = schema["anyOf"].as_array().is_none_or(|schemas| schemas.iter().any(|schema| valid(value, schema)));
    let items = value.as_array().is_none_or(|items| items.iter().all(|item| valid(item, &schema["items"])));
    let required =
        schema["required"].as_array().is_none_or(|keys| keys.iter().all(|key| value.get(key.as_str().unwrap()).is_some()));
    let members = value.as_object().is_none_or(|members| {
        members.iter().all(|(key, value)| match schema["properties"].get(key) {
            Some(schema) => valid(value, schema),
            None => schema["additionalProperties"] != json!(false) && valid(value, &schema["additionalProperties"]),
        })
    });
    typed && listed && any && items && required && members
}

#[test]
fn the_shipped_examples_are_valid() {
    assert!(valid(&parsed(include_str!("../../config/portcullis.toml")), &schema::process()));
    assert!(valid(&parsed(include_str!("../../config/contests/leader-2026.toml")), &schema::contest()));
    assert!(valid(&parsed(include_str!("../../config/contests/youth-committee-2026.toml")), &schema::contest()));
}

#[test]
fn what_check_refuses_at_once_is_not_valid() {
    let process = include_str!("../../config/portcullis.toml");
    let cases = [
        ("address = \"127.0.0.1:8443\"", "adress = \"127.0.0.1:8443\""),
        ("kind = \"sqlite\"", "kind = \"mysql\""),
        ("requests_max     = 1024", "requests_max     = \"1024\""),
    ];
    for (part, replacement) in cases {
        assert!(process.contains(part), "{part}");
        assert!(!valid(&parsed(&process.replace(part, replacement)), &schema::process()), "{replacement}");
    }
    let contest = include_str!("../../config/contests/leader-2026.toml");
    let cases = [
        ("keep = \"email\"", "keep = \"e-mail\""),
        ("generalise = \"outcode\"", "generalize = \"outcode\""),
        ("op = \"after\"", "op = \"later\""),
        ("\"tokenise\"", "\"tokenize\""),
        ("religious-or-philosophical-belief", "faith"),
        ("title      = ", "titel      = "),
    ];
    for (part, replacement) in cases {
        assert!(contest.contains(part), "{part}");
        assert!(!valid(&parsed(&contest.replace(part, replacement)), &schema::contest()), "{replacement}");
    }
}

#[test]
fn every_key_is_described() {
    fn walk(schema: &Value, keys: &mut u32) {
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            *keys += 1;
            assert!(property["description"].as_str().is_some_and(|text| !text.is_empty()), "{key}");
            walk(property, keys);
        }
        for part in ["items", "additionalProperties"] {
            schema.get(part).into_iter().for_each(|part| walk(part, keys));
        }
        schema["anyOf"].as_array().into_iter().flatten().for_each(|part| walk(part, keys));
    }
    let mut keys = 0;
    walk(&schema::process(), &mut keys);
    walk(&schema::contest(), &mut keys);
    assert!(keys > 120, "{keys}");
}
