//! The component without I/O in a host of the benchmarks' own, whose answers come from
//! memory: to measure what the component does, and nothing else.

use rpa_auth_host::SANS_IO_COMPONENT;
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Engine, Store};

use self::bindings::SansIo;
use self::bindings::exports::rpa::auth::flow_steps::{Call, Outcome, Step};
use self::bindings::exports::rpa::auth::http_types::Answer;
use self::bindings::exports::rpa::auth::types::{
    ControlRoom, ControlRoomApi, ControlRoomCredentials, ControlRoomSecret,
};
use super::server::{PASSWORD, USERNAME};

mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "rpa:auth/sans-io",
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

/// The component, ready to be instantiated.
pub struct Steps {
    engine: Engine,
    component: InstancePre<()>,
}

impl Steps {
    pub fn new() -> Self {
        let engine = Engine::default();
        let component = Component::from_binary(&engine, SANS_IO_COMPONENT);
        let linker = Linker::new(&engine);
        let component = linker.instantiate_pre(&component.expect("it is a component"));
        Self {
            component: component.expect("it imports nothing"),
            engine,
        }
    }

    pub fn instance(&self) -> Instance {
        let mut store = Store::new(&self.engine, ());
        let instance = self.component.instantiate(&mut store);
        let instance = instance.expect("there is memory for it");
        let exports = SansIo::new(&mut store, &instance).expect("it has the contract's exports");
        Instance { store, exports }
    }
}

/// A running component.
pub struct Instance {
    store: Store<()>,
    exports: SansIo,
}

impl Instance {
    /// Takes both steps of a login that is answered with `body`.
    pub fn log_in(&mut self, body: &[u8]) {
        let call = || {
            let room = ControlRoom {
                url: "https://cr.example.com",
                api: ControlRoomApi::V2,
                transport: None,
            };
            let credentials = ControlRoomCredentials {
                username: USERNAME,
                secret: ControlRoomSecret::Password(PASSWORD),
                mfa_code: None,
                multiple_login: None,
            };
            Call::Authenticate((room, credentials))
        };
        let answer = Answer {
            status: 200,
            content_type: None,
            retry_after: None,
            date: None,
            location: None,
            www_authenticate: None,
            body: Some(body),
            received_at_seconds: 1_800_000_000,
        };
        let steps = self.exports.rpa_auth_flow_steps();
        let first = steps.call_next(&mut self.store, call(), &[]);
        assert!(matches!(first, Ok(Ok(Step::Send(_)))));
        let second = steps.call_next(&mut self.store, call(), &[answer]);
        assert!(matches!(second, Ok(Ok(Step::Done(Outcome::Token(_))))));
    }
}
