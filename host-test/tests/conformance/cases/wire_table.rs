//! The cases of the wire as data: see `host-test/cases/README.md` for the form. What the
//! server alone looks at is not read here.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use simulators::wire::{Place, Seen};
use toml::{Table, Value};

use super::session_table::is_in;
use super::table::{folder, named, replace_in};

/// Calls at a server that does something on the wire, and what they come to.
#[derive(Clone, Deserialize)]
pub struct WireCase {
    pub name: String,
    calls: Vec<Call>,
    seen: Expected,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Call {
    pub function: String,
    #[serde(default)]
    transport: Table,
    password_length: Option<usize>,
    result: Table,
}

/// What a server has seen at the end.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    connections: Option<u64>,
    requests: u64,
}

/// What a host cannot do as the others do.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Host {
    #[serde(default)]
    except: Vec<Exception>,
    #[serde(default)]
    differs: Vec<Difference>,
}

/// Cases that it cannot run.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    why: String,
    cases: Vec<String>,
}

/// Cases where it gives something else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    why: String,
    cases: Vec<String>,
    seen: Option<Expected>,
    results: Option<Vec<Table>>,
}

/// The cases as one host runs them.
pub struct WireCases {
    pub cases: Vec<WireCase>,
    /// How many it cannot run.
    pub excepted: usize,
    /// In how many it gives something else.
    pub differing: usize,
}

impl WireCases {
    /// Returns the cases with what is in the host's file, where it has one.
    pub fn on(host: &str) -> Self {
        let mut cases: BTreeMap<String, WireCase> = named("wire", |case: &WireCase| &case.name)
            .into_iter()
            .map(|case| (case.name.clone(), case))
            .collect();
        let path = folder("hosts").join(format!("{host}.toml"));
        let host: Host = match std::fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).unwrap(),
            Err(_) => Host::default(),
        };
        let mut excepted = 0;
        for exception in &host.except {
            assert!(!exception.why.is_empty());
            for name in &exception.cases {
                let case = cases.remove(name);
                assert!(case.is_some(), "{name}: no case, or excepted twice");
                excepted += 1;
            }
        }
        let mut differing = BTreeSet::new();
        for difference in &host.differs {
            assert!(!difference.why.is_empty());
            for name in &difference.cases {
                assert!(differing.insert(name.clone()), "{name} differs twice");
                let case = cases.get_mut(name);
                let case = case.unwrap_or_else(|| panic!("{name}: there is no such case"));
                case.take(difference);
            }
        }
        Self {
            cases: cases.into_values().collect(),
            excepted,
            differing: differing.len(),
        }
    }
}

impl WireCase {
    /// Puts what a host gives in the place of what the others give.
    fn take(&mut self, difference: &Difference) {
        self.seen = difference.seen.unwrap_or(self.seen);
        let Some(results) = &difference.results else {
            return;
        };
        assert_eq!(results.len(), self.calls.len(), "{}", self.name);
        for (call, result) in self.calls.iter_mut().zip(results) {
            call.result.clone_from(result);
        }
    }

    /// Returns the calls, with the addresses of the case in their results.
    pub fn calls_at(&self, place: &Place) -> Vec<Call> {
        let mut calls = self.calls.clone();
        for call in &mut calls {
            replace_in(&mut call.result, "{origin}", &place.url);
            let other = place.other.as_deref().unwrap_or_default();
            replace_in(&mut call.result, "{other}", other);
        }
        calls
    }

    /// Says what differs between what was to be seen and what the server has seen.
    pub fn judge_seen(&self, seen: Seen) -> Result<(), String> {
        let came = Expected {
            connections: self.seen.connections.map(|_| seen.connections),
            requests: seen.requests,
        };
        if came == self.seen {
            return Ok(());
        }
        Err(format!(
            "{}: the server saw {came:?}, not {:?}",
            self.name, self.seen
        ))
    }
}

impl Call {
    /// Returns the arguments of the call at `url`.
    pub fn arguments(&self, url: &str) -> Table {
        let mut transport = self.transport.clone();
        if url.starts_with("http:") {
            transport.insert("allow-http".into(), true.into());
        }
        let text = |text: &str| Value::from(text);
        let room = Table::from_iter([
            ("url".into(), text(url)),
            ("api".into(), text("v2")),
            ("transport".into(), transport.into()),
        ]);
        let mut arguments = Table::from_iter([("control-room".into(), Value::Table(room))]);
        if self.function == "validate" {
            arguments.insert("token".into(), text("t0k3n"));
            return arguments;
        }
        let password = match self.password_length {
            None => "pa55-w0rd".to_owned(),
            Some(length) => "x".repeat(length),
        };
        let secret = Table::from_iter([("password".into(), Value::String(password))]);
        let credentials = Table::from_iter([
            ("username".into(), text("ada")),
            ("secret".into(), secret.into()),
        ]);
        arguments.insert("credentials".into(), credentials.into());
        arguments
    }

    /// Says what differs between what is listed of the result and what came.
    pub fn judge(&self, came: &Table) -> Result<(), String> {
        let is_in = is_in(&self.result.clone().into(), &came.clone().into());
        is_in.map_err(|what| format!("{what}, in {came:?}"))
    }
}
