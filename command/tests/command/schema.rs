//! What `--json` prints is as its schema says. Every test that reads an object
//! holds it against the schema; here the schema itself is tested.

use boon::{Compiler, Schemas};
use serde_json::{Value, json};

use crate::documents::has_row;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/output.json");

/// Fails where `object` is not as the schema says, or holds a kind of error with an exit
/// code that the documents have no row for.
pub fn hold(object: &Value) {
    if let Err(why) = check(object) {
        panic!("{object:#}\n{why}");
    }
    if let Some(kind) = object.pointer("/error/kind").and_then(Value::as_str) {
        let code = object["exit_code"].to_string();
        assert!(has_row(kind, &code), "{kind} {code} has no row");
    }
}

fn check(object: &Value) -> Result<(), String> {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let schema = compiler.compile(FILE, &mut schemas).unwrap();
    schemas
        .validate(object, schema)
        .map_err(|error| error.to_string())
}

#[test]
fn an_object_with_another_name_or_without_a_field_is_refused() {
    let good = json!({ "error": { "kind": "unreachable", "function": "validate", "text": "t",
        "advice": "a", "failure": "dns", "may_have_acted": false }, "exit_code": 30 });
    hold(&good);
    for (path, name) in [("/error", "may_have_acted"), ("", "exit_code")] {
        let mut lacking = good.clone();
        let object = lacking.pointer_mut(path).unwrap().as_object_mut().unwrap();
        let value = object.remove(name).unwrap();
        let with_hyphens = name.replace('_', "-");
        check(&lacking).unwrap_err();
        let object = lacking.pointer_mut(path).unwrap().as_object_mut().unwrap();
        object.insert(with_hyphens, value);
        check(&lacking).unwrap_err();
    }
    let mut more = good;
    more["error"]["may-have-acted"] = json!(true);
    check(&more).unwrap_err();
}

#[test]
fn a_kind_that_a_later_version_has_is_a_refusal_with_all_its_fields() {
    let later = json!({ "error": { "kind": "quota-exceeded", "function": "validate", "text": "t",
        "advice": "a", "status": 402, "code": null, "message": null }, "exit_code": 17 });
    check(&later).unwrap();
    for name in ["function", "advice", "status", "code", "message"] {
        let mut lacking = later.clone();
        lacking["error"].as_object_mut().unwrap().remove(name);
        check(&lacking).unwrap_err();
    }
    let mut shouted = later;
    shouted["error"]["kind"] = json!("QuotaExceeded");
    check(&shouted).unwrap_err();
}

#[test]
fn every_name_is_in_snake_case() {
    fn names(value: &Value, found: &mut Vec<String>) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            found.extend(properties.keys().cloned());
        }
        let inner: Box<dyn Iterator<Item = &Value>> = match value {
            Value::Object(map) => Box::new(map.values()),
            Value::Array(list) => Box::new(list.iter()),
            _ => Box::new(std::iter::empty()),
        };
        for value in inner {
            names(value, found);
        }
    }

    let schema: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    let mut found = Vec::new();
    names(&schema, &mut found);
    assert!(found.len() > 40, "{found:?}");
    for name in found {
        let is_snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(name.chars().all(is_snake), "{name}");
    }
}
