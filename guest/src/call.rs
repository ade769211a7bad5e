//! One call of an export: from a flow to the contract's result.

use rpa_auth_flows::{Flow, Next, Result, Timeouts};

use crate::convert::Check;
use crate::memory;
use crate::outcome::AuthError;
use crate::transport::{self, Deadline, NoPulse, Pulse};

/// Checks the platform's description, makes a call of it, and leaves nothing of
/// either on the stack.
pub fn call<P: Check, O, T: From<O>>(
    platform: &P,
    make: impl FnOnce(&P::Checked<'_>, Timeouts) -> Result<O>,
) -> core::result::Result<T, AuthError> {
    let result = begin(platform, make);
    memory::wipe_stack();
    hand_over(result)
}

/// Not inlined, so that all of its frames lie where `wipe_stack` wipes.
#[inline(never)]
fn begin<P: Check, O>(
    platform: &P,
    make: impl FnOnce(&P::Checked<'_>, Timeouts) -> Result<O>,
) -> Result<O> {
    // By reference: the description is large, and `?` would move it.
    match platform.check() {
        Ok((ref checked, timeouts)) => make(checked, timeouts),
        Err(error) => Err(error),
    }
}

/// Runs a flow to its end, within the total time. One such loop for each kind of
/// result is smaller than one for each flow.
pub fn run<O>(flow: &mut dyn Flow<Output = O>, timeouts: Timeouts) -> Result<O> {
    run_with(flow, timeouts, &mut NoPulse)
}

/// The same, with somebody who gets a turn from time to time.
pub fn run_with<O>(
    flow: &mut dyn Flow<Output = O>,
    timeouts: Timeouts,
    pulse: &mut dyn Pulse,
) -> Result<O> {
    let deadline = Deadline::after_ms(timeouts.total());
    loop {
        let next = match transport::exchange(flow.request(), timeouts, deadline, pulse) {
            Ok(ref answer) => flow.read(answer),
            Err(error) => return Err(error),
        };
        if let Next::Done(result) = next {
            return result;
        }
    }
}

#[inline(never)]
fn hand_over<O, T: From<O>>(result: Result<O>) -> core::result::Result<T, AuthError> {
    match result {
        Ok(output) => Ok(output.into()),
        Err(error) => Err(error.into()),
    }
}
