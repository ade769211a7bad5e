//! Reads requests (RFC 9112) byte by byte, so that nothing behind a request is read with it.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::cors;
use super::seen::Counts;

/// One side of a connection, and the head that was read before its script began.
pub(super) struct Incoming<'a, S> {
    pub(super) stream: S,
    pub(super) counts: &'a Counts,
    pub(super) cors: bool,
    early: Option<Vec<u8>>,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Incoming<'a, S> {
    pub(super) fn new(stream: S, cors: bool, counts: &'a Counts) -> Self {
        Self {
            stream,
            counts,
            cors,
            early: None,
        }
    }

    /// Waits for a request that is no preflight. None where none comes.
    pub(super) async fn begun(&mut self) -> Option<()> {
        self.early = Some(self.head().await?);
        Some(())
    }

    /// Reads a head up to its empty line, and answers preflights before it.
    pub(super) async fn head(&mut self) -> Option<Vec<u8>> {
        if let Some(head) = self.early.take() {
            return Some(head);
        }
        loop {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(self.stream.read_u8().await.ok()?);
            }
            if !(self.cors && head.starts_with(b"OPTIONS ")) {
                self.counts.bytes(head.len());
                return Some(head);
            }
            self.stream.write_all(cors::PREFLIGHT).await.ok()?;
            self.stream.flush().await.ok()?;
        }
    }

    /// Reads a request to its end, and counts it.
    pub(super) async fn request(&mut self) -> Option<()> {
        let head = self.head().await?;
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let field = |name: &str| {
            let mut lines = head.lines();
            let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.map(str::trim)
        };
        if field("transfer-encoding") == Some("chunked") {
            self.chunks().await?;
        } else {
            let length = field("content-length").and_then(|length| length.parse().ok());
            self.skip(length.unwrap_or(0)).await?;
        }
        self.counts.request();
        Some(())
    }

    /// Reads requests until the client leaves.
    pub(super) async fn requests(&mut self) {
        while self.request().await.is_some() {}
    }

    /// Reads a chunked body without trailers, as clients send it.
    async fn chunks(&mut self) -> Option<()> {
        loop {
            let mut line = Vec::new();
            while !line.ends_with(b"\r\n") {
                line.push(self.stream.read_u8().await.ok()?);
                self.counts.bytes(1);
            }
            let size = String::from_utf8_lossy(&line);
            let size = usize::from_str_radix(size.trim(), 16).ok()?;
            self.skip(size.checked_add(2)?).await?;
            if size == 0 {
                return Some(());
            }
        }
    }

    async fn skip(&mut self, mut length: usize) -> Option<()> {
        let mut buffer = [0; 4096];
        while length > 0 {
            let most = length.min(buffer.len());
            let read = self.stream.read(&mut buffer[..most]).await.ok()?;
            if read == 0 {
                return None;
            }
            self.counts.bytes(read);
            length -= read;
        }
        Some(())
    }
}
