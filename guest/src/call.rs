//! One call of an export: from a function to the contract's result.

use rpa_auth_flows::{AuthError, Result};

use crate::memory;
use crate::transport::NoHeartbeat;
use crate::waiting::Waiting;

/// Makes a call for which nobody else waits, and leaves nothing of it on the stack.
pub fn call<O, T: From<O>>(
    function: impl FnOnce(&mut Waiting<'_>) -> Result<O>,
) -> core::result::Result<T, AuthError> {
    let result = begin(function);
    memory::wipe_stack();
    hand_over(result)
}

#[inline(never)]
fn hand_over<O, T: From<O>>(result: Result<O>) -> core::result::Result<T, AuthError> {
    match result {
        Ok(output) => Ok(output.into()),
        Err(error) => Err(*error),
    }
}

/// Not inlined, so that all of its frames lie where `wipe_stack` wipes.
#[inline(never)]
fn begin<O>(function: impl FnOnce(&mut Waiting<'_>) -> Result<O>) -> Result<O> {
    function(&mut Waiting {
        limit_ms: None,
        heartbeat: &mut NoHeartbeat,
    })
}
