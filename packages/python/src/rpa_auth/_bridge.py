"""Takes values into a component and out of it, over wasmtime's C API.

wasmtime's own Python classes look every type up at each call and go through lists byte by
byte: five milliseconds for a login's answer of 4 KB, a fifth of a second for the longest
(`bench/login.py` measures it). Here the way of each type is made once, from its shape, and arguments lie in one piece of memory, which is
overwritten after the call. The form is that of `wasmtime/component/val.h`; a test and the
lines below hold it. wasmtime compares what it is given with the component's types by name
and form, so a difference is an error and nothing worse.

An argument stays ours: wasmtime copies it. A result is wasmtime's, and is read, then deleted.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from struct import Struct
from typing import Any, TypeAlias

from wasmtime import Store, WasmtimeError
from wasmtime import _ffi as ffi  # what no class of wasmtime gives
from wasmtime.component import Func, ResourceAny

from ._shapes import (
    Bool,
    Bytes,
    Enumeration,
    Err,
    Handle,
    ListOf,
    Number,
    Ok,
    Option,
    Record,
    ResultOf,
    Shape,
    Text,
    TupleOf,
    Variant,
)

#: The length of a value, and of a record's field: its name, then its value.
_VALUE = 32
_FIELD = 48
_NAME = 16
#: Where within a value that which its kind says begins.
_OF = 8

if (
    ctypes.sizeof(ffi.wasmtime_component_val_t) != _VALUE
    or ctypes.sizeof(ffi.wasmtime_component_valrecord_entry_t) != _FIELD
    or ffi.wasmtime_component_val_t.of.offset != _OF
):
    raise ImportError("this wasmtime has values of another form: rpa-auth needs wasmtime 50")

_BOOL = ffi.WASMTIME_COMPONENT_BOOL.value
_U8 = ffi.WASMTIME_COMPONENT_U8.value
_STRING = ffi.WASMTIME_COMPONENT_STRING.value
_LIST = ffi.WASMTIME_COMPONENT_LIST.value
_RECORD = ffi.WASMTIME_COMPONENT_RECORD.value
_TUPLE = ffi.WASMTIME_COMPONENT_TUPLE.value
_VARIANT = ffi.WASMTIME_COMPONENT_VARIANT.value
_ENUM = ffi.WASMTIME_COMPONENT_ENUM.value
_OPTION = ffi.WASMTIME_COMPONENT_OPTION.value
_RESULT = ffi.WASMTIME_COMPONENT_RESULT.value
_RESOURCE = ffi.WASMTIME_COMPONENT_RESOURCE.value
_NUMBERS = {
    8: (_U8, Struct("=B")),
    16: (ffi.WASMTIME_COMPONENT_U16.value, Struct("=H")),
    32: (ffi.WASMTIME_COMPONENT_U32.value, Struct("=I")),
    64: (ffi.WASMTIME_COMPONENT_U64.value, Struct("=Q")),
}

#: A pointer, and a length with a pointer.
_POINTER = Struct("=Q")
_SPAN = Struct("=QQ")

_string_at = ctypes.string_at


class BridgeError(Exception):
    """The component was stopped, or gave something else than its contract says."""


class Function:
    """A function of one instance."""

    __slots__ = ("_context", "_func", "_give", "_store", "_take", "_takes")

    def __init__(self, store: Store, func: Func, takes: tuple[Shape, ...], gives: Shape) -> None:
        # The store and the context that belongs to it live as long as this.
        self._store = store
        self._context = store._context()
        self._func = func._func
        self._takes = tuple(_lowering(shape) for shape in takes)
        self._take = len(takes)
        self._give = _lifting(gives)

    def __call__(self, *arguments: Any) -> Any:
        """Raises `BridgeError` where the instance is of no use any more."""
        memory = _Memory(self._take)
        for index, lower in enumerate(self._takes):
            lower(memory, index * _VALUE, arguments[index])
        begin = memory.settle()
        result = ffi.wasmtime_component_val_t()
        try:
            error = ffi.wasmtime_component_func_call(
                self._func,
                self._context,
                ctypes.cast(begin, ctypes.POINTER(ffi.wasmtime_component_val_t)),
                self._take,
                result,
                1,
            )
        finally:
            memory.wipe()
        if error:
            raise _stopped(error)
        try:
            return self._give(_string_at(ctypes.addressof(result), _VALUE), 0)
        finally:
            ffi.wasmtime_component_val_delete(result)


def _stopped(error: Any) -> BridgeError:
    # The first line says why, the others where in the component.
    lines = str(WasmtimeError._from_ptr(error)).strip().splitlines()
    reasons = [line.strip() for line in lines if "trap" in line or "error" in line]
    return BridgeError((reasons or lines or ["it gave no reason"])[-1 if reasons else 0])


class _Memory:
    """The arguments of one call, in one piece."""

    __slots__ = ("bytes", "pointers", "region")

    def __init__(self, arguments: int) -> None:
        self.bytes = bytearray(arguments * _VALUE)
        #: Where a pointer stands. Until `settle` it counts from the beginning.
        self.pointers: list[int] = []
        self.region: Any = None

    def room(self, length: int) -> int:
        begin = len(self.bytes)
        self.bytes += bytes(-(-length // 8) * 8)
        return begin

    def span(self, at: int, count: int, begin: int) -> None:
        """Writes a length and a pointer."""
        _SPAN.pack_into(self.bytes, at, count, begin)
        self.pointers.append(at + 8)

    def point(self, at: int, begin: int) -> None:
        _POINTER.pack_into(self.bytes, at, begin)
        self.pointers.append(at)

    def settle(self) -> int:
        """Makes all pointers real. Nothing is added from then on."""
        self.region = (ctypes.c_char * len(self.bytes)).from_buffer(self.bytes)
        begin = ctypes.addressof(self.region)
        for at in self.pointers:
            _POINTER.pack_into(self.bytes, at, _POINTER.unpack_from(self.bytes, at)[0] + begin)
        return begin

    def wipe(self) -> None:
        ctypes.memset(self.region, 0, len(self.bytes))


Lower: TypeAlias = Callable[[_Memory, int, Any], None]
Lift: TypeAlias = Callable[[bytes, int], Any]


class _Names:
    """Names of the contract, at addresses that stay."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Any, bytes]] = {}

    def span(self, name: str) -> bytes:
        if name not in self._kept:
            text = name.encode()
            buffer = ctypes.create_string_buffer(text, len(text))
            self._kept[name] = (buffer, _SPAN.pack(len(text), ctypes.addressof(buffer)))
        return self._kept[name][1]


