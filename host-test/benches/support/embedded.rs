//! The component in a host of the benchmarks' own, set up as the library's is: to
//! measure what the library does not show one by one, and wasmtime's own sender.

use std::future::Future;

use axum::body::Bytes;
use http_body_util::{BodyExt, Full};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksCtx, WasiClocksCtxView};
use wasmtime_wasi_http::{
    RequestOptions, Result, WasiBody, WasiHttp, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks,
};

use self::bindings::exports::rpa::auth::types::{
    ControlRoom, ControlRoomApi, ControlRoomCredentials, ControlRoomSecret, Token, TransportOptions,
};
use self::bindings::{Exports, ExportsPre};
use super::handler;

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

/// Where requests go.
#[derive(Clone)]
pub enum Sender {
    /// To wasmtime's own sender: a connection for each request.
    Wasmtime,
    /// Nowhere. This answer comes from memory, at once.
    Memory(Bytes),
}

/// A component that is ready to be instantiated.
pub struct Embedded {
    engine: Engine,
    /// With the library's handler of requests, and with wasmtime's.
    exports: [ExportsPre<State>; 2],
}

impl Embedded {
    pub fn new(engine: &Engine, component: &Component) -> Self {
        let mut linker = linker(engine).expect("wasmtime has what the component imports");
        let exports = |linker: &Linker<State>| {
            let pre = linker.instantiate_pre(component);
            let pre = pre.expect("the linker has what the component imports");
            ExportsPre::new(pre).expect("the component has the contract's exports")
        };
        let of_wasmtime = exports(&linker);
        handler::replace(&mut linker, State::http).expect("the linker has what it replaces");
        Self {
            engine: engine.clone(),
            exports: [exports(&linker), of_wasmtime],
        }
    }

    pub async fn instance(&self, sender: Sender) -> Instance {
        let [of_the_library, of_wasmtime] = &self.exports;
        let exports = match sender {
            Sender::Wasmtime => of_wasmtime,
            Sender::Memory(_) => of_the_library,
        };
        let state = State {
            table: ResourceTable::new(),
            clocks: WasiClocksCtx::default(),
            http: WasiHttpCtx::new(),
            sender,
        };
        let mut store = Store::new(&self.engine, state);
        let exports = exports.instantiate_async(&mut store).await;
        Instance {
            exports: exports.expect("there is a slot for it"),
            store,
        }
    }
}

/// A running component.
pub struct Instance {
    store: Store<State>,
    exports: Exports,
}

impl Instance {
    /// Logs in to a Control Room.
    pub async fn authenticate(&mut self, room: &str, username: &str, password: &str) -> Token {
        let transport = TransportOptions {
            allow_http: Some(true),
            connect_timeout_ms: None,
            first_byte_timeout_ms: None,
            between_bytes_timeout_ms: None,
            total_timeout_ms: None,
            headers: None,
        };
        let room = ControlRoom {
            url: room,
            api: ControlRoomApi::V2,
            transport: Some(transport),
        };
        let credentials = ControlRoomCredentials {
            username,
            secret: ControlRoomSecret::Password(password),
            mfa_code: None,
            multiple_login: None,
        };
        let auth = self.exports.rpa_auth_auth();
        let called = auth.call_authenticate(&mut self.store, room, credentials);
        let result = called.await.expect("the component does not trap");
        result.expect("the server lets the user in")
    }
}

struct State {
    table: ResourceTable,
    clocks: WasiClocksCtx,
    http: WasiHttpCtx,
    sender: Sender,
}

impl State {
    fn clocks(&mut self) -> WasiClocksCtxView<'_> {
        WasiClocksCtxView {
            ctx: &mut self.clocks,
            table: &mut self.table,
        }
    }

    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.sender,
        }
    }
}

impl wasmtime_wasi_io::IoView for State {
    fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }
}

type Sent = Result<(
    http::Response<WasiBody>,
    Box<dyn Future<Output = Result<()>> + Send>,
)>;

impl WasiHttpHooks for Sender {
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        u32::MAX as usize
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _written: Box<dyn Future<Output = Result<()>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        match self.clone() {
            Self::Wasmtime => Box::new(async move {
                let sent = wasmtime_wasi_http::default_send_request(request, options);
                let (response, connection) = sent.await?;
                Ok((
                    response.map(BodyExt::boxed_unsync),
                    Box::new(connection) as _,
                ))
            }),
            Self::Memory(answer) => Box::new(async move {
                // All of it, as a server would.
                request.into_body().collect().await?;
                let answer = Full::new(answer).map_err(|never| match never {});
                let response = http::Response::new(answer.boxed_unsync());
                Ok((response, Box::new(async { Ok(()) }) as _))
            }),
        }
    }
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
    use wasmtime_wasi_http::p2::bindings::http::{outgoing_handler, types};

    let mut linker = Linker::new(engine);
    wasmtime_wasi_io::add_to_linker_async(&mut linker)?;
    monotonic_clock::add_to_linker::<State, WasiClocks>(&mut linker, State::clocks)?;
    wall_clock::add_to_linker::<State, WasiClocks>(&mut linker, State::clocks)?;
    outgoing_handler::add_to_linker::<State, WasiHttp>(&mut linker, State::http)?;
    let options = types::LinkOptions::default();
    types::add_to_linker::<State, WasiHttp>(&mut linker, &options, State::http)?;
    Ok(linker)
}
