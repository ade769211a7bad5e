//! The components that the library embeds: what makes them, what they ask of a host,
//! what they give, how large they are and how much memory an instance begins with.

use std::path::{Path, PathBuf};
use std::process::Command;

use rpa_auth_host::{COMPONENT, SANS_IO_COMPONENT, SANS_IO_SESSION_COMPONENT, SESSION_COMPONENT};
use wasmtime::Engine;
use wasmtime::component::Component;

/// The most that the plugin may weigh, in bytes.
const PLUGIN_LIMIT: usize = 106_496;

/// The most that the component that shares sessions may weigh, in bytes.
const SESSION_LIMIT: usize = 212_992;

/// The most that the flows without I/O may weigh, in bytes.
const SANS_IO_LIMIT: usize = 98_304;

/// The most that the shared session without I/O may weigh, in bytes.
const SANS_IO_SESSION_LIMIT: usize = 172_032;

/// The most memory that an instance begins with, in pages of 64 KiB: one for the
/// stack, and what is left of the others for static data and the heap.
const PAGES: u64 = 2;

/// What `cargo build -p PACKAGE --release --target wasm32-wasip2` makes, run as a
/// person would run it, but where `cargo xtask components` and the library's build script
/// build: what has been compiled there the same way is not compiled again.
pub fn build(package: &str) -> Vec<u8> {
    let workspace = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&workspace);
    cargo.args(["build", "-p", package, "--release"]);
    cargo.args(["--target", "wasm32-wasip2"]);
    // The outer cargo's wishes are none of this build's; where its own files are is.
    let outer = std::env::vars_os().filter_map(|(key, _)| key.into_string().ok());
    for key in outer.filter(|key| key.starts_with("CARGO") && key != "CARGO_HOME") {
        cargo.env_remove(key);
    }
    // Cargo tells every test where there is room beside all that it builds.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("components");
    cargo.env("CARGO_TARGET_DIR", &target);
    for key in [
        "RUSTC",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTFLAGS",
    ] {
        cargo.env_remove(key);
    }
    let output = cargo
        .output()
        .expect("there is a cargo, for it runs this test");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let file = format!("{}.wasm", package.replace('-', "_"));
    std::fs::read(target.join("wasm32-wasip2/release").join(file)).expect("it was just built")
}

fn component(bytes: &[u8]) -> (Engine, Component) {
    let engine = Engine::default();
    let component = Component::from_binary(&engine, bytes).unwrap();
    (engine, component)
}

/// The names of what it exports, in their order.
fn exports(bytes: &[u8]) -> Vec<String> {
    let (engine, component) = component(bytes);
    let ty = component.component_type();
    let mut names: Vec<_> = ty.exports(&engine).map(|(name, _)| name.into()).collect();
    names.sort_unstable();
    names
}

/// The names of what it imports, in their order.
fn imports(bytes: &[u8]) -> Vec<String> {
    let (engine, component) = component(bytes);
    let ty = component.component_type();
    let mut names: Vec<_> = ty.imports(&engine).map(|(name, _)| name.into()).collect();
    names.sort_unstable();
    names
}

/// How many pages of memory an instance begins with.
fn pages(bytes: &[u8]) -> u64 {
    let (_, component) = component(bytes);
    let needed = component
        .resources_required()
        .expect("it imports no core modules");
    assert_eq!(needed.num_memories, 1);
    needed.max_initial_memory_size.expect("it has a memory")
}

#[test]
fn the_build_commands_make_the_components_that_the_library_embeds() {
    for (package, embedded) in [
        ("rpa-auth", COMPONENT),
        ("rpa-auth-session", SESSION_COMPONENT),
        ("rpa-auth-sans-io", SANS_IO_COMPONENT),
        ("rpa-auth-sans-io-session", SANS_IO_SESSION_COMPONENT),
    ] {
        let built = build(package);
        assert_eq!(built.len(), embedded.len());
        assert!(built == embedded, "the bytes differ");
    }
}

#[test]
fn they_export_the_plugins_interfaces_sessions_or_steps() {
    let plugins = [
        "rpa:auth/auth@0.1.0",
        "rpa:auth/orchestrator-auth@0.1.0",
        "rpa:auth/types@0.1.0",
    ];
    assert_eq!(exports(COMPONENT), plugins);
    assert_eq!(
        exports(SESSION_COMPONENT),
        with(
            &plugins,
            &["rpa:auth/session-types@0.1.0", "rpa:auth/session@0.1.0"]
        )
    );
    let types = ["rpa:auth/http-types@0.1.0", "rpa:auth/types@0.1.0"];
    assert_eq!(
        exports(SANS_IO_COMPONENT),
        with(&types, &["rpa:auth/flow-steps@0.1.0"])
    );
    assert_eq!(
        exports(SANS_IO_SESSION_COMPONENT),
        with(
            &types,
            &[
                "rpa:auth/session-steps@0.1.0",
                "rpa:auth/session-types@0.1.0"
            ]
        )
    );
}

#[test]
fn they_import_http_its_streams_and_clocks_the_one_a_store_and_random_bytes_and_nothing_else() {
    let plugins = [
        "wasi:clocks/monotonic-clock@0.2.2",
        "wasi:clocks/wall-clock@0.2.2",
        "wasi:http/outgoing-handler@0.2.2",
        "wasi:http/types@0.2.2",
        "wasi:io/error@0.2.2",
        "wasi:io/poll@0.2.2",
        "wasi:io/streams@0.2.2",
    ];
    let more = ["rpa:auth/token-store@0.1.0", "wasi:random/random@0.2.2"];
    assert_eq!(imports(COMPONENT), plugins);
    assert_eq!(imports(SESSION_COMPONENT), with(&plugins, &more));
}

#[test]
fn those_without_io_import_nothing() {
    assert_eq!(imports(SANS_IO_COMPONENT), [""; 0]);
    assert_eq!(imports(SANS_IO_SESSION_COMPONENT), [""; 0]);
}

/// These names and more, in their order.
fn with<'a>(names: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    let mut all = [names, more].concat();
    all.sort_unstable();
    all
}

#[test]
fn none_is_larger_than_its_limit() {
    for (embedded, limit) in [
        (COMPONENT, PLUGIN_LIMIT),
        (SESSION_COMPONENT, SESSION_LIMIT),
        (SANS_IO_COMPONENT, SANS_IO_LIMIT),
        (SANS_IO_SESSION_COMPONENT, SANS_IO_SESSION_LIMIT),
    ] {
        let size = embedded.len();
        assert!(size <= limit, "{size} bytes are more than {limit}");
    }
}

#[test]
fn an_instance_of_each_begins_with_little_memory() {
    for embedded in [
        COMPONENT,
        SESSION_COMPONENT,
        SANS_IO_COMPONENT,
        SANS_IO_SESSION_COMPONENT,
    ] {
        let pages = pages(embedded);
        assert!(pages <= PAGES, "{pages} pages are more than {PAGES}");
    }
}
