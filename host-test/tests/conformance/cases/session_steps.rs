//! The session without I/O: `session-steps` of the component that imports nothing, with a
//! store in memory and a clock that moves when the session waits.

use std::collections::{BTreeMap, HashMap};

use rpa_auth_host::SANS_IO_SESSION_COMPONENT;
use toml::{Table, Value};
use wasmtime::component::{Component, Func, Instance, Linker, Type, Val};
use wasmtime::{Engine, Store};

use super::exports::function;
use super::session_table::{Call, SessionCase};
use super::steps::{ORIGIN, RECEIVED, answer, received};
use super::value::{error, to_data, to_val};

/// More steps than any call takes.
const STEPS: usize = 1_000;

pub struct Door {
    engine: Engine,
    component: Component,
}

impl Door {
    pub fn new() -> Self {
        let engine = Engine::default();
        let component = Component::from_binary(&engine, SANS_IO_SESSION_COMPONENT).unwrap();
        Self { engine, component }
    }

    /// Runs a case, one step after the other.
    pub fn run(&self, case: &SessionCase) -> Result<(), String> {
        let case = case.at(ORIGIN);
        let mut world = World::default();
        let mut programs = BTreeMap::new();
        for (n, name) in case.sessions.keys().enumerate() {
            let mut program = Program::new(self);
            let entropy = u8::try_from(n).unwrap() + 100;
            let opened = program.open(&case, name, entropy)?;
            if case.judge_open(name, opened.as_ref().err())? {
                programs.insert(name.clone(), (program, opened.unwrap()));
            }
        }
        for (n, call) in case.calls.iter().enumerate() {
            let (program, session) = programs.get_mut(&call.by).ok_or("no such session")?;
            let called = program.call(&mut world, call, session);
            let judged = called.and_then(|came| call.judge(came));
            judged.map_err(|what| format!("call {n}, {}: {what}", call.function))?;
        }
        Ok(())
    }
}

/// What the programs of a case share: a store, and a clock.
#[derive(Default)]
struct World {
    entries: HashMap<String, (Value, u64)>,
    monotonic_ms: i64,
}

impl World {
    fn read(&mut self, read: &Table) -> Value {
        let entry = self.entries.get(read["key"].as_str().unwrap());
        let version = entry.map(|(_, version)| version.to_string());
        if version.is_some()
            && read.get("unless-version").and_then(Value::as_str) == version.as_deref()
        {
            // Nobody else writes while this one waits.
            self.monotonic_ms += read["wait-ms"].as_integer().unwrap();
        }
        let entry = entry.map(|(value, version)| {
            Table::from_iter([
                ("value".into(), value.clone()),
                ("version".into(), version.to_string().into()),
                ("age-ms".into(), Value::Integer(0)),
            ])
        });
        event("entry", entry.map(Value::Table))
    }

    fn write(&mut self, write: &Table) -> Value {
        let key = write["key"].as_str().unwrap();
        let version = self.entries.get(key).map(|(_, version)| *version);
        let expected = write.get("expected").and_then(Value::as_str);
        if version.map(|version| version.to_string()).as_deref() != expected {
            return event("written", None);
        }
        let version = version.unwrap_or_default() + 1;
        let entry = (write["value"].clone(), version);
        self.entries.insert(key.to_owned(), entry);
        event("written", Some(version.to_string().into()))
    }
}

/// Returns an event; an option that is none is an empty table's worth of nothing.
fn event(name: &str, payload: Option<Value>) -> Value {
    match payload {
        Some(payload) => Value::Table(Table::from_iter([(name.to_owned(), payload)])),
        None => Value::String(name.to_owned()),
    }
}

/// A component of its own.
struct Program {
    store: Store<()>,
    instance: Instance,
}

impl Program {
    fn new(door: &Door) -> Self {
        let mut store = Store::new(&door.engine, ());
        let instance = Linker::new(&door.engine).instantiate(&mut store, &door.component);
        Self {
            instance: instance.unwrap(),
            store,
        }
    }

