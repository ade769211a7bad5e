//! The contract as JSON, for the generators of the packages: their types carry the
//! contract's own names and doc comments.
//!
//! A type is the name of a primitive one or a table with one key: `option`, `list`, `own`
//! or `ref`, which names a type of the contract.

use std::path::Path;

use serde_json::{Value, json};
use wit_parser::{
    Function, FunctionKind, Handle, Interface, Resolve, Type, TypeDefKind, TypeId, TypeOwner,
};

use crate::Failure;

/// Reads the WIT package in a folder. Returns its interfaces with their types and functions
/// in the order of the text, names as they stand there.
pub fn read(folder: &Path) -> Result<Value, Failure> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_dir(folder)
        .map_err(|error| format!("{}: {error:#}", folder.display()))?;
    let package = &resolve.packages[package];
    let interfaces = package.interfaces.iter();
    let interfaces =
        interfaces.map(|(name, id)| interface_of(&resolve, name, &resolve.interfaces[*id]));
    Ok(json!({
        "package": package.name.to_string(),
        "interfaces": interfaces.collect::<Vec<_>>(),
    }))
}

fn interface_of(resolve: &Resolve, name: &str, interface: &Interface) -> Value {
    // What an interface uses of another one stands there.
    let own = interface.types.iter().filter(|&(_, &id)| {
        let kind = &resolve.types[id].kind;
        !matches!(kind, TypeDefKind::Type(Type::Id(used)) if resolve.types[*used].owner != resolve.types[id].owner)
    });
    let types = own.map(|(name, &id)| definition(resolve, name, id));
    let functions = interface.functions.values();
    json!({
        "name": name,
        "docs": interface.docs.contents,
        "types": types.collect::<Vec<_>>(),
        "functions": functions.map(|function| function_of(resolve, function)).collect::<Vec<_>>(),
    })
}

fn definition(resolve: &Resolve, name: &str, id: TypeId) -> Value {
    let definition = &resolve.types[id];
    let docs = &definition.docs.contents;
    match &definition.kind {
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter().map(|field| {
                json!({ "name": field.name, "docs": field.docs.contents, "type": type_of(resolve, &field.ty) })
            });
            json!({ "name": name, "docs": docs, "record": fields.collect::<Vec<_>>() })
        }
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter().map(|case| {
                let payload = case.ty.as_ref().map(|payload| type_of(resolve, payload));
                json!({ "name": case.name, "docs": case.docs.contents, "type": payload })
            });
            json!({ "name": name, "docs": docs, "variant": cases.collect::<Vec<_>>() })
        }
        TypeDefKind::Enum(cases) => {
            let cases = cases.cases.iter();
            let cases = cases.map(|case| json!({ "name": case.name, "docs": case.docs.contents }));
            json!({ "name": name, "docs": docs, "enum": cases.collect::<Vec<_>>() })
        }
        TypeDefKind::Resource => json!({ "name": name, "docs": docs, "resource": [] }),
        other => json!({ "name": name, "docs": docs, "type": kind_of(resolve, other) }),
    }
}

fn function_of(resolve: &Resolve, function: &Function) -> Value {
    let parameters = function.params.iter().map(
        |parameter| json!({ "name": parameter.name, "type": type_of(resolve, &parameter.ty) }),
    );
    let resource = match function.kind {
        FunctionKind::Method(id) | FunctionKind::Static(id) | FunctionKind::Constructor(id) => {
            resolve.types[id].name.clone()
        }
        _ => None,
    };
    json!({
        "name": function.item_name(),
        "of": resource,
        "docs": function.docs.contents,
        "parameters": parameters.collect::<Vec<_>>(),
        "result": function.result.as_ref().map(|result| type_of(resolve, result)),
    })
}

fn type_of(resolve: &Resolve, of: &Type) -> Value {
    let Type::Id(id) = of else {
        return primitive(of).into();
    };
    let definition = &resolve.types[*id];
    match (&definition.name, definition.owner) {
        (Some(name), TypeOwner::Interface(_)) => json!({ "ref": name }),
        _ => kind_of(resolve, &definition.kind),
    }
}

fn kind_of(resolve: &Resolve, kind: &TypeDefKind) -> Value {
    let inner = |of: &Type| type_of(resolve, of);
    match kind {
        TypeDefKind::Option(of) => json!({ "option": inner(of) }),
        TypeDefKind::List(of) => json!({ "list": inner(of) }),
        TypeDefKind::Tuple(tuple) => {
            json!({ "tuple": tuple.types.iter().map(inner).collect::<Vec<_>>() })
        }
        TypeDefKind::Result(result) => json!({ "result": {
            "ok": result.ok.as_ref().map(inner),
            "err": result.err.as_ref().map(inner),
        }}),
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => {
            json!({ "own": resolve.types[*id].name })
        }
        TypeDefKind::Type(of) => inner(of),
        // The contract has none of the others.
        other => other.as_str().into(),
    }
}