_names = _Names()
_lowerings: dict[Shape, Lower] = {}
_liftings: dict[Shape, Lift] = {}


def _lowering(shape: Shape) -> Lower:
    if shape not in _lowerings:
        _lowerings[shape] = _make_lowering(shape)
    return _lowerings[shape]


def _lifting(shape: Shape) -> Lift:
    if shape not in _liftings:
        _liftings[shape] = _make_lifting(shape)
    return _liftings[shape]


# --- Into the component


def _make_lowering(shape: Shape) -> Lower:
    match shape:
        case Text():
            return _lower_text
        case Bool():
            return _lower_bool
        case Number(bits=bits):
            return _lower_number(*_NUMBERS[bits])
        case Bytes():
            return _lower_bytes
        case Handle():
            return _lower_handle
        case Option(of=of):
            return _lower_option(_lowering(of))
        case ListOf(of=of):
            return _lower_list(_lowering(of))
        case TupleOf(of=items):
            return _lower_tuple(tuple(_lowering(item) for item in items))
        case Record():
            return _lower_record(shape)
        case Enumeration():
            return _lower_enumeration(shape)
        case Variant():
            return _lower_variant(shape)
    raise AssertionError(f"{shape} is no argument of a component")


def _lower_text(memory: _Memory, at: int, value: str) -> None:
    text = value.encode()
    memory.bytes[at] = _STRING
    begin = memory.room(len(text))
    memory.bytes[begin : begin + len(text)] = text
    memory.span(at + _OF, len(text), begin)


def _lower_bool(memory: _Memory, at: int, value: bool) -> None:
    memory.bytes[at] = _BOOL
    memory.bytes[at + _OF] = value


def _lower_number(kind: int, form: Struct) -> Lower:
    def lower(memory: _Memory, at: int, value: int) -> None:
        memory.bytes[at] = kind
        form.pack_into(memory.bytes, at + _OF, value)

    return lower


