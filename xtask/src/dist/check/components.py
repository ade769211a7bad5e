import sys
from pathlib import Path

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, Variant

folder, url = Path(sys.argv[1]), sys.argv[2]
engine = Engine()
components = {file.stem: Component.from_file(engine, str(file)) for file in folder.glob("*.wasm")}
assert len(components) == 4, sorted(components)


def record(**fields: object) -> Record:
    made = Record()
    for name, value in fields.items():
        setattr(made, name.replace("_", "-"), value)
    return made


linker = Linker(engine)
linker.add_wasip2()
linker.add_wasi_http()
store = Store(engine)
store.set_wasi(WasiConfig())
store.set_wasi_http()
instance = linker.instantiate(store, components["rpa_auth"])
auth = instance.get_export_index(store, "rpa:auth/auth@0.1.0")
authenticate = instance.get_func(store, instance.get_export_index(store, "authenticate", auth))
transport = record(
    allow_http=True,
    connect_timeout_ms=None,
    first_byte_timeout_ms=None,
    between_bytes_timeout_ms=None,
    total_timeout_ms=None,
    headers=None,
)
token = authenticate(
    store,
    record(url=url, api="v2", transport=transport),
    record(
        username="ada",
        secret=Variant("password", "password"),
        mfa_code=None,
        multiple_login=None,
    ),
)
print(token.value)
