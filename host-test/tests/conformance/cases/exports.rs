//! What a component exports, found by name.

use wasmtime::Store;
use wasmtime::component::{Func, Instance, Type};

/// Returns a function of an interface, and the types of its parameters.
pub fn function<T>(
    store: &mut Store<T>,
    instance: &Instance,
    interface: &str,
    name: &str,
) -> (Func, Vec<Type>) {
    let interface = instance.get_export_index(&mut *store, None, interface);
    let index = instance.get_export_index(&mut *store, interface.as_ref(), name);
    let index = index.unwrap_or_else(|| panic!("nothing exports {name}"));
    let function = instance.get_func(&mut *store, index);
    let function = function.unwrap_or_else(|| panic!("{name} is no function"));
    let types = function.ty(&*store).params().map(|(_, ty)| ty).collect();
    (function, types)
}
