"""Writes the package's types from the contract, with the contract's words.

    python tools/generate.py            writes _contract.py, _contract_shapes.py, _functions.py, aio.py
    python tools/generate.py --check    ends with 1 where they are not what it would write

The contract is the JSON of `cargo xtask contract`: the file that RPA_AUTH_CONTRACT names, or
else what that command says.
"""

from __future__ import annotations

import json
import keyword
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent.parent
REPOSITORY = PACKAGE.parent.parent
SOURCE = PACKAGE / "src" / "rpa_auth"

#: The interfaces with the types, in the order in which names are looked up, and what their
#: variants' classes begin with.
INTERFACES = {
    "types": "",
    "http-types": "",
    "flow-steps": "Flow",
    "session-types": "",
    "session-steps": "Session",
}

#: What only passes between the component and the driver.
INTERNAL = {"http-types", "flow-steps", "session-steps"}
INTERNAL_TYPES = {"options"}

#: Variants whose cases are told by the class of what they hold.
UNTAGGED = {"account"}

#: Variants that are exceptions, written by hand in `errors.py`.
EXCEPTIONS = {"auth-error": "AuthError", "session-error": "AuthError", "store-error": "StoreError"}

#: Variants whose cases are called by their own names alone.
PLAIN = {"control-room-secret"}

#: What `repr` does not show.
SECRET = {
    "header": {"value"},
    "control-room-secret": {"password", "api-key"},
    "control-room-credentials": {"mfa-code"},
    "ropc-credentials": {"password"},
    "client-credentials": {"client-secret"},
    "token": {"value"},
    "entry": {"value"},
}

URLS = {
    "control-room": {"url"},
    "orchestrator": {"url"},
    "identity-server": {"token-url"},
}

BASES = {"token": "TokenText"}

SCALARS = {"string": "str", "bool": "bool", "u8": "int", "u16": "int", "u32": "int", "u64": "int"}


@dataclass
class Type:
    name: str
    interface: str
    docs: str | None
    form: dict[str, Any]

    @property
    def cls(self) -> str:
        prefix = INTERFACES[self.interface] if "variant" in self.form else ""
        return prefix + pascal(self.name)

    @property
    def constant(self) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.cls).upper()

    @property
    def is_internal(self) -> bool:
        return self.interface in INTERNAL or self.name in INTERNAL_TYPES

    def case_class(self, case: str) -> str:
        return pascal(case) if self.name in PLAIN else self.cls + pascal(case)


def pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


def snake(name: str) -> str:
    name = name.replace("-", "_")
    return name + "_" if keyword.iskeyword(name) else name


class Contract:
    def __init__(self, data: dict[str, Any]) -> None:
        interfaces = {interface["name"]: interface for interface in data["interfaces"]}
        self.types: dict[tuple[str, str], Type] = {}
        for interface in INTERFACES:
            for entry in interfaces[interface]["types"]:
                form = {key: value for key, value in entry.items() if key not in ("name", "docs")}
                if "resource" in form:
                    continue
                found = Type(entry["name"], interface, entry["docs"], form)
                self.types[interface, found.name] = found
        self.functions = {
            (function["of"], function["name"]): function
            for name in ("auth", "orchestrator-auth", "flow-steps", "session-steps")
            for function in interfaces[name]["functions"]
        }
        # `session-types` says these two again without their words.
        for entry in interfaces["token-store"]["types"]:
            borrowed = self.types["session-types", entry["name"]]
            if "record" in entry:
                borrowed.form = {"record": entry["record"]}
        for found in self.types.values():
            if found.name in EXCEPTIONS or found.name == "rejection-kind":
                cases = found.form.get("variant") or found.form["enum"]
                NAMES.update({case["name"]: pascal(case["name"]) for case in cases if "-" in case["name"]})
            elif "-" in found.name:
                NAMES[found.name] = found.cls
        for table in (SECRET, URLS):
            for name, parts in table.items():
                form = next(t for t in self.types.values() if t.name == name).form
                known = {part["name"] for part in form.get("record", form.get("variant", []))}
                if not parts <= known:
                    raise SystemExit(f"{name} has no {sorted(parts - known)}")

    def of(self, name: str, interface: str) -> Type:
        for place in (interface, *INTERFACES):
            if (place, name) in self.types:
                return self.types[place, name]
        raise SystemExit(f"no type {name} is known to {interface}")

    def annotation(self, form: Any, interface: str) -> str:
        if isinstance(form, str):
            return SCALARS[form]
        match form:
            case {"ref": name}:
                return EXCEPTIONS.get(name) or self.of(name, interface).cls
            case {"option": inner}:
                return f"{self.annotation(inner, interface)} | None"
            case {"list": "u8"}:
                return "bytes"
            case {"list": inner}:
                return f"Sequence[{self.annotation(inner, interface)}]"
            case {"tuple": items}:
                return f"tuple[{', '.join(self.annotation(item, interface) for item in items)}]"
            case {"result": _}:
                return "Ok | Err"
        raise SystemExit(f"what is {form}?")

    def shape(self, form: Any, interface: str) -> str:
        if isinstance(form, str):
            return {"string": "TEXT", "bool": "BOOL"}.get(form) or f"Number({int(form[1:])})"
        match form:
            case {"ref": name}:
                return self.of(name, interface).constant
            case {"option": inner}:
                return f"Option({self.shape(inner, interface)})"
            case {"list": "u8"}:
                return "BYTES"
            case {"list": inner}:
                return f"ListOf({self.shape(inner, interface)})"
            case {"tuple": items}:
                return f"TupleOf(({', '.join(self.shape(item, interface) for item in items)},))"
            case {"result": {"ok": ok, "err": err}}:
                return f"ResultOf({self.shape(ok, interface)}, {self.shape(err, interface)})"
            case {"own": _}:
                return "HANDLE"
        raise SystemExit(f"what is {form}?")


