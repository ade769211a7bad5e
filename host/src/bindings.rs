//! What the components export, and the store that one of them imports, as wasmtime
//! makes it from `wit/`. Private: the generated types derive a `Debug` that prints secrets. What a call takes is
//! borrowed, so that no copy of a secret is made on the way.

wasmtime::component::bindgen!({
    path: "../wit",
    // The world `sans-io`, and `shared-session` without what wasmtime-wasi gives.
    inline: "
        package rpa:host;

        world exports {
            export rpa:auth/types@0.1.0;
            export rpa:auth/flow-steps@0.1.0;

            import rpa:auth/token-store@0.1.0;
            export rpa:auth/session@0.1.0;
        }
    ",
    world: "rpa:host/exports",
    imports: { default: async },
    // A step is short, and waits for nothing.
    exports: { "rpa:auth/flow-steps@0.1.0.next": exact, default: async },
    ownership: Borrowing { duplicate_if_necessary: true },
});
