//! A server that knows nothing of HTTP and does what a test writes down: for
//! answers that break off, drip, never come, or are no HTTP at all.
//!
//! ```no_run
//! # async fn example() {
//! use simulators::{Answer, Scripted, scripted::Script};
//!
//! let answer = Answer::new(200).text("never whole");
//! let server = Scripted::start([Script::closing_within(&answer, 5)]).await;
//! println!("{}", server.url());
//! # }
//! ```

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use super::exchange::lock;
use super::tls;

mod script;

use self::script::is_whole;
pub use self::script::{Script, Step};

/// A running scripted server. Dropping it stops it and cuts its connections.
pub struct Scripted {
    shared: Arc<Shared>,
    address: SocketAddr,
    scheme: &'static str,
    task: JoinHandle<()>,
}

impl Scripted {
    /// Plays the first script on the first connection and so on; the last one
    /// is played on every further connection.
    pub async fn start(scripts: impl IntoIterator<Item = Script>) -> Self {
        Self::launch(scripts, None).await
    }

    /// The same after a TLS handshake.
    pub async fn start_tls(
        scripts: impl IntoIterator<Item = Script>,
        config: Arc<ServerConfig>,
    ) -> Self {
        Self::launch(scripts, Some(config)).await
    }

    /// `http://127.0.0.1:{port}`, or with `https`. A script without a handshake
    /// is for a client that expects TLS: see [`Scripted::https_url`].
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// The address with `https`, whether the server speaks TLS or not.
    pub fn https_url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Where the socket listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What came on each connection so far, byte for byte (after decryption).
    pub fn received(&self) -> Vec<Vec<u8>> {
        lock(&self.shared.received).clone()
    }

    /// Waits until something has come on each of `count` connections.
    pub async fn wait_for_bytes_on(&self, count: usize) {
        let mut changed = self.shared.changed.subscribe();
        let spoke = |received: &[Vec<u8>]| received.iter().filter(|r| !r.is_empty()).count();
        changed
            .wait_for(|()| spoke(&lock(&self.shared.received)) >= count)
            .await
            .expect("the server holds the sender");
    }

    async fn launch(
        scripts: impl IntoIterator<Item = Script>,
        tls: Option<Arc<ServerConfig>>,
    ) -> Self {
        let scripts: Vec<Script> = scripts.into_iter().collect();
        assert!(!scripts.is_empty(), "a scripted server needs a script");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("some port is free");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shared = Arc::new(Shared {
            received: Mutex::default(),
            changed: watch::Sender::new(()),
        });
        let task = tokio::spawn(accept(listener, scripts, tls, Arc::clone(&shared)));
        Self {
            shared,
            address,
            scheme,
            task,
        }
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Shared {
    /// One entry per connection.
    received: Mutex<Vec<Vec<u8>>>,
    changed: watch::Sender<()>,
}

async fn accept(
    listener: TcpListener,
    scripts: Vec<Script>,
    tls: Option<Arc<ServerConfig>>,
    shared: Arc<Shared>,
) {
    let mut running = JoinSet::new();
    let mut connection = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let script = scripts[connection.min(scripts.len() - 1)].clone();
                lock(&shared.received).push(Vec::new());
                let line = Line { shared: Arc::clone(&shared), connection };
                running.spawn(serve(stream, script, tls.clone(), line));
                connection += 1;
            }
            Some(_) = running.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, script: Script, tls: Option<Arc<ServerConfig>>, line: Line) {
    // Without this the kernel could put pieces together that are to come apart.
    stream
        .set_nodelay(true)
        .expect("a fresh socket takes options");
    match tls {
        Some(config) if script.handshake => {
            if let Some(stream) = tls::accept(config, stream).await {
                line.play(stream, script).await;
            }
        }
        _ => line.play(stream, script).await,
    }
}

/// One connection and its place in the record.
struct Line {
    shared: Arc<Shared>,
    connection: usize,
}

impl Line {
    /// Plays the script and closes. A client that hung up ends it early.
    async fn play<S: AsyncRead + AsyncWrite + Unpin>(&self, mut stream: S, script: Script) {
        for step in script.steps {
            let played = match step {
                Step::Receive => self.receive(&mut stream).await,
                Step::Send(bytes) => send(&mut stream, &bytes).await,
                Step::Flood(bytes) => {
                    // In large pieces: what limits it is the client.
                    let bytes = bytes.repeat(64 * 1024 / bytes.len().max(1));
                    loop {
                        if send(&mut stream, &bytes).await.is_none() {
                            break None;
                        }
                    }
                }
                Step::Pause(time) => {
                    tokio::time::sleep(time).await;
                    Some(())
                }
                // Goes on reading, so that the client can send whatever it has.
                Step::Hang => loop {
                    if self.read(&mut stream).await.is_none() {
                        break None;
                    }
                },
            };
            if played.is_none() {
                return;
            }
        }
        // A client that is gone already does not mind.
        stream.shutdown().await.unwrap_or_default();
    }

    /// Reads one whole request.
    async fn receive<S: AsyncRead + Unpin>(&self, stream: &mut S) -> Option<()> {
        let mut request = Vec::new();
        while !is_whole(&request) {
            request.extend(self.read(stream).await?);
        }
        Some(())
    }

    /// Reads and records what is there; none at the end.
    async fn read<S: AsyncRead + Unpin>(&self, stream: &mut S) -> Option<Vec<u8>> {
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).await.ok().filter(|n| *n > 0)?;
        let bytes = buffer[..length].to_vec();
        lock(&self.shared.received)[self.connection].extend(&bytes);
        self.shared.changed.send_replace(());
        Some(bytes)
    }
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8]) -> Option<()> {
    stream.write_all(bytes).await.ok()?;
    stream.flush().await.ok()
}