#: What is called otherwise in Python, beside the fields, whose dashes are underlines.
NAMES: dict[str, str] = {}


def python_name(found: re.Match[str]) -> str:
    words = found[1].split(".")
    return "`" + ".".join(NAMES.get(word) or snake(word) for word in words) + "`"


def words(docs: str | None, indent: str) -> list[str]:
    """The contract's words as a docstring, with Python's names."""
    if not docs:
        return []
    text = re.sub(r"`([a-z0-9-]+(?:\.[a-z0-9-]+)*)`", python_name, docs)
    lines = text.replace("\\", "\\\\").split("\n")
    if len(lines) == 1:
        return [f'{indent}"""{lines[0]}"""']
    rest = [f"{indent}{line}".rstrip() for line in lines[1:]]
    return [f'{indent}"""{lines[0]}', *rest, f'{indent}"""']


def names_of(parts: set[str]) -> str:
    return "frozenset({" + ", ".join(f'"{snake(part)}"' for part in sorted(parts)) + "})"


def plain(cls: str, docs: list[str], fields: Sequence[tuple[str, str, str | None]]) -> list[str]:
    """A class of the driver's: written out, because a dataclass takes a millisecond of each start."""
    names = [name for name, _, _ in fields]
    slots = ", ".join(f'"{name}"' for name in names) + ("," if len(names) == 1 else "")
    lines = [f"class {cls}(Internal):", *docs, "", f"    __slots__ = ({slots})"]
    if fields:
        lines += [f"    __match_args__ = ({slots})", "", "    def __init__("]
        star = ["*"] if any(default for _, _, default in fields) else []
        parameters = ["self", *star, *(n + ": " + a + (f" = {d}" if d else "") for n, a, d in fields)]
        lines[-1] += ", ".join(parameters) + ") -> None:"
        lines += [f"        self.{name} = {name}" for name in names]
    return lines


def record(contract: Contract, found: Type) -> list[str]:
    if found.is_internal:
        fields = [
            (snake(f["name"]), contract.annotation(f["type"], found.interface), default_of(found, f))
            for f in found.form["record"]
        ]
        docs = words(found.docs, "    ") or [f'    """The contract\'s `{found.name}`."""']
        return plain(found.cls, docs, fields)
    bases = ", ".join(filter(None, (BASES.get(found.name), "Value")))
    lines = [
        "@dataclass(frozen=True, slots=True, repr=False)",
        f"class {found.cls}({bases}):",
        *(words(found.docs, "    ") or [f'    """The contract\'s `{found.name}`."""']),
        "",
    ]
    fields = found.form["record"]
    can_be_left_out = [default_of(found, field) is not None for field in fields]
    if sorted(can_be_left_out) != can_be_left_out:
        # Something that is required stands behind something that is not.
        lines[0] = "@dataclass(frozen=True, slots=True, repr=False, kw_only=True)"
    for field in fields:
        default = default_of(found, field)
        annotation = contract.annotation(field["type"], found.interface)
        lines.append(f"    {snake(field['name'])}: {annotation}" + (f" = {default}" if default else ""))
        lines.extend(words(field["docs"], "    "))
    lines.extend(hidden(found))
    return lines


