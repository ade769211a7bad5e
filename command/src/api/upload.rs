//! The body of a request, from an argument or a file.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, ReadBuf};

use crate::cli_error::CliError;

/// How much is read at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// Reads while it is sent: a file of any length takes no more memory than a piece.
pub struct Upload {
    from: Pin<Box<dyn AsyncRead + Send>>,
    /// Where the length is known.
    left: Option<u64>,
}

impl Upload {
    pub fn text(text: &str) -> Self {
        let bytes = text.as_bytes().to_vec();
        let left = Some(bytes.len() as u64);
        Self {
            from: Box::pin(io::Cursor::new(bytes)),
            left,
        }
    }

    /// A file; `-` is standard input.
    pub async fn open(file: &Path) -> Result<Self, CliError> {
        if file == Path::new("-") {
            return Ok(Self {
                from: Box::pin(tokio::io::stdin()),
                left: None,
            });
        }
        let unreadable = |error: io::Error| {
            CliError::unreadable(format!(
                "{} (--data-file) cannot be read: {error}",
                file.display()
            ))
        };
        let opened = tokio::fs::File::open(file).await.map_err(unreadable)?;
        let found = opened.metadata().await.map_err(unreadable)?;
        if found.is_dir() {
            return Err(unreadable(io::ErrorKind::IsADirectory.into()));
        }
        Ok(Self {
            from: Box::pin(opened),
            left: found.is_file().then_some(found.len()),
        })
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let room = match self.left {
            Some(0) => return Poll::Ready(None),
            Some(left) => PIECE.min(usize::try_from(left).unwrap_or(PIECE)),
            None => PIECE,
        };
        let mut piece = BytesMut::zeroed(room);
        let mut buffer = ReadBuf::new(&mut piece);
        ready!(self.from.as_mut().poll_read(context, &mut buffer))?;
        let length = buffer.filled().len();
        if length == 0 {
            let broken = |_| Err(io::ErrorKind::UnexpectedEof.into());
            return Poll::Ready(self.left.map(broken));
        }
        self.left = self.left.map(|left| left - length as u64);
        piece.truncate(length);
        Poll::Ready(Some(Ok(Frame::data(piece.freeze()))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        match self.left {
            Some(left) => SizeHint::with_exact(left),
            None => SizeHint::default(),
        }
    }
}