fn primitive(of: &Type) -> &'static str {
    match of {
        Type::Bool => "bool",
        Type::U8 => "u8",
        Type::U16 => "u16",
        Type::U32 => "u32",
        Type::U64 => "u64",
        Type::S8 => "s8",
        Type::S16 => "s16",
        Type::S32 => "s32",
        Type::S64 => "s64",
        Type::F32 => "f32",
        Type::F64 => "f64",
        Type::Char => "char",
        Type::String => "string",
        Type::ErrorContext | Type::Id(_) => "error-context",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    /// The names of the packages that folders come to, and of the worlds in the last one.
    fn resolved(folders: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut resolve = Resolve::default();
        let mut last = None;
        for folder in folders {
            let (package, _) = resolve.push_dir(root().join(folder)).unwrap();
            last = Some(package);
        }
        let packages = resolve.packages.iter();
        let packages = packages.map(|(_, package)| package.name.to_string());
        let worlds = resolve.packages[last.unwrap()].worlds.keys().cloned();
        (packages.collect(), worlds.collect())
    }

    /// So a consumer copies one folder, and nothing of WASI.
    #[test]
    fn the_contract_needs_no_other_package() {
        let (packages, worlds) = resolved(&["wit"]);
        assert_eq!(packages, ["rpa:auth@0.1.0"]);
        assert_eq!(worlds, ["sans-io", "sans-io-session"]);
    }

    /// As `examples/consumer/README.md` says.
    #[test]
    fn a_consumer_resolves_with_a_copy_of_the_contract_among_its_deps() {
        for example in ["consumer", "consumer-session", "token-store"] {
            let project = tempfile::tempdir().unwrap();
            let copy = project.path().join("deps/rpa-auth");
            fs::create_dir_all(&copy).unwrap();
            for (from, to) in [
                (root().join("wit"), &*copy),
                (
                    root().join("examples").join(example).join("wit"),
                    project.path(),
                ),
            ] {
                let files = fs::read_dir(from).unwrap().map(Result::unwrap);
                for file in files.filter(|file| file.path().is_file()) {
                    fs::copy(file.path(), to.join(file.file_name())).unwrap();
                }
            }
            let mut resolve = Resolve::default();
            let (package, _) = resolve.push_dir(project.path()).unwrap();
            let package = &resolve.packages[package];
            assert_eq!(package.name.to_string(), format!("example:{example}@0.1.0"));
            assert_eq!(resolve.packages.len(), 2, "it and `rpa:auth`");
        }
    }

    #[test]
    fn the_worlds_that_import_wasi_stand_on_the_contract() {
        let (packages, worlds) = resolved(&["wit", "wit/wasi"]);
        assert_eq!(packages[0], "rpa:auth@0.1.0");
        assert!(packages.contains(&"wasi:http@0.2.2".to_owned()));
        assert_eq!(worlds, ["plugin", "shared-session"]);
    }

    #[test]
    fn the_contract_is_told_with_its_names_and_words() {
        let contract = read(&root().join("wit")).unwrap();
        let named = |list: &Value, name: &str| -> Value {
            let mut all = list.as_array().unwrap().iter();
            let found = all.find(|one| one["name"] == name).cloned();
            found.unwrap_or_else(|| panic!("no {name} in {list}"))
        };
        let interface = |name| named(&contract["interfaces"], name);
        let types = interface("types")["types"].clone();
        let room = named(&types, "control-room");
        assert_eq!(room["record"][0]["name"], "url", "in the order of the text");
        assert_eq!(room["record"][0]["type"], "string");
        let docs = room["record"][0]["docs"].as_str().unwrap();
        assert!(docs.starts_with("`https://host[:port][/prefix]`"), "{docs}");
        let transport = json!({ "option": { "ref": "transport-options" } });
        assert_eq!(room["record"][2]["type"], transport);
        let secret = named(&named(&types, "control-room-secret")["variant"], "api-key");
        assert_eq!(secret["type"], "string");
        let kinds = named(&types, "rejection-kind")["enum"].clone();
        assert_eq!(kinds[0]["name"], "credentials-rejected");
        let result =
            json!({ "result": { "ok": { "ref": "token" }, "err": { "ref": "auth-error" } } });
        let authenticate = named(&interface("auth")["functions"], "authenticate");
        assert_eq!(authenticate["result"], result);
        let used = interface("auth")["types"].clone();
        assert_eq!(used, json!([]), "they are defined in `types`");
        let on = named(&interface("session-steps")["functions"], "on");
        assert_eq!(on["of"], "running");
    }
}
