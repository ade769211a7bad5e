//! The functions that a component exports.

use wasmtime::Error;
use wasmtime::component::{Component, ComponentExportIndex};

/// An interface that a component exports.
pub(crate) struct Interface<'a> {
    component: &'a Component,
    name: &'static str,
    index: ComponentExportIndex,
}

impl<'a> Interface<'a> {
    /// Finds one by its whole name.
    pub(crate) fn find(component: &'a Component, name: &'static str) -> wasmtime::Result<Self> {
        let index = component.get_export_index(None, name);
        Ok(Self {
            component,
            name,
            index: index.ok_or_else(|| Error::msg(format!("the component has no {name}")))?,
        })
    }

    /// Finds a function.
    pub(crate) fn function(&self, name: &str) -> wasmtime::Result<ComponentExportIndex> {
        let index = self.component.get_export_index(Some(&self.index), name);
        index.ok_or_else(|| Error::msg(format!("{} has no function {name}", self.name)))
    }
}
