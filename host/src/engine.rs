//! The engine that all plugins of a process share, and the instances in it.
//!
//! The component is compiled once. An instance takes a slot of the pooling
//! allocator; a call that finds none free waits for one. A store whose instance
//! trapped, or whose call was given up half way, is never used again.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksCtx, WasiClocksCtxView};
use wasmtime_wasi_http::{WasiHttp, WasiHttpCtx, WasiHttpCtxView};

use self::config::{SLOTS, config};
use crate::COMPONENT;
use crate::bindings::{Exports, ExportsPre};
use crate::outbound::Outbound;

mod config;
mod handler;

/// How long an instance of the component lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Instances {
    /// For one call. Nothing that a call knew is there for the next one.
    #[default]
    PerCall,
    /// Until it traps: faster, and calls wait for each other. The component
    /// wipes what a call leaves behind, so that only its own bookkeeping stays.
    OneWarm,
}

/// What every plugin of the process shares.
pub(crate) struct Runtime {
    engine: Engine,
    exports: ExportsPre<State>,
    slots: Arc<Semaphore>,
}

impl Runtime {
    /// The process's runtime, made at the first call. A failure is not kept.
    pub(crate) fn shared() -> wasmtime::Result<Arc<Self>> {
        static SHARED: Mutex<Option<Arc<Runtime>>> = Mutex::new(None);
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*shared {
            return Ok(Arc::clone(runtime));
        }
        let runtime = Arc::new(Self::new()?);
        *shared = Some(Arc::clone(&runtime));
        Ok(runtime)
    }

    fn new() -> wasmtime::Result<Self> {
        let engine = Engine::new(&config())?;
        let component = Component::from_binary(&engine, COMPONENT)?;
        let linker = linker(&engine)?;
        Ok(Self {
            exports: ExportsPre::new(linker.instantiate_pre(&component)?)?,
            engine,
            slots: Arc::new(Semaphore::new(SLOTS as usize)),
        })
    }

    pub(crate) fn imports(&self) -> Vec<String> {
        let component = self.exports.instance_pre().component();
        let kind = component.component_type();
        let imports = kind.imports(&self.engine);
        imports.map(|(name, _)| name.to_owned()).collect()
    }

    pub(crate) async fn instance(&self, outbound: Outbound) -> wasmtime::Result<Instance> {
        let slot = Arc::clone(&self.slots).acquire_owned().await?;
        let mut store = Store::new(&self.engine, State::new(outbound));
        let exports = self.exports.instantiate_async(&mut store).await?;
        Ok(Instance {
            store,
            exports,
            _slot: slot,
        })
    }
}

/// A running component.
pub(crate) struct Instance {
    pub(crate) store: Store<State>,
    pub(crate) exports: Exports,
    /// Given back after the store is gone: fields are dropped in this order.
    _slot: OwnedSemaphorePermit,
}

/// What the host keeps for one instance.
pub(crate) struct State {
    table: ResourceTable,
    clocks: WasiClocksCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
}

impl State {
    fn new(outbound: Outbound) -> Self {
        Self {
            table: ResourceTable::new(),
            clocks: WasiClocksCtx::default(),
            http: WasiHttpCtx::new(),
            outbound,
        }
    }

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
            hooks: &mut self.outbound,
        }
    }
}

impl wasmtime_wasi_io::IoView for State {
    fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }
}

/// Grants what the component imports, and nothing else.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
    use wasmtime_wasi_http::p2::bindings::http::types;

    let mut linker = Linker::new(engine);
    wasmtime_wasi_io::add_to_linker_async(&mut linker)?;
    monotonic_clock::add_to_linker::<State, WasiClocks>(&mut linker, State::clocks)?;
    wall_clock::add_to_linker::<State, WasiClocks>(&mut linker, State::clocks)?;
    let options = types::LinkOptions::default();
    types::add_to_linker::<State, WasiHttp>(&mut linker, &options, State::http)?;
    handler::replace(&mut linker, State::http)?;
    Ok(linker)
}
