//! What happens on one connection, step by step.

use std::time::Duration;

use crate::Answer;

/// One step of a script.
#[derive(Clone)]
pub enum Step {
    /// Reads one whole request: its head, and the body its head announces.
    Receive,
    /// Sends these bytes at once.
    Send(Vec<u8>),
    /// Sends these bytes over and over, as fast as they are taken.
    Flood(Vec<u8>),
    /// Does nothing for a while.
    Pause(Duration),
    /// Reads whatever comes and sends nothing, until the client hangs up.
    Hang,
}

/// What happens on one connection; after the last step it is closed.
#[derive(Clone)]
pub struct Script {
    pub(super) steps: Vec<Step>,
    pub(super) handshake: bool,
}

impl Script {
    /// These steps.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: steps.into_iter().collect(),
            handshake: true,
        }
    }

    /// Answers one request and closes.
    pub fn answering(answer: &Answer) -> Self {
        Self::sending(answer.to_bytes())
    }

    /// Answers one request with these bytes and closes.
    pub fn sending(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new([Step::Receive, Step::Send(bytes.into())])
    }

    /// Answers one request in pieces of `length` bytes, with a pause before
    /// each but the first.
    pub fn dripping(answer: &Answer, length: usize, pause: Duration) -> Self {
        let mut steps = vec![Step::Receive];
        for (n, piece) in answer.to_bytes().chunks(length).enumerate() {
            if n > 0 {
                steps.push(Step::Pause(pause));
            }
            steps.push(Step::Send(piece.to_vec()));
        }
        Self::new(steps)
    }

    /// Sends the head and the first `sent` bytes of the body, then closes.
    pub fn closing_within(answer: &Answer, sent: usize) -> Self {
        let mut bytes = answer.to_bytes();
        bytes.truncate(head_length(&bytes).unwrap_or_default() + sent);
        Self::sending(bytes)
    }

    /// Sends the head and the first `sent` bytes of the body, and then nothing
    /// more on an open connection.
    pub fn hanging_within(answer: &Answer, sent: usize) -> Self {
        let mut script = Self::closing_within(answer, sent);
        script.steps.push(Step::Hang);
        script
    }

    /// Reads one request and closes without an answer.
    pub fn closing_before_answer() -> Self {
        Self::new([Step::Receive])
    }

    /// Closes as soon as the connection stands.
    pub fn closing_at_once() -> Self {
        Self::new([])
    }

    /// Reads whatever comes and never answers.
    pub fn silent() -> Self {
        Self::new([Step::Hang])
    }

    /// Does these steps in the clear, whatever TLS the server has: for a client that
    /// expects a handshake.
    pub fn in_the_clear(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            handshake: false,
            ..Self::new(steps)
        }
    }

    /// Takes the connection and what the client sends to begin TLS, and never
    /// answers it.
    pub fn never_shaking_hands() -> Self {
        Self {
            handshake: false,
            ..Self::silent()
        }
    }
}

/// Whether the bytes hold a request with the whole body that its head announces.
pub(super) fn is_whole(request: &[u8]) -> bool {
    let Some(start) = head_length(request) else {
        return false;
    };
    let (head, body) = request.split_at(start);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let field = |name: &str| {
        let mut lines = head.lines();
        let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(str::trim)
    };
    if field("transfer-encoding") == Some("chunked") {
        return body == b"0\r\n\r\n" || body.ends_with(b"\r\n0\r\n\r\n");
    }
    let length = field("content-length").and_then(|length| length.parse().ok());
    body.len() >= length.unwrap_or(0)
}

/// The length of a head with the empty line that ends it.
fn head_length(message: &[u8]) -> Option<usize> {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(end + 4)
}
