//! One call of an export: from a flow to the contract's result.

use rpa_auth_flows::{Flow, Next, Result, Timeouts};

use crate::bindings::exports::rpa::auth::types;
use crate::memory;
use crate::transport::{self, Deadline};

/// Makes a call, and leaves nothing of it on the stack.
pub fn call<O, T: From<O>>(
    make: impl FnOnce() -> Result<O>,
) -> core::result::Result<T, types::AuthError> {
    let result = begin(make);
    memory::wipe_stack();
    result.map(T::from).map_err(types::AuthError::from)
}

/// Not inlined, so that all of its frames lie where `wipe_stack` wipes.
#[inline(never)]
fn begin<O>(make: impl FnOnce() -> Result<O>) -> Result<O> {
    make()
}

/// Runs a flow to its end, within the total time.
pub fn run<F: Flow>(mut flow: F, timeouts: Timeouts) -> Result<F::Output> {
    let deadline = Deadline::after_ms(timeouts.total());
    loop {
        let answer = transport::exchange(flow.request(), timeouts, deadline)?;
        match flow.read(&answer) {
            Next::Done(result) => return result,
            Next::Again => {}
        }
    }
}
