//! Bytes to a server and back. The stream is ours, so that TLS trusts what the rest of
//! the library trusts and names its crypto provider.

use std::io;
use std::sync::Arc;

use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task;
use tokio_rustls::TlsConnector;

use super::super::StoreError;
use crate::outbound::tls::Settings;

pub(in crate::store) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Connects over TCP.
pub(in crate::store) async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((host, port)).await?;
    // Without it a small answer waits for an acknowledgement.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// Begins TLS. `server` is what errors call it.
pub(in crate::store) async fn secure(
    server: &str,
    host: &str,
    stream: TcpStream,
    tls: Settings,
) -> Result<io::Result<Box<dyn Stream>>, StoreError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| {
        StoreError::other(format!(
            "the host of the {server} is no name that TLS knows"
        ))
    })?;
    // Reads files.
    let config = task::spawn_blocking(move || tls.client_config())
        .await
        .map_err(|_| StoreError::unavailable("the program is ending"))?
        .map_err(|error| StoreError::other(format!("TLS to the {server}: {error}")))?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream);
    Ok(stream.await.map(|stream| Box::new(stream) as _))
}
