//! The engine that all plugins and sessions of a process share, and the instances
//! in it.
//!
//! Each component is compiled once. An instance takes a slot of the pooling
//! allocator; a call that finds none free waits for one. A store whose instance
//! trapped, or whose call was given up half way, is never used again.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::{
    Component, HasSelf, Instance as Loaded, InstancePre, Linker, ResourceTable,
};
use wasmtime::{Engine, Store};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksCtx, WasiClocksCtxView};
use wasmtime_wasi::random::{WasiRandom, WasiRandomCtx};
use wasmtime_wasi_http::{WasiHttp, WasiHttpCtx, WasiHttpCtxView};

use self::config::{SLOTS, config};
use crate::bindings::exports::rpa::auth::{auth, orchestrator_auth, session};
use crate::bindings::rpa::auth::token_store;
use crate::outbound::{Log, Outbound};
use crate::store::Store as TokenStore;
use crate::{COMPONENT, SESSION_COMPONENT};

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

/// What all plugins and sessions of the process share.
pub(crate) struct Runtime {
    engine: Engine,
    plugin: InstancePre<State>,
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
        let component = Component::from_binary(&engine, COMPONENT)?;
        Ok(Self {
            plugin: linker(&engine)?.instantiate_pre(&component)?,
            session: Mutex::new(None),
            engine,
            slots: Arc::new(Semaphore::new(SLOTS as usize)),
        })
    }

    pub(crate) fn imports(&self) -> Vec<String> {
        let kind = self.plugin.component().component_type();
        let imports = kind.imports(&self.engine);
        imports.map(|(name, _)| name.to_owned()).collect()
    }

    /// A new instance of the plugin.
    pub(crate) async fn plugin(&self, outbound: Outbound) -> wasmtime::Result<Instance<Flows>> {
        let state = State::new(outbound.for_instance(), None);
        self.instance(&self.plugin, state, Flows::load).await
    }

    /// A new instance of the component that shares sessions.
    pub(crate) async fn session(
        &self,
        outbound: Outbound,
        tokens: TokenStore,
    ) -> wasmtime::Result<Instance<session::Guest>> {
        let state = State::new(outbound.for_instance(), Some(tokens));
        let component = self.session_component()?;
        self.instance(&component, state, |store, pre, instance| {
            session::GuestIndices::new(pre)?.load(store, instance)
        })
        .await
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

    async fn instance<T>(
        &self,
        component: &InstancePre<State>,
        state: State,
        load: impl FnOnce(&mut Store<State>, &InstancePre<State>, &Loaded) -> wasmtime::Result<T>,
    ) -> wasmtime::Result<Instance<T>> {
        let slot = Arc::clone(&self.slots).acquire_owned().await?;
        let mut store = Store::new(&self.engine, state);
        let instance = component.instantiate_async(&mut store).await?;
        Ok(Instance {
            exports: load(&mut store, component, &instance)?,
            store,
            _slot: slot,
        })
    }
}

/// A running component, and what it exports.
pub(crate) struct Instance<T> {
    pub(crate) store: Store<State>,
    pub(crate) exports: T,
    /// Given back after the store is gone: fields are dropped in this order.
    _slot: OwnedSemaphorePermit,
}

impl<T> Instance<T> {
    /// What its requests came to since this was asked last.
    pub(crate) fn take_log(&self) -> Log {
        self.store.data().outbound.take_log()
    }
}

/// What the plugin exports.
pub(crate) struct Flows {
    pub(crate) auth: auth::Guest,
    pub(crate) orchestrator_auth: orchestrator_auth::Guest,
}

impl Flows {
    fn load(
        store: &mut Store<State>,
        component: &InstancePre<State>,
        instance: &Loaded,
    ) -> wasmtime::Result<Self> {
        let orchestrator = orchestrator_auth::GuestIndices::new(component)?;
        Ok(Self {
            auth: auth::GuestIndices::new(component)?.load(&mut *store, instance)?,
            orchestrator_auth: orchestrator.load(store, instance)?,
        })
    }
}

/// What the host keeps for one instance.
pub(crate) struct State {
    table: ResourceTable,
    clocks: WasiClocksCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
    random: WasiRandomCtx,
    /// For a component that shares sessions.
    pub(crate) tokens: Option<TokenStore>,
}

impl State {
    fn new(outbound: Outbound, tokens: Option<TokenStore>) -> Self {
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
    use wasmtime_wasi::p2::bindings::random::random;

    let mut linker = linker(engine)?;
    random::add_to_linker::<State, WasiRandom>(&mut linker, |state| &mut state.random)?;
    token_store::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
    Ok(linker)
}

/// Grants what the plugin imports, and nothing else.
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