    fn function(&mut self, name: &str) -> (Func, Vec<Type>) {
        function(
            &mut self.store,
            &self.instance,
            "rpa:auth/session-steps@0.1.0",
            name,
        )
    }

    fn invoke(&mut self, function: Func, params: &[Val]) -> Result<Val, String> {
        let mut results = [Val::Bool(false)];
        let called = function.call(&mut self.store, params, &mut results);
        called.map_err(|error| format!("it trapped: {error:#}"))?;
        let [result] = results;
        Ok(result)
    }

    fn open(
        &mut self,
        case: &SessionCase,
        name: &str,
        entropy: u8,
    ) -> Result<Result<Val, Value>, String> {
        let session = &case.sessions[name];
        let (open, types) = self.function("[static]session.open");
        let entropy = Value::Array(vec![Value::Integer(entropy.into()); 32]);
        let params = [
            to_val(Some(&Value::Table(session.account.clone())), &types[0])?,
            to_val(Some(&session.options()), &types[1])?,
            to_val(Some(&entropy), &types[2])?,
        ];
        match self.invoke(open, &params)? {
            Val::Result(Ok(Some(session))) => Ok(Ok(*session)),
            Val::Result(Err(Some(error))) => Ok(Err(to_data(&error).unwrap())),
            other => panic!("{other:?}"),
        }
    }

    fn call(&mut self, world: &mut World, call: &Call, session: &Val) -> Result<Table, String> {
        let (begin, _) = self.function(&format!("[method]session.{}", call.function));
        let rejected = call.rejected.iter().cloned().map(Val::String);
        let params: Vec<Val> = [session.clone()].into_iter().chain(rejected).collect();
        let running = self.invoke(begin, &params)?;
        let result = self.steps(world, call, &running);
        let Val::Resource(handle) = running else {
            panic!("{running:?}");
        };
        handle.resource_drop(&mut self.store).unwrap();
        result
    }

    fn steps(&mut self, world: &mut World, call: &Call, running: &Val) -> Result<Table, String> {
        let (on, types) = self.function("[method]running.on");
        let mut exchanges = call.exchanges.iter();
        let mut came = event("begun", None);
        for _ in 0..STEPS {
            let now = Table::from_iter([
                ("monotonic-ms".into(), Value::Integer(world.monotonic_ms)),
                ("unix-seconds".into(), Value::Integer(RECEIVED)),
            ]);
            let params = [
                running.clone(),
                to_val(Some(&came), &types[1])?,
                to_val(Some(&Value::Table(now)), &types[2])?,
            ];
            let Val::Variant(name, payload) = self.invoke(on, &params)? else {
                panic!("a step is a variant");
            };
            let payload = payload.expect("each step says something");
            if name == "done" {
                if exchanges.next().is_some() {
                    return Err("not all requests were sent".into());
                }
                return Ok(done(&payload));
            }
            let step = to_data(&payload).expect("each step says something");
            came = match &*name {
                "read" => world.read(step.as_table().unwrap()),
                "write" => world.write(step.as_table().unwrap()),
                "send" => {
                    let request = received(&step["request"]);
                    let exchange = exchanges
                        .next()
                        .ok_or_else(|| format!("sent {request:?}"))?;
                    exchange.request.judge(&request)?;
                    event("answer", Some(answer(&exchange.answer)))
                }
                "sleep" => {
                    world.monotonic_ms += step.as_integer().unwrap();
                    event("quiet", None)
                }
                other => return Err(format!("{other}, while nothing is under way")),
            };
        }
        Err("it takes no end".into())
    }
}

