//! The cases of sessions as data: see `host-test/cases/README.md` for the form.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Table, Value};

use super::table::{Exchange, ORIGIN, named, replace_in};

/// Sessions that share a store, and the calls that they make.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionCase {
    pub name: String,
    #[serde(rename = "session")]
    pub sessions: BTreeMap<String, Session>,
    #[serde(default, rename = "call")]
    pub calls: Vec<Call>,
    pub refused: Option<Refused>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    pub account: Table,
    #[serde(default)]
    options: Table,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    pub by: String,
    pub function: String,
    pub rejected: Option<String>,
    #[serde(default, rename = "exchange")]
    pub exchanges: Vec<Exchange>,
    pub result: Table,
}

/// A session that cannot be opened.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    pub by: String,
    pub error: Value,
}

/// Returns all cases, each with a name of its own.
pub fn session_cases() -> Vec<SessionCase> {
    let cases = named("sessions", |case: &SessionCase| &case.name);
    for case in &cases {
        let does_one = case.calls.is_empty() == case.refused.is_some();
        assert!(does_one, "{}: calls, or an open that is refused", case.name);
    }
    cases
}

impl SessionCase {
    /// Returns the case with the platform at `origin`.
    pub fn at(&self, origin: &str) -> Self {
        let mut case = self.clone();
        for session in case.sessions.values_mut() {
            replace_in(&mut session.account, ORIGIN, origin);
        }
        for call in &mut case.calls {
            replace_in(&mut call.result, ORIGIN, origin);
            for exchange in &mut call.exchanges {
                exchange.answer.put_in(origin);
            }
        }
        case
    }

    /// Holds what came of opening the session `name` against the case. True where it is
    /// open, as it should be.
    pub fn judge_open(&self, name: &str, error: Option<&Value>) -> Result<bool, String> {
        let refused = self.refused.as_ref().filter(|refused| refused.by == name);
        match (refused, error) {
            (None, None) => Ok(true),
            (Some(refused), Some(error)) => is_in(&refused.error, error).map(|()| false),
            (None, Some(error)) => Err(format!("{name} is refused: {error:?}")),
            (Some(_), None) => Err(format!("{name} is opened")),
        }
    }
}

impl Session {
    /// Returns the options, with the keys of this test.
    pub fn options(&self) -> Value {
        let key = |byte: u8| Value::Array(vec![Value::Integer(byte.into()); 32]);
        let mut options = self.options.clone();
        options.insert("place-key".into(), key(1));
        options.insert("former-place-keys".into(), Value::Array(Vec::new()));
        options.insert("sealing-keys".into(), Value::Array(vec![key(2)]));
        options
            .entry("patience-ms")
            .or_insert(Value::Integer(5_000));
        Value::Table(options)
    }
}

impl Call {
    /// Says what differs between what is listed of the result and what came.
    pub fn judge(&self, mut came: Table) -> Result<(), String> {
        let mut wanted = self.result.clone();
        let absent = wanted.remove("absent");
        is_in(&Value::Table(wanted), &Value::Table(came.clone()))?;
        // The record that the names in `absent` are fields of.
        while came.len() == 1
            && let Some(Value::Table(inner)) = came.values().next()
        {
            came = inner.clone();
        }
        let absent = absent.as_ref().and_then(Value::as_array);
        for name in absent.into_iter().flatten() {
            if let Some(value) = came.get(name.as_str().unwrap()) {
                return Err(format!("{name:?} is {value:?}"));
            }
        }
        Ok(())
    }
}

/// Says what of `wanted` is not in `came`.
pub fn is_in(wanted: &Value, came: &Value) -> Result<(), String> {
    match (wanted, came) {
        (Value::Table(wanted), Value::Table(came)) => {
            wanted.iter().try_for_each(|(name, value)| {
                let came = came.get(name);
                let came = came.ok_or_else(|| format!("{name} is none, not {value:?}"))?;
                is_in(value, came).map_err(|what| format!("{name}: {what}"))
            })
        }
        _ if wanted == came => Ok(()),
        _ => Err(format!("\n  wanted {wanted:?}\n  got    {came:?}")),
    }
}
