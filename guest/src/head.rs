//! How long the head of a request may be.

use alloc::boxed::Box;

use rpa_auth_flows::{AuthError, Request, Result};

/// The longest path and headers that are sent, in bytes. No server takes as much, and
/// wasmtime traps at twice that.
const LIMIT: usize = 64 * 1024;

/// What a header counts beside its name and value: hosts keep them in tables.
const HEADER_OVERHEAD: usize = 64;

/// Refuses a request whose head is too long, before any of it is handed to a host.
pub fn check_head(request: &Request<'_>) -> Result<()> {
    // A token may stand in the path too.
    let mut length = request.path_and_query().len();
    for header in request.headers() {
        length = length
            .saturating_add(header.name().len())
            .saturating_add(header.value().len())
            .saturating_add(HEADER_OVERHEAD);
    }
    if length > LIMIT {
        return Err(too_long());
    }
    Ok(())
}

#[inline(never)]
fn too_long() -> Box<AuthError> {
    AuthError::invalid(
        "token, url or transport.headers",
        "the request's head would be longer than 64 KiB",
    )
}