/// Returns the result of a call.
fn done(result: &Val) -> Table {
    match result {
        Val::Result(Err(failure)) => error(failure.as_deref()),
        Val::Result(Ok(Some(outcome))) => match to_data(outcome) {
            Some(Value::String(name)) => Table::from_iter([(name, Value::Boolean(true))]),
            Some(Value::Table(outcome)) => outcome,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// What no case of the data can say: a store that fails, a request without an answer, a
/// wait for one, and a host that tells what cannot be.
mod tests {
    use super::*;
    use crate::cases::session_table::session_cases;

    /// A session of the first case, and its call for a token.
    struct Telling {
        program: Program,
        running: Val,
        now_ms: i64,
    }

    impl Telling {
        fn new() -> Self {
            let case = session_cases().remove(0).at(ORIGIN);
            let mut program = Program::new(&Door::new());
            let name = case.sessions.keys().next().unwrap();
            let session = program.open(&case, name, 1).unwrap().unwrap();
            let (token, _) = program.function("[method]session.token");
            let running = program.invoke(token, &[session]).unwrap();
            Self {
                program,
                running,
                now_ms: 0,
            }
        }

        /// Tells an event, and returns the step that follows: its name, and what it says.
        fn on(&mut self, told: &str) -> (String, String) {
            let told: Table = toml::from_str(&format!("event = {told}")).unwrap();
            let (on, types) = self.program.function("[method]running.on");
            let now = Table::from_iter([
                ("monotonic-ms".into(), Value::Integer(self.now_ms)),
                ("unix-seconds".into(), Value::Integer(RECEIVED)),
            ]);
            let params = [
                self.running.clone(),
                to_val(told.get("event"), &types[1]).unwrap(),
                to_val(Some(&Value::Table(now)), &types[2]).unwrap(),
            ];
            match self.program.invoke(on, &params).unwrap() {
                Val::Variant(name, says) => (name, format!("{says:?}")),
                other => panic!("{other:?}"),
            }
        }

        /// Tells these, and holds the names of the steps that follow against `steps`.
        #[track_caller]
        fn all<const N: usize>(&mut self, told: [&str; N], steps: [&str; N]) {
            assert_eq!(told.map(|told| self.on(told).0), steps);
        }

        /// Up to its login, which has left.
        fn sent() -> Self {
            let mut telling = Self::new();
            let told = ["\"begun\"", "\"entry\"", WRITTEN, WRITTEN];
            telling.all(told, ["read", "write", "write", "send"]);
            telling
        }
    }

    const WRITTEN: &str = "{ written = \"1\" }";
    const AWAY: &str = "{ store-failed = { unavailable = \"gone\" } }";
    const MISLED: &str = "event: is not what can come of the last step";

    #[test]
    fn a_store_that_is_away_is_asked_again_after_a_pause() {
        let mut telling = Telling::new();
        telling.all(
            ["\"begun\"", AWAY, "\"quiet\"", "\"entry\""],
            ["read", "sleep", "read", "write"],
        );
    }

    #[test]
    fn while_its_request_is_under_way_it_keeps_its_lease_and_then_waits_on() {
        let mut telling = Telling::sent();
        telling.now_ms += 5_000;
        telling.all(["\"quiet\"", WRITTEN], ["write", "await"]);
        let answer = r#"{ answer = { status = 200, body = [123, 34, 116, 111, 107, 101, 110, 34, 58, 34, 120, 34, 125], received-at-seconds = 1700000500 } }"#;
        telling.all([answer, WRITTEN], ["write", "done"]);
    }

    #[test]
    fn a_login_without_an_answer_is_written_down_and_told() {
        let mut telling = Telling::sent();
        let lost = "{ no-answer = { failure = \"timeout\", may-have-acted = true } }";
        telling.all([lost], ["write"]);
        let (name, says) = telling.on(WRITTEN);
        assert_eq!(name, "done");
        assert!(
            says.contains("unreachable") && says.contains("timeout"),
            "{says}"
        );
    }

    #[test]
    fn a_host_that_tells_what_cannot_be_is_told_so_and_never_logs_in_twice() {
        for told in ["\"begun\"", "\"entry\"", WRITTEN, AWAY] {
            let mut telling = Telling::sent();
            for told in [told, "\"quiet\"", "\"begun\"", WRITTEN] {
                let (name, says) = telling.on(told);
                assert!(
                    name == "done" && says.contains(MISLED),
                    "{told}: {name} {says}"
                );
            }
        }
        let mut telling = Telling::new();
        telling.all(["\"begun\""], ["read"]);
        assert!(telling.on("\"quiet\"").1.contains(MISLED));
    }
}
