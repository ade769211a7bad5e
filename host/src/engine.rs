//! The engine that all plugins and sessions of a process share, and the instances
//! in it.
//!
//! Each component is compiled once. An instance takes a slot of the pooling
//! allocator; a call that finds none free waits for one. A store whose instance
//! trapped, or whose call was given up half way, is never used again.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::{Component, HasSelf, InstancePre, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksCtx, WasiClocksCtxView};
use wasmtime_wasi::random::{WasiRandom, WasiRandomCtx};
use wasmtime_wasi_http::{WasiHttp, WasiHttpCtx, WasiHttpCtxView};

use self::config::{SLOTS, config};
use crate::bindings::exports::rpa::auth::{flow_steps, session};
use crate::bindings::rpa::auth::token_store;
use crate::outbound::{Log, Outbound};
use crate::store::Store as TokenStore;
use crate::{SANS_IO_COMPONENT, SESSION_COMPONENT};

mod config;
mod handler;

/// How long an instance of the component lives.
///
/// No call of a [`Plugin`](crate::Plugin) holds one while its request is under way: it
/// needs one for an instant before the request, and for one after the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Instances {
    /// For one step of a call, and for one call of a session. Nothing that it knew is
    /// there for the next one.
    #[default]
    PerCall,
    /// Until it traps: faster. The component wipes what a call leaves behind, so that
    /// only its own bookkeeping stays. The calls of a session wait for each other.
    OneWarm,
}

/// What all plugins and sessions of the process share.
pub(crate) struct Runtime {
    engine: Engine,
    flows: InstancePre<()>,
    /// Compiled when it is first needed.
    session: Mutex<Option<InstancePre<State>>>,
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
        let component = Component::from_binary(&engine, SANS_IO_COMPONENT)?;
        Ok(Self {
            flows: Linker::new(&engine).instantiate_pre(&component)?,
            session: Mutex::new(None),
            engine,
            slots: Arc::new(Semaphore::new(SLOTS as usize)),
        })
    }

    /// A new instance of the flows, which is never waited for.
    pub(crate) async fn flows(&self) -> wasmtime::Result<Instance<(), flow_steps::Guest>> {
        let slot = Arc::clone(&self.slots).acquire_owned().await?;
        let mut store = Store::new(&self.engine, ());
        let instance = self.flows.instantiate(&mut store)?;
        let exports = flow_steps::GuestIndices::new(&self.flows)?.load(&mut store, &instance)?;
        Ok(Instance {
            exports,
            store,
            _slot: slot,
        })
    }

    /// A new instance of the component that shares sessions.
    pub(crate) async fn session(
        &self,
        outbound: Outbound,
        tokens: TokenStore,
    ) -> wasmtime::Result<Instance<State, session::Guest>> {
        let state = State::new(outbound.for_instance(), tokens);
        let component = self.session_component()?;
        let slot = Arc::clone(&self.slots).acquire_owned().await?;
        let mut store = Store::new(&self.engine, state);
        let instance = component.instantiate_async(&mut store).await?;
        let exports = session::GuestIndices::new(&component)?.load(&mut store, &instance)?;
        Ok(Instance {
            exports,
            store,
            _slot: slot,
        })
    }

    /// Compiles the component that shares sessions, at the first call.
    pub(crate) fn session_component(&self) -> wasmtime::Result<InstancePre<State>> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(component) = &*session {
            return Ok(component.clone());
        }
        let component = Component::from_binary(&self.engine, SESSION_COMPONENT)?;
        let linker = session_linker(&self.engine)?;
        let component = linker.instantiate_pre(&component)?;
        *session = Some(component.clone());
        Ok(component)
    }
}

/// A running component, and what it exports.
pub(crate) struct Instance<S: 'static, T> {
    pub(crate) store: Store<S>,
    pub(crate) exports: T,
    /// Given back after the store is gone: fields are dropped in this order.
    _slot: OwnedSemaphorePermit,
}

impl<T> Instance<State, T> {
    /// What its requests came to since this was asked last.
    pub(crate) fn take_log(&self) -> Log {
        self.store.data().outbound.take_log()
    }
}

/// What the host keeps for one instance that calls out by itself.
pub(crate) struct State {
    table: ResourceTable,
    clocks: WasiClocksCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
    random: WasiRandomCtx,
    pub(crate) tokens: TokenStore,
}

impl State {
    fn new(outbound: Outbound, tokens: TokenStore) -> Self {
        Self {
            table: ResourceTable::new(),
            clocks: WasiClocksCtx::default(),
            http: WasiHttpCtx::new(),
            outbound,
            random: WasiRandomCtx::default(),
            tokens,
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

/// Grants what the component that shares sessions imports, and nothing else.
fn session_linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
    use wasmtime_wasi::p2::bindings::random::random;
    use wasmtime_wasi_http::p2::bindings::http::types;

    let mut linker = Linker::new(engine);
    wasmtime_wasi_io::add_to_linker_async(&mut linker)?;
    monotonic_clock::add_to_linker::<State, WasiClocks>(&mut linker, State::clocks)?;
    wall_clock::add_to_linker::<State, WasiClocks>(&mut linker, State::clocks)?;
    let options = types::LinkOptions::default();
    types::add_to_linker::<State, WasiHttp>(&mut linker, &options, State::http)?;
    handler::replace(&mut linker, State::http)?;
    random::add_to_linker::<State, WasiRandom>(&mut linker, |state| &mut state.random)?;
    token_store::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
    Ok(linker)
}
