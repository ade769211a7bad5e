//! A `token-store` of one entry, for a component in an engine of the test's own.
//! Nobody else writes, and no time passes in it.

use std::sync::{Arc, Mutex};

use wasmtime::component::{Linker, Val};

/// Value and version, as the component gave and gets them.
type Entry = Option<(Val, Val)>;

pub fn add_to_linker<T: 'static>(linker: &mut Linker<T>) {
    let entry: Arc<Mutex<Entry>> = Arc::default();
    let mut store = linker.instance("rpa:auth/token-store@0.1.0").unwrap();
    let read = Arc::clone(&entry);
    let added = store.func_new("read", move |_, _, _, results| {
        let entry = read.lock().unwrap().clone();
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
        let [_, expected, value, _] = params else {
            return Err(wasmtime::Error::msg("the contract has four parameters"));
        };
        let mut entry = entry.lock().unwrap();
        let version = entry.as_ref().map(|(_, version)| version.clone());
        let is_expected = *expected == Val::Option(version.clone().map(Box::new));
        results[0] = ok(is_expected.then(|| {
            let writes = match version {
                Some(Val::String(version)) => version.parse().unwrap_or(0),
                _ => 0,
            };
            let version = Val::String((writes + 1).to_string());
            *entry = Some((value.clone(), version.clone()));
            version
        }));
        Ok(())
    });
    added.unwrap();
}

fn ok(value: Option<Val>) -> Val {
    let value = Val::Option(value.map(Box::new));
    Val::Result(Ok(Some(Box::new(value))))
}
