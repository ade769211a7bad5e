//! Bodies on their way through.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

use super::ApiError;
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

/// The body of a request that notes when it last moved.
pub(super) struct Watched<B> {
    body: Pin<Box<B>>,
    progress: Progress,
}

/// When a body last moved.
#[derive(Clone)]
pub(super) struct Progress(Arc<Mutex<Instant>>);

impl<B> Watched<B> {
    pub(super) fn new(body: B) -> (Self, Progress) {
        let progress = Progress(Arc::new(Mutex::new(Instant::now())));
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
            let end = *self.last() + limit;
            if end <= Instant::now() {
                return;
            }
            sleep_until(end).await;
        }
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B: Body<Data = Bytes>> Body for Watched<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = self.body.as_mut().poll_frame(context);
        if frame.is_ready() {
            *self.progress.last() = Instant::now();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
