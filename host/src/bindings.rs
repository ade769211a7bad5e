//! What the component exports, as wasmtime makes it from `wit/`. Private: the
//! generated types derive a `Debug` that prints secrets. What a call takes is
//! borrowed, so that no copy of a secret is made on the way.

wasmtime::component::bindgen!({
    path: "../wit",
    // The world `plugin` without its imports: those are wasmtime-wasi's.
    inline: "
        package rpa:host;

        world exports {
            export rpa:auth/types@0.1.0;
            export rpa:auth/auth@0.1.0;
            export rpa:auth/orchestrator-auth@0.1.0;
        }
    ",
    world: "rpa:host/exports",
    exports: { default: async },
    ownership: Borrowing { duplicate_if_necessary: true },
});
