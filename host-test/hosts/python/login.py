"""python login.py COMPONENT LOGIN: makes the login that the JSON says, and prints what came
of it as the JSON of the contract's result."""

import json
import sys

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, Variant


def record(**fields):
    made = Record()
    for name, value in fields.items():
        setattr(made, name.replace("_", "-"), value)
    return made


def plain(value):
    """What json can write."""
    if isinstance(value, Variant):
        return {value.tag: plain(value.payload)}
    if isinstance(value, Record):
        return {name: plain(field) for name, field in vars(value).items()}
    return value


engine = Engine()
component = Component.from_file(engine, sys.argv[1])
linker = Linker(engine)
linker.add_wasip2()
linker.add_wasi_http()
store = Store(engine)
store.set_wasi(WasiConfig())
store.set_wasi_http()
instance = linker.instantiate(store, component)
interface = instance.get_export_index(store, "rpa:auth/auth@0.1.0")
name = instance.get_export_index(store, "authenticate", interface)
authenticate = instance.get_func(store, name)

login = json.loads(sys.argv[2])
limits = login["transport"]
room = record(
    url=login["url"],
    api="v2",
    transport=record(
        allow_http=True,
        connect_timeout_ms=limits.get("connect-timeout-ms"),
        first_byte_timeout_ms=limits.get("first-byte-timeout-ms"),
        between_bytes_timeout_ms=None,
        total_timeout_ms=limits.get("total-timeout-ms"),
        headers=None,
    ),
)
credentials = record(
    username="ada",
    secret=Variant("password", login["password"]),
    mfa_code=None,
    multiple_login=None,
)
result = authenticate(store, room, credentials)
# The two sides of the result differ in form, so it comes without its tag.
print(json.dumps({"error": plain(result)} if isinstance(result, Variant) else {"ok": result.value}))
