//! Requests under way. A request may arrive late, and its answer may be lost; what
//! nobody waits for any more still arrives.

use rpa_auth_session_protocol::{Outcome, Request};

/// A request under way.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Message {
    pub(crate) from: usize,
    pub(crate) request: Request,
    pub(crate) answer: Option<Outcome>,
    /// Whether its sender still listens.
    pub(crate) is_awaited: bool,
    /// Whether its sender was told that it is lost.
    pub(crate) is_lost: bool,
}

impl Message {
    pub(crate) fn new(from: usize, request: Request) -> Self {
        Self {
            from,
            request,
            answer: None,
            is_awaited: true,
            is_lost: false,
        }
    }
}
