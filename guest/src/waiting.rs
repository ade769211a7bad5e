//! The way of a flow through the door over `wasi:http`: one request after the other,
//! and a wait for each answer.

use rpa_auth_flows::{Flow, Next, Result, Timeouts};

use crate::functions::Driver;
use crate::transport::{self, Deadline, Heartbeat};

/// Sends a flow's requests over `wasi:http` and waits for the answers.
pub struct Waiting<'a> {
    /// When the request is given up, in milliseconds, where its own limit is longer.
    pub limit_ms: Option<u64>,
    /// Who gets a turn meanwhile.
    pub heartbeat: &'a mut dyn Heartbeat,
}

impl Driver for Waiting<'_> {
    type Driven<O> = O;

    fn map<A, B>(driven: A, say: impl FnOnce(A) -> B) -> B {
        say(driven)
    }

    /// One such loop for each kind of result is smaller than one for each flow.
    fn drive<O>(&mut self, flow: &mut dyn Flow<Output = O>, timeouts: Timeouts) -> Result<O> {
        let timeouts = timeouts.within(self.limit_ms);
        let deadline = Deadline::after_ms(timeouts.total());
        loop {
            let next = match transport::exchange(flow.request(), timeouts, deadline, self.heartbeat)
            {
                Ok(ref answer) => flow.read(answer),
                Err(error) => return Err(error),
            };
            if let Next::Done(result) = next {
                return result;
            }
        }
    }
}
