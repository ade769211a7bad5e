//! A JSON object, read strictly: every field known, given once, of its type,
//! and never null or empty.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

use super::strict::Violation;

/// The fields of an object that nobody has asked for yet.
pub(super) struct Fields(Vec<(String, Value)>);

impl Fields {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Violation> {
        let fields: Self = serde_json::from_slice(body)
            .map_err(|_| Violation::new("a body that is no JSON object"))?;
        for (n, (name, value)) in fields.0.iter().enumerate() {
            if fields.0[..n].iter().any(|(known, _)| known == name) {
                return Err(Violation::new(format!("the field `{name}` is repeated")));
            }
            if value.is_null() {
                return Err(Violation::new(format!("the field `{name}` is null")));
            }
        }
        Ok(fields)
    }

    /// A string that is not empty.
    pub(super) fn string(&mut self, name: &str) -> Result<Option<String>, Violation> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(wrong_type(name, "a string that is not empty")),
        }
    }

    /// A number without sign, fraction or quotes.
    pub(super) fn number(&mut self, name: &str) -> Result<Option<u64>, Violation> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        value
            .as_u64()
            .map(Some)
            .ok_or_else(|| wrong_type(name, "a whole number"))
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, name: &str) -> Result<Option<bool>, Violation> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        value
            .as_bool()
            .map(Some)
            .ok_or_else(|| wrong_type(name, "a boolean"))
    }

    /// A list that is not empty.
    pub(super) fn list(&mut self, name: &str) -> Result<Option<Vec<Value>>, Violation> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Array(items)) if !items.is_empty() => Ok(Some(items)),
            Some(_) => Err(wrong_type(name, "a list that is not empty")),
        }
    }

    /// Refuses what was not asked for.
    pub(super) fn finish(self) -> Result<(), Violation> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(Violation::new(format!("the field `{name}` is unknown"))),
        }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }
}

impl<'de> Deserialize<'de> for Fields {
    /// By hand, because a map type would silently drop a repeated field.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}

fn wrong_type(name: &str, wanted: &str) -> Violation {
    Violation::new(format!("the field `{name}` is not {wanted}"))
}
