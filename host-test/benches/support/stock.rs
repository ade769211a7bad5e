//! The plugin over `wasi:http` in a host that is wasmtime's own: what a platform that runs
//! components by itself makes of it.

use rpa_auth_host::COMPONENT;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

use self::bindings::exports::rpa::auth::types::{
    ControlRoom, ControlRoomApi, ControlRoomCredentials, ControlRoomSecret, TransportOptions,
};
use self::bindings::{Exports, ExportsPre};
use super::server::{PASSWORD, USERNAME};

mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        inline: "
            package rpa:benches;

            world exports {
                export rpa:auth/types@0.1.0;
                export rpa:auth/auth@0.1.0;
                export rpa:auth/orchestrator-auth@0.1.0;
            }
        ",
        world: "rpa:benches/exports",
        exports: { default: async },
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

/// The plugin, ready to be instantiated.
pub struct Stock {
    engine: Engine,
    exports: ExportsPre<State>,
}

impl Stock {
    pub fn new() -> Self {
        let engine = Engine::default();
        let component = Component::from_binary(&engine, COMPONENT).expect("it is a component");
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("nothing is there twice");
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)
            .expect("nothing is there twice");
        let exports = linker.instantiate_pre(&component).and_then(ExportsPre::new);
        Self {
            exports: exports.expect("wasmtime has what it imports"),
            engine,
        }
    }

    /// Logs in to a Control Room, in a new instance.
    pub async fn log_in(&self, url: &str) {
        let state = State {
            table: ResourceTable::new(),
            wasi: WasiCtx::builder().build(),
            http: WasiHttpCtx::new(),
            sender: Sender,
        };
        let mut store = Store::new(&self.engine, state);
        let exports: Exports = self
            .exports
            .instantiate_async(&mut store)
            .await
            .expect("there is memory for it");
        let room = ControlRoom {
            url,
            api: ControlRoomApi::V2,
            transport: Some(TransportOptions {
                allow_http: Some(true),
                connect_timeout_ms: None,
                first_byte_timeout_ms: None,
                between_bytes_timeout_ms: None,
                total_timeout_ms: None,
                headers: None,
            }),
        };
        let credentials = ControlRoomCredentials {
            username: USERNAME,
            secret: ControlRoomSecret::Password(PASSWORD),
            mfa_code: None,
            multiple_login: None,
        };
        let auth = exports.rpa_auth_auth();
        let called = auth.call_authenticate(&mut store, room, credentials).await;
        let token = called.expect("the component does not trap");
        let token = token.expect("the server lets the user in");
        assert_eq!(token.lifetime_seconds, 1_200);
    }
}

struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    sender: Sender,
}

/// Changes nothing of what wasmtime's host does.
struct Sender;

impl WasiHttpHooks for Sender {}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.sender,
        }
    }
}