def _lower_bytes(memory: _Memory, at: int, value: bytes) -> None:
    memory.bytes[at] = _LIST
    length = len(value)
    begin = memory.room(length * _VALUE)
    end = begin + length * _VALUE
    memory.bytes[begin:end:_VALUE] = bytes([_U8]) * length
    memory.bytes[begin + _OF : end : _VALUE] = value
    memory.span(at + _OF, length, begin)


def _lower_handle(memory: _Memory, at: int, value: ResourceAny) -> None:
    memory.bytes[at] = _RESOURCE
    # Not ours, so it stands where it is: no pointer of this memory.
    address = ctypes.cast(value.ptr(), ctypes.c_void_p).value or 0
    _POINTER.pack_into(memory.bytes, at + _OF, address)


def _lower_option(of: Lower) -> Lower:
    def lower(memory: _Memory, at: int, value: Any) -> None:
        memory.bytes[at] = _OPTION
        if value is not None:
            begin = memory.room(_VALUE)
            of(memory, begin, value)
            memory.point(at + _OF, begin)

    return lower


def _lower_list(of: Lower) -> Lower:
    def lower(memory: _Memory, at: int, value: Any) -> None:
        memory.bytes[at] = _LIST
        begin = memory.room(len(value) * _VALUE)
        for index, item in enumerate(value):
            of(memory, begin + index * _VALUE, item)
        memory.span(at + _OF, len(value), begin)

    return lower


def _lower_tuple(items: tuple[Lower, ...]) -> Lower:
    def lower(memory: _Memory, at: int, value: tuple[Any, ...]) -> None:
        memory.bytes[at] = _TUPLE
        begin = memory.room(len(items) * _VALUE)
        for index, of in enumerate(items):
            of(memory, begin + index * _VALUE, value[index])
        memory.span(at + _OF, len(items), begin)

    return lower


def _lower_record(shape: Record) -> Lower:
    fields = tuple((_names.span(f.name), f.attribute, _lowering(f.of)) for f in shape.fields)

    def lower(memory: _Memory, at: int, value: Any) -> None:
        memory.bytes[at] = _RECORD
        begin = entry = memory.room(len(fields) * _FIELD)
        for name, attribute, of in fields:
            memory.bytes[entry : entry + _NAME] = name
            of(memory, entry + _NAME, getattr(value, attribute))
            entry += _FIELD
        memory.span(at + _OF, len(fields), begin)

    return lower


def _lower_enumeration(shape: Enumeration) -> Lower:
    names = {member: _names.span(member.value) for member in shape.cls}

    def lower(memory: _Memory, at: int, value: Any) -> None:
        memory.bytes[at] = _ENUM
        memory.bytes[at + _OF : at + _OF + _NAME] = names[value]

    return lower


def _lower_variant(shape: Variant) -> Lower:
    cases = tuple(
        (case.cls, _names.span(case.name), case.take, None if case.of is None else _lowering(case.of))
        for case in shape.cases
    )

    def lower(memory: _Memory, at: int, value: Any) -> None:
        found = next((case for case in cases if isinstance(value, case[0])), None)
        if found is None:
            raise TypeError(f"{type(value).__name__} is no case of {shape.name}")
        _, name, take, of = found
        memory.bytes[at] = _VARIANT
        memory.bytes[at + _OF : at + _OF + _NAME] = name
        if of is not None:
            begin = memory.room(_VALUE)
            of(memory, begin, take(value))
            memory.point(at + _OF + _NAME, begin)

    return lower


# --- Out of the component


def _make_lifting(shape: Shape) -> Lift:
    match shape:
        case Text():
            return _lift_text
        case Bool():
            return _lift_bool
        case Number(bits=bits):
            return _lift_number(*_NUMBERS[bits])
        case Bytes():
            return _lift_bytes
        case Handle():
            return _lift_handle
        case Option(of=of):
            return _lift_option(_lifting(of))
        case ListOf(of=of):
            return _lift_list(_lifting(of))
        case Record():
            return _lift_record(shape)
        case Enumeration():
            return _lift_enumeration(shape)
        case Variant():
            return _lift_variant(shape)
        case ResultOf(ok=ok, err=err):
            return _lift_result(_lifting(ok), _lifting(err))
    raise AssertionError(f"{shape} is no result of a component")


