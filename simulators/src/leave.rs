//! The end of a connection in peace.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Says that no more comes, and takes what the client still sends, uncounted: with bytes
/// unread the system would make a reset of it, and the client might lose what it was told.
pub(super) async fn leave<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) {
    if stream.shutdown().await.is_ok() {
        let mut rest = [0; 4096];
        while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
    }
}
