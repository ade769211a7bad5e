//! A `token-store` for a component in an engine of the test's own.
//! Nobody else writes, and no time passes in it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use wasmtime::component::{Linker, Val};

/// Value and version of each key, as the component gave and gets them.
type Entries = HashMap<String, (Val, Val)>;

pub fn add_to_linker<T: 'static>(linker: &mut Linker<T>) {
    let entries: Arc<Mutex<Entries>> = Arc::default();
    let mut store = linker.instance("rpa:auth/token-store@0.1.0").unwrap();
    let read = Arc::clone(&entries);
    let added = store.func_new("read", move |_, _, params, results| {
        let entry = read.lock().unwrap().get(key(&params[0])?).cloned();
        let found = entry.map(|(value, version)| {
            Val::Record(vec![
                ("value".to_owned(), value),
                ("version".to_owned(), version),
                ("age-ms".to_owned(), Val::U64(0)),
            ])
        });
        results[0] = ok(found);
        Ok(())
    });
    added.unwrap();
    let added = store.func_new("compare-and-set", move |_, _, params, results| {
        let [place, expected, value, _] = params else {
            return Err(wasmtime::Error::msg("the contract has four parameters"));
        };
        let mut entries = entries.lock().unwrap();
        let version = entries.get(key(place)?).map(|(_, version)| version.clone());
        let is_expected = *expected == Val::Option(version.clone().map(Box::new));
        let written = is_expected.then(|| {
            let writes = match version {
                Some(Val::String(version)) => version.parse().unwrap_or(0),
                _ => 0,
            };
            let version = Val::String((writes + 1).to_string());
            (value.clone(), version)
        });
        if let Some(written) = &written {
            entries.insert(key(place)?.to_owned(), written.clone());
        }
        results[0] = ok(written.map(|(_, version)| version));
        Ok(())
    });
    added.unwrap();
}

fn key(value: &Val) -> wasmtime::Result<&str> {
    match value {
        Val::String(key) => Ok(key),
        _ => Err(wasmtime::Error::msg("a key is a string")),
    }
}

fn ok(value: Option<Val>) -> Val {
    let value = Val::Option(value.map(Box::new));
    Val::Result(Ok(Some(Box::new(value))))
}
