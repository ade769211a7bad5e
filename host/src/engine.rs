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
use wasmtime::component::{
    Component, ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Linker, Lower,
    ResourceAny,
};
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder};

#[cfg(feature = "cache")]
pub use self::cache::CompilationCache;
pub(crate) use self::config::SESSIONS_MEMORY;
use self::config::{FLOWS_MEMORY, SLOTS, config};
use crate::contract::flow_steps::FlowSteps;
use crate::contract::function::Interface;
use crate::contract::session_steps::SessionSteps;
use crate::{SANS_IO_COMPONENT, SANS_IO_SESSION_COMPONENT};

#[cfg(feature = "cache")]
mod cache;
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
    /// only its own bookkeeping stays. As many are kept as have made a step at one time,
    /// and no more than the machine runs threads.
    Warm,
}

/// What can be decided about the engine.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    /// Where compiled components are kept, if they are.
    #[cfg(feature = "cache")]
    pub(crate) cache: Option<CompilationCache>,
}

/// What all plugins and sessions of the process share.
pub(crate) struct Runtime {
    engine: Engine,
    flows: Loaded<FlowSteps>,
    /// Compiled when it is first needed.
    sessions: Mutex<Option<Loaded<SessionSteps>>>,
    slots: Arc<Semaphore>,
}

impl Runtime {
    /// The process's runtime, made at the first call, whose settings count. A failure is not
    /// kept.
    pub(crate) fn shared(settings: &Settings) -> wasmtime::Result<Arc<Self>> {
        static SHARED: Mutex<Option<Arc<Runtime>>> = Mutex::new(None);
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*shared {
            return Ok(Arc::clone(runtime));
        }
        let runtime = Arc::new(Self::new(settings)?);
        *shared = Some(Arc::clone(&runtime));
        Ok(runtime)
    }

    fn new(settings: &Settings) -> wasmtime::Result<Self> {
        let engine = Engine::new(&config(settings))?;
        Ok(Self {
            flows: Loaded::new(&engine, SANS_IO_COMPONENT)?,
            sessions: Mutex::new(None),
            engine,
            slots: Arc::new(Semaphore::new(SLOTS as usize)),
        })
    }

    /// A new instance of the flows.
    pub(crate) async fn flows(&self) -> wasmtime::Result<Instance<FlowSteps>> {
        self.instance(&self.flows, FLOWS_MEMORY).await
    }

    /// A new instance that sessions can be opened in, and so much memory for it, in bytes.
    pub(crate) async fn sessions(&self, memory: usize) -> wasmtime::Result<Instance<SessionSteps>> {
        let component = self.session_component()?;
        self.instance(&component, memory).await
    }

    /// Compiles the component that shares sessions, at the first call.
    pub(crate) fn session_component(&self) -> wasmtime::Result<Loaded<SessionSteps>> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(component) = &*sessions {
            return Ok(component.clone());
        }
        let component = Loaded::new(&self.engine, SANS_IO_SESSION_COMPONENT)?;
        *sessions = Some(component.clone());
        Ok(component)
    }

    async fn instance<E: Exports>(
        &self,
        component: &Loaded<E>,
        memory: usize,
    ) -> wasmtime::Result<Instance<E>> {
        let slot = timeout(LONGEST_WAIT, Arc::clone(&self.slots).acquire_owned()).await;
        let slot = slot.map_err(|_| {
            wasmtime::Error::msg(format!("{SLOTS} instances are in use, and none came free"))
        })??;
        let limits = StoreLimitsBuilder::new().memory_size(memory).build();
        let mut store = Store::new(&self.engine, limits);
        store.limiter(|limits| limits);
        Ok(Instance {
            instance: component.ready.instantiate(&mut store)?,
            exports: component.exports,
            store,
            _slot: slot,
        })
    }
}

/// A component that is compiled, and where its functions are.
#[derive(Clone)]
pub(crate) struct Loaded<E> {
    ready: InstancePre<StoreLimits>,
    exports: E,
}

impl<E: Exports> Loaded<E> {
    /// Compiles a component, which gets nothing of the host.
    fn new(engine: &Engine, component: &[u8]) -> wasmtime::Result<Self> {
        let component = Component::from_binary(engine, component)?;
        Ok(Self {
            exports: E::find(&Interface::find(&component, E::INTERFACE)?)?,
            ready: Linker::new(engine).instantiate_pre(&component)?,
        })
    }
}

/// The functions of an interface.
pub(crate) trait Exports: Copy {
    /// Its whole name.
    const INTERFACE: &str;

    /// Finds them.
    fn find(interface: &Interface<'_>) -> wasmtime::Result<Self>;
}

/// A running component.
pub(crate) struct Instance<E> {
    instance: wasmtime::component::Instance,
    exports: E,
    store: Store<StoreLimits>,
    /// Given back after the store is gone: fields are dropped in this order.
    _slot: OwnedSemaphorePermit,
}

impl<E: Copy> Instance<E> {
    pub(crate) fn exports(&self) -> E {
        self.exports
    }

    /// Calls one of its functions. wasmtime compares the types with those that the component
    /// says, by name and form.
    pub(crate) fn call<P, R>(
        &mut self,
        function: &ComponentExportIndex,
        arguments: P,
    ) -> wasmtime::Result<R>
    where
        P: ComponentNamedList + Lower,
        R: Lift + 'static,
    {
        let instance = self.instance;
        let function = instance.get_typed_func::<P, (R,)>(&mut self.store, function)?;
        let (result,) = function.call(&mut self.store, arguments)?;
        Ok(result)
    }

    /// Drops what a handle stands for.
    pub(crate) fn drop_handle(&mut self, handle: ResourceAny) -> wasmtime::Result<()> {
        handle.resource_drop(&mut self.store)
    }
}
