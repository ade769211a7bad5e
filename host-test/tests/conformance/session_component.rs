//! The file of the component that shares sessions, as `component` looks at the
//! plugin's.

use std::sync::LazyLock;

use rpa_auth_host::SESSION_COMPONENT;

use crate::component::{build, exports, imports, pages};

/// The most that it may weigh, in bytes.
const LIMIT: usize = 164_864;

/// The most memory that an instance begins with, in pages of 64 KiB.
const PAGES: u64 = 2;

static BUILT: LazyLock<Vec<u8>> = LazyLock::new(|| build("rpa-auth-session"));

#[test]
fn the_build_command_makes_the_component_that_the_library_embeds() {
    assert_eq!(BUILT.len(), SESSION_COMPONENT.len());
    assert!(*BUILT == SESSION_COMPONENT, "the bytes differ");
}

#[test]
fn it_exports_the_plugins_interfaces_and_sessions() {
    assert_eq!(
        exports(&BUILT),
        [
            "rpa:auth/auth@0.1.0",
            "rpa:auth/orchestrator-auth@0.1.0",
            "rpa:auth/session@0.1.0",
            "rpa:auth/types@0.1.0",
        ]
    );
}

#[test]
fn it_imports_what_the_plugin_does_a_store_and_random_bytes_and_nothing_else() {
    assert_eq!(
        imports(&BUILT),
        [
            "rpa:auth/token-store@0.1.0",
            "wasi:clocks/monotonic-clock@0.2.2",
            "wasi:clocks/wall-clock@0.2.2",
            "wasi:http/outgoing-handler@0.2.2",
            "wasi:http/types@0.2.2",
            "wasi:io/error@0.2.2",
            "wasi:io/poll@0.2.2",
            "wasi:io/streams@0.2.2",
            "wasi:random/random@0.2.2",
        ]
    );
}

#[test]
fn it_is_no_larger_than_its_limit() {
    assert!(
        BUILT.len() <= LIMIT,
        "{} bytes are more than {LIMIT}",
        BUILT.len()
    );
}

#[test]
fn an_instance_begins_with_little_memory() {
    let pages = pages(&BUILT);
    assert!(pages <= PAGES, "{pages} pages are more than {PAGES}");
}
