//! The instances that sessions are open in.
//!
//! Many sessions share one: a step is a short call, and nothing is held in between. A trap
//! costs the calls of that instance a typed error; its sessions are opened anew elsewhere.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use wasmtime::component::ResourceAny;

use super::SessionError;
use crate::contract::session_steps::{AccountParam, Call, Event, Now, Options, SessionSteps, Step};
use crate::engine::{Instance, Runtime};

/// The maximum number of sessions that share an instance and its memory.
const SESSIONS: usize = 64;

/// The instances in use.
pub(super) struct Cells {
    runtime: Arc<Runtime>,
    /// How much memory each may have, in bytes.
    memory: usize,
    all: tokio::sync::Mutex<Vec<Weak<Cell>>>,
}

impl Cells {
    pub(super) fn new(runtime: Arc<Runtime>, memory: usize) -> Self {
        Self {
            runtime,
            memory,
            all: tokio::sync::Mutex::default(),
        }
    }

    /// An instance that a session can be opened in: the first that has room.
    pub(super) async fn with_room(&self) -> wasmtime::Result<Arc<Cell>> {
        let mut all = self.all.lock().await;
        all.retain(|cell| cell.strong_count() > 0);
        let with_room = all.iter().filter_map(Weak::upgrade).find(|cell| {
            // Each session that is open in it holds it, and this look does.
            cell.is_there() && Arc::strong_count(cell) <= SESSIONS
        });
        if let Some(cell) = with_room {
            return Ok(cell);
        }
        let cell = Arc::new(Cell(Mutex::new(Some(
            self.runtime.sessions(self.memory).await?,
        ))));
        all.push(Arc::downgrade(&cell));
        Ok(cell)
    }
}

/// One instance; none once it has trapped.
pub(super) struct Cell(Mutex<Option<Instance<SessionSteps>>>);

impl Cell {
    fn lock(&self) -> MutexGuard<'_, Option<Instance<SessionSteps>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_there(&self) -> bool {
        self.lock().is_some()
    }

    /// Makes one call of the instance, which is gone if that traps.
    fn with<T>(
        &self,
        call: impl FnOnce(&mut Instance<SessionSteps>) -> wasmtime::Result<T>,
    ) -> wasmtime::Result<T> {
        let mut place = self.lock();
        let Some(instance) = &mut *place else {
            return Err(wasmtime::Error::msg(
                "another call has stopped the instance",
            ));
        };
        let result = call(instance);
        if result.is_err() {
            *place = None;
        }
        result
    }

    /// Drops what a handle stands for. One of an instance that is gone is gone with it.
    fn drop_handle(&self, handle: ResourceAny) {
        let dropped = self.with(|instance| instance.drop_handle(handle));
        // A trap has ended the instance, which is what counts.
        let _ = dropped;
    }
}

/// A session that is open in an instance. The component wipes what it knew when this is
/// dropped.
pub(super) struct Home {
    cell: Arc<Cell>,
    session: ResourceAny,
}

impl Home {
    pub(super) fn open(
        cell: Arc<Cell>,
        account: AccountParam<'_>,
        options: &Options<'_>,
    ) -> Result<Self, SessionError> {
        let mut entropy = [0; 32];
        let random = getrandom::fill(&mut entropy);
        random.map_err(|error| SessionError::stopped(&wasmtime::Error::msg(error), false))?;
        let opened = cell.with(|instance| instance.open(account, options, &entropy));
        let session = opened.map_err(|error| SessionError::stopped(&error, false))??;
        Ok(Self { cell, session })
    }

    /// Whether its instance is still there.
    pub(super) fn is_there(&self) -> bool {
        self.cell.is_there()
    }

    /// Begins a call.
    pub(super) fn begin(&self, call: &Call) -> wasmtime::Result<Running<'_>> {
        let running = self
            .cell
            .with(|instance| instance.begin(self.session, call));
        Ok(Running {
            cell: &self.cell,
            running: running?,
        })
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.cell.drop_handle(self.session);
    }
}

/// A call under way.
pub(super) struct Running<'a> {
    cell: &'a Cell,
    running: ResourceAny,
}

impl Running<'_> {
    /// What comes next, after what came of the last step.
    pub(super) fn on(&self, event: &Event<'_>, now: Now) -> wasmtime::Result<Step> {
        self.cell
            .with(|instance| instance.on(self.running, event, now))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.cell.drop_handle(self.running);
    }
}
