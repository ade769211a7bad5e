//! The cases as data: see `host-test/cases/README.md` for the form.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// What stands in the data for the platform's scheme, host and port.
pub const ORIGIN: &str = "{origin}";

#[derive(Deserialize)]
struct File<T> {
    case: Vec<T>,
}

/// A call, what it sends, what it is answered, and what comes of it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    pub call: String,
    pub arguments: Table,
    #[serde(default, rename = "exchange")]
    pub exchanges: Vec<Exchange>,
    pub result: Table,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    pub request: Request,
    pub answer: Answer,
}

/// A request that must arrive.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub method: String,
    pub path: String,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    json: Option<String>,
    form: Option<String>,
}

/// An answer.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Answer {
    pub status: u16,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    body: Option<String>,
    body_length: Option<usize>,
    body_filler: Option<String>,
}

/// A request as it came.
#[derive(Debug)]
pub struct Received {
    pub method: String,
    pub path: String,
    /// The names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Returns all cases, each with a name of its own.
pub fn cases() -> Vec<Case> {
    named("flows", |case: &Case| &case.name)
}

/// Returns where the cases of this name are.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("cases")
        .join(name)
}

/// Returns all cases of a folder, and sees that each has a name of its own.
pub fn named<T: DeserializeOwned>(folder: &str, name: fn(&T) -> &str) -> Vec<T> {
    let files = std::fs::read_dir(self::folder(folder)).expect("the folder of the cases is there");
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    // Beside the cases of the wire lies what single hosts cannot do.
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let file: File<T> = toml::from_str(&text).unwrap_or_else(|error| {
            panic!("{}: {error}", path.display());
        });
        cases.extend(file.case);
    }
    let names: BTreeSet<&str> = cases.iter().map(name).collect();
    assert_eq!(names.len(), cases.len(), "a name stands twice");
    cases
}

impl Case {
    /// Returns the case with the platform at `origin`.
    pub fn at(&self, origin: &str) -> Self {
        let mut case = self.clone();
        replace_in(&mut case.arguments, ORIGIN, origin);
        replace_in(&mut case.result, ORIGIN, origin);
        for exchange in &mut case.exchanges {
            exchange.answer.put_in(origin);
        }
        case
    }

    /// Says what differs between the result that it should have and `result`, which was
    /// made at `received`, in Unix seconds.
    pub fn judge(
        &self,
        mut result: Table,
        received: std::ops::RangeInclusive<i64>,
    ) -> Result<(), String> {
        if let Some(Value::Table(token)) = result.get_mut("token") {
            let expires = token.remove("expires-at-seconds");
            let expires = expires
                .and_then(|expires| expires.as_integer())
                .unwrap_or(-1);
            let lifetime = token.get("lifetime-seconds").and_then(Value::as_integer);
            let from = expires - lifetime.unwrap_or_default();
            if !received.contains(&from) {
                return Err(format!("it expires at {expires}"));
            }
        }
        if result == self.result {
            return Ok(());
        }
        Err(format!("\n  wanted {:?}\n  got    {result:?}", self.result))
    }
}

impl Request {
    /// Says what differs between this and what came.
    pub fn judge(&self, received: &Received) -> Result<(), String> {
        let came = (&*received.method, &*received.path);
        if came != (&*self.method, &*self.path) {
            return Err(format!(
                "{came:?} was sent for {} {}",
                self.method, self.path
            ));
        }
        for (name, value) in &self.headers {
            let values: Vec<&str> = received
                .headers
                .iter()
                .filter(|header| header.0 == *name)
                .map(|header| &*header.1)
                .collect();
            if values != [value] {
                return Err(format!("{name} is {values:?}, not {value}"));
            }
        }
        let body = String::from_utf8_lossy(&received.body);
        let is_right = match (&self.json, &self.form) {
            (Some(json), None) => {
                let wanted: serde_json::Value = serde_json::from_str(json).unwrap();
                serde_json::from_str(&body).is_ok_and(|came: serde_json::Value| came == wanted)
            }
            (None, Some(form)) => body == *form,
            (None, None) => body.is_empty(),
            (Some(_), Some(_)) => panic!("json and form in {}", self.path),
        };
        if is_right {
            return Ok(());
        }
        Err(format!("the body is {body}"))
    }
}

impl Answer {
    /// Puts the platform at `origin`.
    pub fn put_in(&mut self, origin: &str) {
        for value in self.headers.values_mut() {
            replace(value, ORIGIN, origin);
        }
        self.body = self.body.take().map(|body| body.replace(ORIGIN, origin));
    }

    /// Returns the headers, one line each.
    pub fn headers(&self) -> Vec<(&str, &str)> {
        let mut lines = Vec::new();
        for (name, value) in &self.headers {
            let values = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            for value in values {
                lines.push((&**name, value.as_str().expect("a header is text")));
            }
        }
        lines
    }

    /// Returns the body.
    pub fn body(&self) -> Vec<u8> {
        match (&self.body, self.body_length, &self.body_filler) {
            (Some(body), None, None) => body.clone().into_bytes(),
            (None, Some(length), Some(filler)) => filler.repeat(length).into_bytes(),
            (None, None, None) => Vec::new(),
            _ => panic!("a body is text, or a length with a filler"),
        }
    }
}

/// Puts `value` into every text of a table where `name` stands.
pub fn replace_in(table: &mut Table, name: &str, value: &str) {
    for (_, field) in table.iter_mut() {
        replace(field, name, value);
    }
}

fn replace(field: &mut Value, name: &str, value: &str) {
    match field {
        Value::String(text) => *text = text.replace(name, value),
        Value::Array(fields) => fields
            .iter_mut()
            .for_each(|field| replace(field, name, value)),
        Value::Table(table) => replace_in(table, name, value),
        _ => {}
    }
}
