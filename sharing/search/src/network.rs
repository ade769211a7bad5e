//! Requests under way. A request may arrive late, and its answer may be lost; what
//! nobody waits for any more still arrives.

use rpa_auth_session_protocol::Request;

use crate::actor::CallId;
use crate::platform::Answer;

/// A login's number, in the order in which they left.
pub(crate) type LoginId = u8;

/// A request under way.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Message {
    /// Whose it is.
    pub(crate) from: usize,
    /// Of which call.
    pub(crate) call: CallId,
    /// Which login it is, where it is one.
    pub(crate) login: LoginId,
    pub(crate) request: Request,
    pub(crate) sent_at: u64,
    /// When its sender gives it up.
    pub(crate) limit_at: Option<u64>,
    pub(crate) answer: Option<Answer>,
    /// Whether that is the platform's own word, of a platform that is well.
    pub(crate) is_own_word: bool,
    /// Whether the platform got it.
    pub(crate) has_arrived: bool,
    /// Whether its sender still listens.
    pub(crate) is_awaited: bool,
    /// Whether its sender was told that it is lost.
    pub(crate) is_lost: bool,
    /// Whether the store has forgotten the attempt that it is for.
    pub(crate) is_forgotten: bool,
}

impl Message {
    /// Whether something else has answered it.
    pub(crate) fn is_answered_strangely(&self) -> bool {
        self.answer.is_some() && !self.is_own_word
    }
}
