//! Bodies on their way through.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

use super::{ApiError, BoxError, KEPT};
use crate::outbound::Timed;

/// The body of an answer, as it comes from the platform. It ends with an error where the
/// platform breaks off, or falls silent for longer than the account's limit.
pub struct AnswerBody(Timed);

impl AnswerBody {
    pub(super) fn new(body: Timed) -> Self {
        Self(body)
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = ApiError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ApiError>>> {
        let frame = Pin::new(&mut self.0).poll_frame(context);
        frame.map_err(ApiError::Unreachable)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl std::fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnswerBody").finish_non_exhaustive()
    }
}

/// The body of a request that is watched while it is sent.
pub(super) struct Watched<B> {
    body: Pin<Box<B>>,
    progress: Progress,
}

/// What is known of a body that is being sent.
#[derive(Clone)]
pub(super) struct Progress(Arc<Mutex<Seen>>);

struct Seen {
    /// When it last moved.
    moved: Instant,
    /// Whether more of it was wanted and not there.
    is_awaited: bool,
    /// Why it broke off.
    broken: Option<String>,
    /// All of it so far. None once it is too long to be kept.
    kept: Option<Vec<u8>>,
    has_ended: bool,
}

impl<B> Watched<B> {
    pub(super) fn new(body: B) -> (Self, Progress) {
        let progress = Progress(Arc::new(Mutex::new(Seen {
            moved: Instant::now(),
            is_awaited: false,
            broken: None,
            kept: Some(Vec::new()),
            has_ended: false,
        })));
        let watched = Self {
            body: Box::pin(body),
            progress: progress.clone(),
        };
        (watched, progress)
    }
}

impl Progress {
    /// Returns once the body has not moved for `limit`: neither a piece of it nor, after
    /// its end, an answer.
    pub(super) async fn stalls(&self, limit: Duration) {
        loop {
            let end = self.seen().moved + limit;
            if end <= Instant::now() {
                return;
            }
            sleep_until(end).await;
        }
    }

    /// Why the body itself is to blame where there is no answer.
    pub(super) fn blame(&self) -> Option<String> {
        let seen = self.seen();
        let late = || "no more of it came in time".to_owned();
        let broken = seen.broken.clone();
        broken.or_else(|| seen.is_awaited.then(late))
    }

    /// The whole body, where it has ended and was short enough.
    pub(super) fn whole(&self) -> Option<Bytes> {
        let mut seen = self.seen();
        let kept = seen.kept.take().filter(|_| seen.has_ended);
        kept.map(Bytes::from)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B: Body<Data = Bytes, Error = BoxError>> Body for Watched<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = self.body.as_mut().poll_frame(context);
        let is_end = self.body.is_end_stream();
        let mut seen = self.progress.seen();
        seen.is_awaited = frame.is_pending();
        if let Poll::Ready(frame) = &frame {
            seen.moved = Instant::now();
            match frame {
                None => seen.has_ended = true,
                Some(Err(error)) => seen.broken = Some(error.to_string()),
                Some(Ok(frame)) => {
                    if let Some(piece) = frame.data_ref() {
                        let kept = seen.kept.take();
                        let has_room = |kept: &Vec<u8>| kept.len() + piece.len() <= KEPT;
                        seen.kept = kept.filter(has_room).map(|mut kept| {
                            kept.extend_from_slice(piece);
                            kept
                        });
                    }
                    seen.has_ended = is_end;
                }
            }
        }
        drop(seen);
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
