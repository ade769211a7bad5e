//! Links a component: the root package's and the sessions'. Natively there is
//! nothing to link.

fn main() {
    println!("cargo:rerun-if-env-changed=CARGO_CFG_TARGET_FAMILY");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").as_deref() == Ok("wasm") {
        // A small instance. The flows need about 20 KiB; JSON nested 127 levels
        // deep needs 16 KiB of that.
        println!("cargo:rustc-link-arg-cdylib=-zstack-size=65536");
        // Nothing here calls WASI 0.1. The adapter that the linker of this target
        // would offer for it raises the versions of the imports to its own. `cargo
        // component` links for wasm32-wasip1 and makes the component itself.
        if std::env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("p2") {
            println!("cargo:rustc-link-arg-cdylib=--wasi-adapter=none");
        }
        // The linker leaves five bytes for every address in the code, and takes
        // back what is too much only where no debug information counts on it.
        if std::env::var("DEBUG").as_deref() == Ok("false") {
            println!("cargo:rustc-link-arg-cdylib=--strip-debug");
            println!("cargo:rustc-link-arg-cdylib=--compress-relocations");
        }
    }
}
