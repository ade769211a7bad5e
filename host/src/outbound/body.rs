//! The body of an answer, with a limit on the time between two pieces.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep};

use super::Used;
use super::failure::{BROKEN_OFF, TIMED_OUT};
use crate::NoAnswer;

pub(crate) struct Timed {
    body: Incoming,
    connection: Used,
    limit: Duration,
    /// Runs from the first time that a piece is asked for and is not there.
    timer: Option<Pin<Box<Sleep>>>,
    waiting: bool,
}

impl Timed {
    pub(super) fn new(body: Incoming, limit: Duration, mut connection: Used) -> Self {
        connection.is_fit = body.is_end_stream();
        Self {
            body,
            connection,
            limit,
            timer: None,
            waiting: false,
        }
    }

    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep(self.limit)));
        if !self.waiting {
            self.waiting = true;
            timer.as_mut().reset(Instant::now() + self.limit);
        }
        timer.as_mut().poll(context)
    }
}

impl Body for Timed {
    type Data = Bytes;
    type Error = NoAnswer;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, NoAnswer>>> {
        let frame = match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                ready!(self.poll_timer(context));
                return Poll::Ready(Some(Err(TIMED_OUT)));
            }
        };
        self.waiting = false;
        // Whatever came last: whoever knows that no more comes need not ask again.
        self.connection.is_fit = frame.is_none() || self.body.is_end_stream();
        Poll::Ready(frame.map(|frame| frame.map_err(|_| BROKEN_OFF)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
