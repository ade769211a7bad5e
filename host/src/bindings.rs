//! What the components export, as wasmtime makes it from `wit/`. Private: the generated
//! types derive a `Debug` that prints secrets. What a call takes is borrowed, so that no
//! copy of a secret is made on the way.

wasmtime::component::bindgen!({
    path: "../wit",
    // The worlds `sans-io` and `sans-io-session` together, for one set of types.
    inline: "
        package rpa:host;

        world exports {
            export rpa:auth/types@0.1.0;
            export rpa:auth/http-types@0.1.0;
            export rpa:auth/flow-steps@0.1.0;
            export rpa:auth/session-types@0.1.0;
            export rpa:auth/session-steps@0.1.0;
        }
    ",
    world: "rpa:host/exports",
    ownership: Borrowing { duplicate_if_necessary: true },
});