def default_of(found: Type, field: dict[str, Any]) -> str | None:
    """What a field is where it is left out, if it can be."""
    if isinstance(field["type"], dict) and "option" in field["type"]:
        return "None"
    return "()" if (found.name, field["name"]) == ("client-credentials", "scopes") else None


def hidden(found: Type) -> list[str]:
    lines = []
    if found.name in SECRET:
        lines += ["", f"    _secret: ClassVar[frozenset[str]] = {names_of(SECRET[found.name])}"]
    if found.name in URLS:
        lines += ["", f"    _urls: ClassVar[frozenset[str]] = {names_of(URLS[found.name])}"]
    return lines


def enumeration(found: Type) -> list[str]:
    lines = [f"class {found.cls}(Enum):"]
    lines += words(found.docs, "    ") or [f'    """The contract\'s `{found.name}`."""']
    lines.append("")
    for member in found.form["enum"]:
        lines.append(f'    {snake(member["name"]).upper()} = "{member["name"]}"')
        lines.extend(words(member["docs"], "    "))
    lines += ["", "    def __repr__(self) -> str:", '        return f"{type(self).__name__}.{self.name}"']
    return lines


def variant(contract: Contract, found: Type) -> list[str]:
    if found.name in EXCEPTIONS:
        return []
    cases = found.form["variant"]
    if found.name in UNTAGGED:
        union = " | ".join(contract.annotation(case["type"], found.interface) for case in cases)
        return [f"{found.cls}: TypeAlias = {union}"]
    lines: list[str] = []
    for case in cases:
        cls = found.case_class(case["name"])
        if found.is_internal:
            docs = words(case["docs"], "    ") or [
                f'    """The case `{case["name"]}` of the contract\'s `{found.name}`."""'
            ]
            held = (
                []
                if case["type"] is None
                else [("value", contract.annotation(case["type"], found.interface), None)]
            )
            lines += [*plain(cls, docs, held), "", ""]
            continue
        lines += [
            "@dataclass(frozen=True, slots=True, repr=False)",
            f"class {cls}(Value):",
            *(
                words(case["docs"], "    ")
                or [f'    """The case `{case["name"]}` of the contract\'s `{found.name}`."""']
            ),
        ]
        if case["type"] is not None:
            lines += ["", f"    value: {contract.annotation(case['type'], found.interface)}"]
        if case["name"] in SECRET.get(found.name, set()):
            lines += ["", '    _secret: ClassVar[frozenset[str]] = frozenset({"value"})']
        lines += ["", ""]
    union = " | ".join(found.case_class(case["name"]) for case in cases)
    lines += [f"{found.cls}: TypeAlias = {union}", *words(found.docs, "")]
    return lines


HEAD = '''"""{what}

Written by `tools/generate.py` from the WIT: change that, and run it again.
"""

'''


