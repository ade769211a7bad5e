//! Links the component. Natively there is nothing to link.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").as_deref() == Ok("wasm") {
        // A small instance. The flows need about 20 KiB; JSON nested 127 levels
        // deep needs 16 KiB of that.
        println!("cargo:rustc-link-arg-cdylib=-zstack-size=65536");
        // Nothing here calls WASI 0.1. The adapter that the linker would offer for
        // it raises the versions of the imports to its own.
        println!("cargo:rustc-link-arg-cdylib=--wasi-adapter=none");
    }
}
