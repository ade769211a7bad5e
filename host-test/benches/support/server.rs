//! A server that gives every login the same answer, which a simulator gave before.
//!
//! The simulators sign a token for each login, which takes longer than all that is
//! measured here; this server's share is small and the same for every client. It
//! has a thread of its own, and reads each request to its end before it answers.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use simulators::control_room::User;
use simulators::{Authority, ControlRoom};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio_rustls::TlsAcceptor;

use super::native::Native;

pub const USERNAME: &str = "ada";
pub const PASSWORD: &str = "Zq7-Ub3sMo9w-vK2x9";

/// One server in the clear and one over TLS with a private authority.
pub struct Servers {
    pub http: &'static str,
    pub https: &'static str,
    /// What a client of the second has to trust, in PEM.
    pub ca: String,
    /// What both answer.
    pub answer: Bytes,
}

impl Servers {
    pub fn start() -> Self {
        let answer = simulated_answer();
        let authority = Authority::new();
        let tls = authority.server_config(&["127.0.0.1"]);
        let (http, https) = (
            serve(answer.clone(), None),
            serve(answer.clone(), Some(tls)),
        );
        Self {
            // They run until the process ends.
            http: format!("http://{http}").leak(),
            https: format!("https://{https}").leak(),
            ca: authority.pem(),
            answer,
        }
    }
}

/// What a Control Room of release v.31 answers to a login.
fn simulated_answer() -> Bytes {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be had").block_on(async {
        let user = User::new(USERNAME, PASSWORD);
        let room = ControlRoom::builder().user(user).start().await;
        let (client, url) = (Native::new(None), room.url());
        let answer = client.log_in(&url, USERNAME, PASSWORD);
        answer.await.expect("the simulator lets the user in")
    })
}

fn serve(answer: Bytes, tls: Option<Arc<rustls::ServerConfig>>) -> SocketAddr {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let listener = listener.expect("there is a free port");
    let address = listener.local_addr().expect("a bound socket has one");
    std::thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime can be had");
        runtime.block_on(accept(listener, answer, tls.map(TlsAcceptor::from)));
    });
    address
}

async fn accept(listener: std::net::TcpListener, answer: Bytes, tls: Option<TlsAcceptor>) {
    listener
        .set_nonblocking(true)
        .expect("a socket can be set so");
    let listener = TcpListener::from_std(listener).expect("the runtime takes a socket");
    loop {
        let (stream, _) = listener.accept().await.expect("the socket listens");
        stream.set_nodelay(true).expect("TCP has this option");
        tokio::spawn(connection(stream, answer.clone(), tls.clone()));
    }
}

async fn connection(stream: TcpStream, answer: Bytes, tls: Option<TlsAcceptor>) {
    match tls {
        None => answer_all(stream, answer).await,
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => answer_all(stream, answer).await,
            Err(error) => eprintln!("the server's handshake failed: {error}"),
        },
    }
}

async fn answer_all(stream: impl AsyncRead + AsyncWrite + Unpin, answer: Bytes) {
    let service = service_fn(|request: Request<Incoming>| {
        let answer = answer.clone();
        async move {
            // A client that breaks off gets no answer anyway.
            let _ = request.into_body().collect().await;
            let mut response = Response::new(Full::new(answer));
            let json = header::HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
            Ok::<_, Infallible>(response)
        }
    });
    // A connection ends when its client does.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
