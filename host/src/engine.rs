//! The engine that all plugins and sessions of a process share, and the instances
//! in it.
//!
//! Each component is compiled once. An instance takes a slot of the pooling
//! allocator; who finds none free waits for one, for [`LONGEST_WAIT`]. A store whose
//! instance trapped is never used again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder};

pub(crate) use self::config::SESSIONS_MEMORY;
use self::config::{FLOWS_MEMORY, SLOTS, config};
use crate::bindings::exports::rpa::auth::{flow_steps, session_steps};
use crate::{SANS_IO_COMPONENT, SANS_IO_SESSION_COMPONENT};

mod config;

/// How long a free slot is waited for. As a rule a slot is taken for an instant.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How long an instance of the flows lives.
///
/// No call of a [`Plugin`](crate::Plugin) holds one while its request is under way: it
/// needs one for an instant before the request, and for one after the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Instances {
    /// For one step of a call. Nothing that it knew is there for the next one.
    #[default]
    PerCall,
    /// Until it traps: faster. The component wipes what a call leaves behind, so that
    /// only its own bookkeeping stays.
    OneWarm,
}

/// What all plugins and sessions of the process share.
pub(crate) struct Runtime {
    engine: Engine,
    flows: InstancePre<StoreLimits>,
    /// Compiled when it is first needed.
    sessions: Mutex<Option<InstancePre<StoreLimits>>>,
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
        Ok(Self {
            flows: loaded(&engine, SANS_IO_COMPONENT)?,
            sessions: Mutex::new(None),
            engine,
            slots: Arc::new(Semaphore::new(SLOTS as usize)),
        })
    }

    /// A new instance of the flows.
    pub(crate) async fn flows(&self) -> wasmtime::Result<Instance<flow_steps::Guest>> {
        self.instance(&self.flows, FLOWS_MEMORY, |store, pre, instance| {
            flow_steps::GuestIndices::new(pre)?.load(store, instance)
        })
        .await
    }

    /// A new instance that sessions can be opened in, and so much memory for it, in bytes.
    pub(crate) async fn sessions(
        &self,
        memory: usize,
    ) -> wasmtime::Result<Instance<session_steps::Guest>> {
        let component = self.session_component()?;
        self.instance(&component, memory, |store, pre, instance| {
            session_steps::GuestIndices::new(pre)?.load(store, instance)
        })
        .await
    }

    /// Compiles the component that shares sessions, at the first call.
    pub(crate) fn session_component(&self) -> wasmtime::Result<InstancePre<StoreLimits>> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(component) = &*sessions {
            return Ok(component.clone());
        }
        let component = loaded(&self.engine, SANS_IO_SESSION_COMPONENT)?;
        *sessions = Some(component.clone());
        Ok(component)
    }

    async fn instance<T>(
        &self,
        component: &InstancePre<StoreLimits>,
        memory: usize,
        load: impl FnOnce(
            &mut Store<StoreLimits>,
            &InstancePre<StoreLimits>,
            &wasmtime::component::Instance,
        ) -> wasmtime::Result<T>,
    ) -> wasmtime::Result<Instance<T>> {
        let slot = timeout(LONGEST_WAIT, Arc::clone(&self.slots).acquire_owned()).await;
        let slot = slot.map_err(|_| {
            wasmtime::Error::msg(format!("{SLOTS} instances are in use, and none came free"))
        })??;
        let limits = StoreLimitsBuilder::new().memory_size(memory).build();
        let mut store = Store::new(&self.engine, limits);
        store.limiter(|limits| limits);
        let instance = component.instantiate(&mut store)?;
        Ok(Instance {
            exports: load(&mut store, component, &instance)?,
            store,
            _slot: slot,
        })
    }
}

/// Compiles a component, which gets nothing of the host.
fn loaded(engine: &Engine, component: &[u8]) -> wasmtime::Result<InstancePre<StoreLimits>> {
    let component = Component::from_binary(engine, component)?;
    Linker::new(engine).instantiate_pre(&component)
}

/// A running component, and what it exports.
pub(crate) struct Instance<T> {
    pub(crate) store: Store<StoreLimits>,
    pub(crate) exports: T,
    /// Given back after the store is gone: fields are dropped in this order.
    _slot: OwnedSemaphorePermit,
}
