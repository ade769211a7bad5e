//! The door without I/O: `flow-steps` of the component that imports nothing.

use rpa_auth_host::SANS_IO_COMPONENT;
use toml::{Table, Value};
use wasmtime::component::{Component, Instance, Linker, Val};
use wasmtime::{Engine, Store};

use super::exports::function;
use super::table::{Answer, Case, Received};
use super::value::{error, to_data, to_val};

/// Where the platform is said to be. Nobody asks it anything.
pub const ORIGIN: &str = "http://platform.example:8080";

/// When every answer comes, in Unix seconds.
pub const RECEIVED: i64 = 1_700_000_500;

/// The longest body that a host passes on, in bytes.
const LONGEST: usize = 256 * 1024;

pub struct Door {
    engine: Engine,
    component: Component,
}

impl Door {
    pub fn new() -> Self {
        let engine = Engine::default();
        let component = Component::from_binary(&engine, SANS_IO_COMPONENT).unwrap();
        Self { engine, component }
    }

    /// Runs a case, one step after the other.
    pub fn run(&self, case: &Case) -> Result<(), String> {
        let case = case.at(ORIGIN);
        let mut store = Store::new(&self.engine, ());
        let linker = Linker::new(&self.engine);
        let instance = linker.instantiate(&mut store, &self.component).unwrap();
        let mut answers = Vec::new();
        loop {
            let step = next(&mut store, &instance, &case, &answers)?;
            let result = match step {
                Val::Result(Err(no_step)) => error(no_step.as_deref()),
                Val::Result(Ok(Some(step))) => match *step {
                    Val::Variant(name, Some(outcome)) if name == "done" => done(&outcome),
                    Val::Variant(name, Some(request)) if name == "send" => {
                        let exchange = case.exchanges.get(answers.len());
                        let request = received(&to_data(&request).unwrap());
                        let exchange = exchange.ok_or_else(|| format!("sent {request:?}"))?;
                        exchange.request.judge(&request)?;
                        answers.push(answer(&exchange.answer));
                        continue;
                    }
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            };
            if answers.len() != case.exchanges.len() {
                return Err(format!(
                    "{} requests were sent, then {result:?}",
                    answers.len()
                ));
            }
            return case.judge(result, RECEIVED..=RECEIVED);
        }
    }
}

fn next(
    store: &mut Store<()>,
    instance: &Instance,
    case: &Case,
    answers: &[Value],
) -> Result<Val, String> {
    let (next, types) = function(store, instance, "rpa:auth/flow-steps@0.1.0", "next");
    let [call, list] = &types[..] else {
        panic!("{types:?}");
    };
    let call = to_val(Some(&call_of(case)), call)?;
    let answers = to_val(Some(&answers.to_vec().into()), list)?;
    let mut results = [Val::Bool(false)];
    let called = next.call(&mut *store, &[call, answers], &mut results);
    called.map_err(|error| format!("it trapped: {error:#}"))?;
    let [step] = results;
    Ok(step)
}

/// Returns the case's call as `flow-steps` takes it.
fn call_of(case: &Case) -> Value {
    let names = match &*case.call {
        "authenticate" => ["control-room", "credentials"],
        "validate" | "refresh" | "logout" => ["control-room", "token"],
        "ropc-authenticate" => ["orchestrator", "credentials"],
        "client-credentials-authenticate" => ["identity-server", "credentials"],
        "current-user" => ["orchestrator", "token"],
        other => panic!("{}: there is no call {other}", case.name),
    };
    let arguments = names.map(|name| {
        let argument = case.arguments.get(name);
        let argument = argument.unwrap_or_else(|| panic!("{}: no {name}", case.name));
        argument.clone()
    });
    assert_eq!(case.arguments.len(), 2, "{}", case.name);
    let arguments = Value::Array(arguments.to_vec());
    Value::Table(Table::from_iter([(case.call.clone(), arguments)]))
}

/// Returns the result of a call that went well.
fn done(outcome: &Val) -> Table {
    match to_data(outcome) {
        Some(Value::String(name)) => Table::from_iter([(name, Value::Boolean(true))]),
        Some(Value::Table(outcome)) => {
            let outcome = outcome.into_iter().map(|(name, value)| match &*name {
                "validated" => ("valid".to_owned(), value),
                _ => (name, value),
            });
            outcome.collect()
        }
        other => panic!("{other:?}"),
    }
}

/// Returns a request as it was to be sent.
pub fn received(request: &Value) -> Received {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let url = text(&request["url"]);
    let path = url.strip_prefix(ORIGIN).expect("it goes to the platform");
    let headers = request["headers"].as_array().unwrap().iter();
    let bytes = request["body"].as_array().unwrap().iter();
    Received {
        method: text(&request["method"]).to_uppercase(),
        path: path.to_owned(),
        headers: headers
            .map(|header| (text(&header["name"]).to_lowercase(), text(&header["value"])))
            .collect(),
        body: bytes
            .map(|byte| u8::try_from(byte.as_integer().unwrap()).unwrap())
            .collect(),
    }
}

/// Returns an answer as a host passes it on.
pub fn answer(answer: &Answer) -> Value {
    let mut passed = Table::new();
    passed.insert("status".into(), i64::from(answer.status).into());
    passed.insert("received-at-seconds".into(), RECEIVED.into());
    for name in [
        "content-type",
        "retry-after",
        "date",
        "location",
        "www-authenticate",
    ] {
        let headers = answer.headers();
        let lines = headers.iter().filter(|header| header.0 == name);
        let lines: Vec<&str> = lines.map(|header| header.1).collect();
        let value = match name {
            // A list, in one line or in several (RFC 9110, section 5.3).
            "www-authenticate" => lines.join(","),
            _ => lines.first().copied().unwrap_or_default().to_owned(),
        };
        if !lines.is_empty() {
            passed.insert(name.into(), value.into());
        }
    }
    let body = answer.body();
    if body.len() <= LONGEST {
        let bytes = body.into_iter().map(|byte| Value::Integer(byte.into()));
        passed.insert("body".into(), Value::Array(bytes.collect()));
    }
    Value::Table(passed)
}