def _expect(value: bytes, at: int, kind: int) -> None:
    if value[at] != kind:
        raise BridgeError("the component gave a value of another kind")


def _span_at(value: bytes, at: int) -> tuple[int, int]:
    count, begin = _SPAN.unpack_from(value, at)
    return count, begin


def _name_at(value: bytes, at: int) -> str:
    count, begin = _SPAN.unpack_from(value, at)
    return _string_at(begin, count).decode()


def _lift_text(value: bytes, at: int) -> str:
    _expect(value, at, _STRING)
    return _name_at(value, at + _OF)


def _lift_bool(value: bytes, at: int) -> bool:
    _expect(value, at, _BOOL)
    return value[at + _OF] != 0


def _lift_number(kind: int, form: Struct) -> Lift:
    def lift(value: bytes, at: int) -> Any:
        _expect(value, at, kind)
        return form.unpack_from(value, at + _OF)[0]

    return lift


def _lift_bytes(value: bytes, at: int) -> bytes:
    _expect(value, at, _LIST)
    count, begin = _span_at(value, at + _OF)
    return _string_at(begin, count * _VALUE)[_OF::_VALUE] if count else b""


def _lift_handle(value: bytes, at: int) -> ResourceAny:
    _expect(value, at, _RESOURCE)
    (address,) = _POINTER.unpack_from(value, at + _OF)
    # The result is deleted, with what it points to.
    pointer = ctypes.cast(address, ctypes.POINTER(ffi.wasmtime_component_resource_any_t))
    return ResourceAny._from_ptr(ffi.wasmtime_component_resource_any_clone(pointer))


def _lift_option(of: Lift) -> Lift:
    def lift(value: bytes, at: int) -> Any:
        _expect(value, at, _OPTION)
        (begin,) = _POINTER.unpack_from(value, at + _OF)
        return of(_string_at(begin, _VALUE), 0) if begin else None

    return lift


def _lift_list(of: Lift) -> Lift:
    def lift(value: bytes, at: int) -> Any:
        _expect(value, at, _LIST)
        count, begin = _span_at(value, at + _OF)
        items = _string_at(begin, count * _VALUE) if count else b""
        return tuple(of(items, index * _VALUE) for index in range(count))

    return lift


def _lift_record(shape: Record) -> Lift:
    fields = tuple((field.attribute, _lifting(field.of)) for field in shape.fields)
    cls, length = shape.cls, len(fields) * _FIELD

    def lift(value: bytes, at: int) -> Any:
        _expect(value, at, _RECORD)
        count, begin = _span_at(value, at + _OF)
        if count != len(fields):
            raise BridgeError("the component gave a record with other fields")
        entries = _string_at(begin, length)
        places = range(_NAME, length, _FIELD)
        return cls(**{name: of(entries, place) for (name, of), place in zip(fields, places, strict=True)})

    return lift


def _lift_enumeration(shape: Enumeration) -> Lift:
    members = {member.value: member for member in shape.cls}

    def lift(value: bytes, at: int) -> Any:
        _expect(value, at, _ENUM)
        return members[_name_at(value, at + _OF)]

    return lift


def _lift_variant(shape: Variant) -> Lift:
    cases = {case.name: (case.make, None if case.of is None else _lifting(case.of)) for case in shape.cases}

    def lift(value: bytes, at: int) -> Any:
        _expect(value, at, _VARIANT)
        make, of = cases[_name_at(value, at + _OF)]
        if of is None:
            return make(None)
        (begin,) = _POINTER.unpack_from(value, at + _OF + _NAME)
        return make(of(_string_at(begin, _VALUE), 0))

    return lift


def _lift_result(ok: Lift, err: Lift) -> Lift:
    def lift(value: bytes, at: int) -> Any:
        _expect(value, at, _RESULT)
        (begin,) = _POINTER.unpack_from(value, at + _OF + 8)
        inner = _string_at(begin, _VALUE)
        return Ok(ok(inner, 0)) if value[at + _OF] else Err(err(inner, 0))

    return lift
