"""The components, compiled once in a process, and the instances of them.

A store of wasmtime belongs to one thread at a time, so each call of the flows takes an
instance that nobody else has, and gives it back. One that has trapped is never used again.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path

import wasmtime
from wasmtime import Config, Engine, Store
from wasmtime.component import Component, ExportIndex, Linker

from . import _cache, _fork
from ._bridge import BridgeError, Function
from ._shapes import Shape

#: The most memory that an instance may have, in bytes: what the Rust library permits. A login
#: needs 128 KiB, and the longest answer that is made to need the most eight times its length.
_FLOWS_MEMORY = 16 * 1024 * 1024
_SESSIONS_MEMORY = 64 * 1024 * 1024

#: How many instances of the flows are kept for later calls. More than so many threads at one
#: time make new ones.
_KEPT = 16

FLOWS = "rpa_auth_sans_io.wasm"
SESSIONS = "rpa_auth_sans_io_session.wasm"
_MEMORY = {FLOWS: _FLOWS_MEMORY, SESSIONS: _SESSIONS_MEMORY}
_INTERFACE = {FLOWS: "rpa:auth/flow-steps@0.1.0", SESSIONS: "rpa:auth/session-steps@0.1.0"}


class Loaded:
    """A component that is compiled."""

    def __init__(self, engine: Engine, name: str) -> None:
        wasm = _wasm(name)
        key = hashlib.sha256(wasm).hexdigest()
        compiled = _cache.load(key)
        component = None
        if compiled is not None:
            try:
                component = Component.deserialize(engine, compiled)
            except wasmtime.WasmtimeError:
                # Of another version or machine.
                component = None
        if component is None:
            component = Component(engine, wasm)
            _cache.keep(key, bytes(component.serialize()))
        self._engine = engine
        self._component = component
        self._linker = Linker(engine)
        self._memory = _MEMORY[name]
        interface = component.get_export_index(_INTERFACE[name])
        if interface is None:
            raise ImportError(f"{name} does not have {_INTERFACE[name]}")
        self._interface = interface
        self._indexes: dict[str, ExportIndex] = {}

    def instance(self, functions: Mapping[str, tuple[tuple[Shape, ...], Shape]]) -> Instance:
        """A new instance, with these functions of its interface."""
        store = Store(self._engine)
        store.set_limits(memory_size=self._memory)
        made = self._linker.instantiate(store, self._component)
        found = {}
        for name, (takes, gives) in functions.items():
            func = made.get_func(store, self._index(name))
            if func is None:
                raise BridgeError(f"the component has no function {name}")
            found[name] = Function(store, func, takes, gives)
        return Instance(store, found)

    def _index(self, name: str) -> ExportIndex:
        if name not in self._indexes:
            index = self._component.get_export_index(name, self._interface)
            if index is None:
                raise BridgeError(f"the component has no function {name}")
            self._indexes[name] = index
        return self._indexes[name]


class Instance:
    """A running component, for one thread at a time."""

    __slots__ = ("functions", "store")

    def __init__(self, store: Store, functions: dict[str, Function]) -> None:
        self.store = store
        self.functions = functions


class _Runtime:
    """What the whole process shares."""

    def __init__(self) -> None:
        config = Config()
        # Compiling in one thread: the threads of a pool are not there after a fork, and a
        # child that compiles would wait for them for ever.
        config.parallel_compilation = False
        self._engine = Engine(config)
        self._lock = threading.Lock()
        self._loaded: dict[str, Loaded] = {}
        #: Instances of the flows that nobody uses.
        self.idle: deque[Instance] = deque()

    def load(self, name: str) -> Loaded:
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = Loaded(self._engine, name)
            return self._loaded[name]

    def is_loaded(self, name: str) -> bool:
        """Whether `load` gives it at once."""
        return name in self._loaded

    def give_back(self, instance: Instance) -> None:
        if len(self.idle) < _KEPT:
            self.idle.append(instance)


_lock = threading.Lock()
_runtime: _Runtime | None = None


def runtime() -> _Runtime:
    """The process's runtime, made when it is first needed."""
    global _runtime
    with _lock:
        if _runtime is None:
            _runtime = _Runtime()
        return _runtime


class _Forget:
    """A child makes a runtime of its own."""

    def after_fork(self) -> None:
        global _lock, _runtime
        _lock = threading.Lock()
        _fork.abandon(_runtime)
        _runtime = None


_forget = _Forget()
_fork.register(_forget)


def _wasm(name: str) -> bytes:
    packaged = Path(__file__).parent / name
    folder = os.environ.get("RPA_AUTH_COMPONENTS")
    if not packaged.is_file() and folder:
        packaged = Path(folder) / name
    try:
        return packaged.read_bytes()
    except FileNotFoundError:
        text = f"{name} is not in the package: set RPA_AUTH_COMPONENTS to a folder that has it"
        raise ImportError(text) from None