def types_module(contract: Contract) -> str:
    lines = [
        HEAD.format(what="The contract's types, with its words.").rstrip("\n"),
        "",
        "from __future__ import annotations",
        "",
        "from collections.abc import Sequence",
        "from dataclasses import dataclass",
        "from enum import Enum",
        "from typing import TYPE_CHECKING, ClassVar, TypeAlias",
        "",
        "from ._values import Internal, TokenText, Value",
        "",
        "if TYPE_CHECKING:",
        "    from ._shapes import Err, Ok",
        "    from .errors import AuthError, StoreError",
        "",
    ]
    for found in contract.types.values():
        if "record" in found.form:
            part = record(contract, found)
        elif "enum" in found.form:
            part = enumeration(found)
        else:
            part = variant(contract, found)
        if part:
            lines += ["", *part, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def shape_of(contract: Contract, found: Type) -> list[str]:
    if "enum" in found.form:
        return [f"{found.constant} = Enumeration(t.{found.cls})"]
    lines = []
    if "record" in found.form:
        lines += [f"{found.constant} = Record(", f"    t.{found.cls},", "    ("]
        for field in found.form["record"]:
            shape = contract.shape(field["type"], found.interface)
            lines.append(f'        Field("{field["name"]}", "{snake(field["name"])}", {shape}),')
        return [*lines, "    ),", ")"]
    lines += [f"{found.constant} = Variant(", f'    "{found.name}",', "    ("]
    for case in found.form["variant"]:
        shape = "None" if case["type"] is None else contract.shape(case["type"], found.interface)
        if found.name in EXCEPTIONS:
            name = snake(found.name).upper()
            lines.append(f'        errors.{name}.case("{case["name"]}", {shape}),')
        elif found.name in UNTAGGED:
            cls = contract.annotation(case["type"], found.interface)
            lines.append(f'        Case("{case["name"]}", t.{cls}, {shape}, itself, itself),')
        else:
            cls = found.case_class(case["name"])
            make, take = (f"empty(t.{cls})", "itself") if shape == "None" else (f"t.{cls}", "value_of")
            lines.append(f'        Case("{case["name"]}", t.{cls}, {shape}, {make}, {take}),')
    return [*lines, "    ),", ")"]


def shapes_module(contract: Contract) -> str:
    lines = [
        HEAD.format(
            what="The shapes of the contract's types, and of what its functions take and give."
        ).rstrip("\n"),
        "",
        "from __future__ import annotations",
        "",
        "from . import _contract as t",
        "from . import errors",
        "from ._cases import empty, itself, value_of",
        "from ._shapes import (",
        *(
            f"    {name},"
            for name in sorted(
                (
                    "Bool",
                    "Bytes",
                    "Case",
                    "Enumeration",
                    "Field",
                    "Handle",
                    "ListOf",
                    "Number",
                    "Option",
                    "Record",
                    "ResultOf",
                    "Text",
                    "TupleOf",
                    "Variant",
                )
            )
        ),
        ")",
        "",
        "TEXT = Text()",
        "BOOL = Bool()",
        "BYTES = Bytes()",
        "HANDLE = Handle()",
    ]
    for found in contract.types.values():
        lines += ["", *shape_of(contract, found)]
    lines += ["", "# The functions of the components: what each takes, and what it gives."]
    for (resource, name), function in contract.functions.items():
        if (resource, name) != (None, "next") and resource is None:
            continue
        interface = "flow-steps" if resource is None else "session-steps"
        parameters = ", ".join(contract.shape(p["type"], interface) for p in function["parameters"])
        result = contract.shape(function["result"], interface)
        constant = "_".join(filter(None, (resource, snake(name)))).upper()
        lines.append(f"{constant} = (({parameters},), {result})")
    return "\n".join(lines) + "\n"


FUNCTIONS_HEAD = '''"""{what}

    {example}

Each is one call: nothing is kept between two calls. It sends one request, `validate` a second one
at most, never a request twice, and follows no redirect. What it raises is an `AuthError`.

`client` is {client} of yours: its CA, client certificate, proxy and pool of
connections are used, and nothing else of it: no header, cookie, hook, or `auth`. Without one, what
httpx does by itself holds: the CAs of certifi or `SSL_CERT_FILE`, the proxy of `HTTPS_PROXY`.

Written by `tools/generate.py` from the WIT: change that, and run it again.
"""

from __future__ import annotations

import httpx

from .{runner} import run
from ._contract import (
{imports}
)
from ._flow import outcome, text_of
'''


def functions_module(contract: Contract, *, is_async: bool) -> str:
    functions = [f for (of, name), f in contract.functions.items() if of is None and name != "next"]
    used = {f"FlowCall{pascal(function['name'])}" for function in functions} | {"Token"}
    parts = []
    for function in functions:
        parts.append(function_of(contract, function, is_async=is_async))
        for parameter in function["parameters"]:
            if isinstance(parameter["type"], dict):
                used.add(contract.annotation(parameter["type"], "types"))
        match function["result"]["result"]["ok"]:
            case {"ref": name}:
                used.add(pascal(name))
    head = FUNCTIONS_HEAD.format(
        what="The calls, for coroutines of asyncio." if is_async else "The calls, for threads.",
        example="token = await rpa_auth.aio.authenticate(room, credentials)"
        if is_async
        else "token = rpa_auth.authenticate(room, credentials)",
        client="an `httpx.AsyncClient`" if is_async else "an `httpx.Client`",
        runner="_async" if is_async else "_sync",
        imports="\n".join(f"    {name}," for name in sorted(used)),
    )
    return head + "".join(parts)


def function_of(contract: Contract, function: dict[str, Any], *, is_async: bool) -> str:
    name, cls = snake(function["name"]), f"FlowCall{pascal(function['name'])}"
    names = [snake(parameter["name"]) for parameter in function["parameters"]]
    annotations = [
        "Token | str" if parameter["name"] == "token" else contract.annotation(parameter["type"], "types")
        for parameter in function["parameters"]
    ]
    parameters = ", ".join(f"{n}: {a}" for n, a in zip(names, annotations, strict=True))
    ok = function["result"]["result"]["ok"]
    gives = "None" if ok is None else contract.annotation(ok, "types")
    client = "httpx.AsyncClient" if is_async else "httpx.Client"
    quoted = ", ".join(f'"{n}"' for n in names)
    given = ", ".join("text_of(token)" if n == "token" else n for n in names)
    call = f"run({cls}(({given})), ({quoted}), client)"
    lines = [
        "",
        "",
        f"{'async ' if is_async else ''}def {name}(",
        f"    {parameters}, *, client: {client} | None = None",
        f") -> {gives}:",
        *words(function["docs"], "    "),
    ]
    lines.append(f"    made = {'await ' if is_async else ''}{call}")
    # What is raised from here leaves a frame behind, and secrets are in it no more.
    lines.append(f"    del {', '.join(names)}")
    if ok is None:
        lines.append("    outcome(made)")
    else:
        lines += [f"    result: {gives} = outcome(made)", "    return result"]
    return "\n".join(lines) + "\n"


#: What is asked of a server, as the Rust library asks it.
SCRIPTS = {
    "REDIS_COMMON": "redis/common.lua",
    "REDIS_READ": "redis/read.lua",
    "REDIS_STILL": "redis/still.lua",
    "REDIS_WRITE": "redis/write.lua",
    "POSTGRES_SESSION": "postgres/session.sql",
    "POSTGRES_TABLE": "postgres/table.sql",
    "POSTGRES_READ": "postgres/read.sql",
    "POSTGRES_SETTLE": "postgres/settle.sql",
    "POSTGRES_MAKE": "postgres/make.sql",
    "POSTGRES_REPLACE": "postgres/replace.sql",
    "POSTGRES_SWEEP": "postgres/sweep.sql",
}


def scripts_module() -> str:
    folder = REPOSITORY / "host" / "src" / "store"
    parts = [
        '"""What is asked of a Redis and of a PostgreSQL: the same that the Rust library asks.\n\n'
        "Written by `tools/generate.py` from host/src/store: change that, and run it again.\n"
        '"""\n\nfrom typing import Final\n'
    ]
    for name, path in SCRIPTS.items():
        text = (folder / path).read_text("utf-8")
        quotes = '"""'
        if quotes in text or "\\" in text:
            raise SystemExit(f"{path} does not fit into a string as it is")
        parts.append(f"\n{name}: Final = {quotes}\\\n{text}{quotes}\n")
    return "".join(parts)


def read_contract() -> dict[str, Any]:
    path = os.environ.get("RPA_AUTH_CONTRACT")
    if path:
        text = Path(path).read_text(encoding="utf-8")
    else:
        command = ["cargo", "xtask", "contract"]
        text = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    data: dict[str, Any] = json.loads(text)
    return data


def written() -> dict[Path, str]:
    """What the generated files have to be."""
    contract = Contract(read_contract())
    return {
        SOURCE / "_contract.py": types_module(contract),
        SOURCE / "_contract_shapes.py": shapes_module(contract),
        SOURCE / "_functions.py": functions_module(contract, is_async=False),
        SOURCE / "aio.py": functions_module(contract, is_async=True),
        SOURCE / "stores" / "_scripts.py": scripts_module(),
    }


def main() -> int:
    stale = {
        path: text for path, text in written().items() if not path.exists() or path.read_text("utf-8") != text
    }
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path} is not what the contract says: run tools/generate.py", file=sys.stderr)
        return 1 if stale else 0
    for path, text in stale.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
