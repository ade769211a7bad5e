//! The session over `wasi:http`: the component that shares sessions, in a host that is
//! wasmtime's own, with a store in memory.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use rpa_auth_host::SESSION_COMPONENT;
use tokio::net::TcpListener;
use toml::{Table, Value};
use wasmtime::component::{Component, Func, Instance, Linker, Type, Val};
use wasmtime::{Engine, Store};

use super::exports::function;
use super::over_http::Platform;
use super::session_table::{Call, SessionCase};
use super::value::{error, to_data, to_val};
use crate::session_store;
use crate::stock::{self, Own, State};

pub struct Door {
    engine: Engine,
    component: Component,
}

impl Door {
    pub fn new() -> Self {
        let engine = Engine::default();
        let component = Component::from_binary(&engine, SESSION_COMPONENT).unwrap();
        Self { engine, component }
    }

    /// Runs a case against a platform that answers as it says.
    pub async fn run(&self, case: &SessionCase) -> Result<(), String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let case = case.at(&format!("http://{}", listener.local_addr().unwrap()));
        let exchanges = case.calls.iter().flat_map(|call| &call.exchanges);
        let platform = Platform::start(listener, exchanges.cloned().collect());
        // One store for all programs of the case.
        let mut linker = stock::linker(&self.engine);
        session_store::add_to_linker(&mut linker);
        let mut programs = BTreeMap::new();
        for name in case.sessions.keys() {
            let mut program = Program::new(self, &linker).await;
            let opened = program.open(&case, name).await?;
            if case.judge_open(name, opened.as_ref().err())? {
                programs.insert(name.clone(), (program, opened.unwrap()));
            }
        }
        for (n, call) in case.calls.iter().enumerate() {
            let (program, session) = programs.get_mut(&call.by).ok_or("no such session")?;
            let came = program.call(call, session).await?;
            let requests = platform.requests();
            let judge = || {
                if requests.len() != call.exchanges.len() {
                    return Err(format!("{requests:?} were sent, then {came:?}"));
                }
                for (exchange, request) in call.exchanges.iter().zip(&requests) {
                    exchange.request.judge(request)?;
                }
                call.judge(came.clone())
            };
            judge().map_err(|what| format!("call {n}, {}: {what}", call.function))?;
        }
        Ok(())
    }
}

/// A component of its own.
struct Program {
    store: Store<State>,
    instance: Instance,
}

impl Program {
    async fn new(door: &Door, linker: &Linker<State>) -> Self {
        let mut store = Store::new(&door.engine, State::new(Own));
        let instance = linker.instantiate_async(&mut store, &door.component).await;
        Self {
            instance: instance.unwrap(),
            store,
        }
    }

    fn function(&mut self, name: &str) -> (Func, Vec<Type>) {
        function(
            &mut self.store,
            &self.instance,
            "rpa:auth/session@0.1.0",
            name,
        )
    }

    async fn invoke(&mut self, function: Func, params: &[Val]) -> Result<Val, String> {
        let mut results = [Val::Bool(false)];
        let called = function.call_async(&mut self.store, params, &mut results);
        called
            .await
            .map_err(|error| format!("it trapped: {error:#}"))?;
        let [result] = results;
        Ok(result)
    }

    async fn open(&mut self, case: &SessionCase, name: &str) -> Result<Result<Val, Value>, String> {
        let session = &case.sessions[name];
        let (open, types) = self.function("[static]session.open");
        let params = [
            to_val(Some(&Value::Table(session.account.clone())), &types[0])?,
            to_val(Some(&session.options()), &types[1])?,
        ];
        match self.invoke(open, &params).await? {
            Val::Result(Ok(Some(session))) => Ok(Ok(*session)),
            Val::Result(Err(Some(error))) => Ok(Err(to_data(&error).unwrap())),
            other => panic!("{other:?}"),
        }
    }

    async fn call(&mut self, call: &Call, session: &Val) -> Result<Table, String> {
        let (function, _) = self.function(&format!("[method]session.{}", call.function));
        let rejected = call.rejected.iter().cloned().map(Val::String);
        let params: Vec<Val> = [session.clone()].into_iter().chain(rejected).collect();
        let Val::Result(result) = self.invoke(function, &params).await? else {
            panic!("each call gives a result");
        };
        let name = match &*call.function {
            "token" | "renew" => "grant",
            "status" => "status",
            _ => "done",
        };
        Ok(match result {
            Err(failure) => error(failure.as_deref()),
            Ok(given) => {
                let given = given.as_deref().and_then(to_data);
                let given = given.unwrap_or(Value::Boolean(true));
                Table::from_iter([(name.to_owned(), given)])
            }
        })
    }
}
