//! Plays the script of a connection.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::case::{Plain, Send, Step};
use super::cors;
use super::incoming::Incoming;
use crate::leave::leave;

/// How a connection is left.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Closed,
    /// To be cut with a reset.
    Reset,
}

/// Whether the script waits for a request before it does anything.
pub(super) fn begins_with_a_request(script: &[Step]) -> bool {
    let first = script.first();
    matches!(first, Some(Step::Plain(Plain::Head | Plain::Request)))
}

/// Whether TLS is not spoken on this connection, whatever the server has.
pub(super) fn begins_with_a_hello(script: &[Step]) -> bool {
    matches!(script.first(), Some(Step::Plain(Plain::Hello)))
}

impl<S: AsyncRead + AsyncWrite + Unpin> Incoming<'_, S> {
    /// Does the steps one after the other. A client that leaves early ends it.
    pub(super) async fn play(&mut self, script: &[Step]) -> End {
        for step in script {
            let done = match step {
                Step::Plain(Plain::Hello) => self.hello().await,
                Step::Plain(Plain::Head) => self.head().await.map(drop),
                Step::Plain(Plain::Request) => self.request().await,
                // With nothing unread the system ends the connection in peace.
                Step::Plain(Plain::Cut) => return End::Closed,
                Step::Plain(Plain::Reset) => return End::Reset,
                Step::Plain(Plain::Close) => {
                    leave(&mut self.stream).await;
                    None
                }
                Step::Plain(Plain::Silence) => {
                    self.requests().await;
                    None
                }
                Step::Plain(Plain::Deaf) => std::future::pending().await,
                Step::Send(step) => self.send(step).await.ok(),
                Step::Encoded(step) => self.write(&step.bytes()).await.ok(),
                Step::Flood(step) => {
                    let bytes = step.flood.repeat(64 * 1024 / step.flood.len().max(1));
                    while self.write(bytes.as_bytes()).await.is_ok() {}
                    None
                }
            };
            if done.is_none() {
                break;
            }
        }
        End::Closed
    }

    /// Reads the beginning of a TLS handshake, which begins with what the client says.
    async fn hello(&mut self) -> Option<()> {
        let read = self.stream.read(&mut [0; 4096]).await.ok()?;
        (read > 0).then_some(())
    }

    async fn send(&mut self, step: &Send) -> io::Result<()> {
        let mut text = step.send.clone();
        if self.cors {
            text = cors::open(&text);
        }
        text.push_str(&" ".repeat(step.pad));
        let Some(piece) = step.piece else {
            return self.write(text.as_bytes()).await;
        };
        for piece in text.as_bytes().chunks(piece.max(1)) {
            self.write(piece).await?;
            tokio::time::sleep(Duration::from_millis(step.every_ms)).await;
        }
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }
}
