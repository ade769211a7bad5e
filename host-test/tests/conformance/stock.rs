//! A host of components that is wasmtime's own, but for who sends the requests.

use wasmtime::Engine;
use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

/// What the host keeps for one component, without arguments, environment, files and
/// network. `S` sends the requests.
pub struct State<S = Own> {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    sender: S,
}

/// Changes nothing of what wasmtime's host does.
pub struct Own;

impl WasiHttpHooks for Own {}

impl<S> State<S> {
    pub fn new(sender: S) -> Self {
        Self {
            table: ResourceTable::new(),
            wasi: WasiCtx::builder().build(),
            http: WasiHttpCtx::new(),
            sender,
        }
    }
}

impl<S: Send> WasiView for State<S> {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl<S: WasiHttpHooks + Send> WasiHttpView for State<S> {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.sender,
        }
    }
}

/// Grants WASI and `wasi:http`.
pub fn linker<S: WasiHttpHooks + Send + 'static>(engine: &Engine) -> Linker<State<S>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).unwrap();
    linker
}
