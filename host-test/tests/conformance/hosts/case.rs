//! The logins, and the servers that they meet.

use std::net::SocketAddr;
use std::time::Duration;

use simulators::control_room::User;
use simulators::scripted::{Script, Step};
use simulators::{Answer, ControlRoom, Scripted};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

use super::host::{Host, Login};
use crate::support::{authority, server_config};

/// What a login meets. Each is a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Good,
    WrongPassword,
    NobodyListens,
    Closed,
    Reset,
    BreaksOff,
    Redirected,
    FirstByte,
    Total,
    ConnectIsShorter,
    Slow,
    Ipv6,
    UnknownCa,
    NamedCa,
    Proxy,
}

/// A limit that passes, in milliseconds.
const SHORT: u32 = 500;

/// A limit that is long enough to open a connection in, in milliseconds.
const TO_CONNECT: u32 = 2_000;

/// A wait that is longer than both.
const LONGER: Duration = Duration::from_secs(5);

/// A wait that is longer than the default limit for opening a connection.
const SLOW: Duration = Duration::from_secs(11);

const TOKEN: &str = "t0k3n";

impl Case {
    pub const ALL: [Self; 15] = [
        Self::Good,
        Self::WrongPassword,
        Self::NobodyListens,
        Self::Closed,
        Self::Reset,
        Self::BreaksOff,
        Self::Redirected,
        Self::FirstByte,
        Self::Total,
        Self::ConnectIsShorter,
        Self::Slow,
        Self::Ipv6,
        Self::UnknownCa,
        Self::NamedCa,
        Self::Proxy,
    ];

    /// What the table calls it, after "a login where".
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "all is well",
            Self::WrongPassword => "the password is wrong",
            Self::NobodyListens => "nobody listens",
            Self::Closed => "the connection ends before the answer",
            Self::Reset => "the connection is reset before the answer",
            Self::BreaksOff => "the connection ends within the answer",
            Self::Redirected => "the answer is a redirect",
            Self::FirstByte => "`first-byte-timeout-ms` passes before the answer comes",
            Self::Total => "`total-timeout-ms` passes, and no answer comes",
            Self::ConnectIsShorter => {
                "`connect-timeout-ms` is shorter than the wait for the answer"
            }
            Self::Slow => "the answer takes 11 s, and no limit is given",
            Self::Ipv6 => "the URL has an IPv6 address",
            Self::UnknownCa => "the certificate is of a company's CA",
            Self::NamedCa => "`SSL_CERT_FILE` and `NODE_EXTRA_CA_CERTS` name that CA",
            Self::Proxy => "`HTTP_PROXY` names a proxy",
        }
    }

    /// What it has to give, in the words of the table.
    pub fn right(self) -> &'static str {
        match self {
            Self::Good | Self::ConnectIsShorter | Self::Slow | Self::Ipv6 | Self::NamedCa => {
                "a token"
            }
            Self::WrongPassword => "`credentials-rejected`",
            Self::NobodyListens => "`refused`, not sent",
            Self::Closed | Self::Reset | Self::BreaksOff => "`closed`, may have acted",
            Self::Redirected => "`redirected`",
            Self::FirstByte | Self::Total => "`timeout`, may have acted",
            Self::UnknownCa => "`tls`, not sent",
            Self::Proxy => "a token, through the proxy",
        }
    }

    /// Makes the login in a host. Returns what came of it, in the words of the table.
    pub async fn play(self, host: Host) -> String {
        match self {
            Self::Good => simulated(host, "s3same").await,
            Self::WrongPassword => simulated(host, "wr0ng").await,
            Self::NobodyListens => told(host.log_in(at(&nobody().await)).await),
            Self::Closed => scripted(host, Script::closing_before_answer(), |login| login).await,
            Self::Reset => told(host.log_in(at(&resetting().await)).await),
            Self::BreaksOff => {
                scripted(host, Script::closing_within(&answer(), 5), |login| login).await
            }
            Self::Redirected => redirected(host).await,
            Self::FirstByte => {
                let first_byte = Some(SHORT);
                scripted(host, after(LONGER), |login| Login {
                    first_byte,
                    ..login
                })
                .await
            }
            Self::Total => {
                let total = Some(SHORT);
                scripted(host, Script::silent(), |login| Login { total, ..login }).await
            }
            Self::ConnectIsShorter => {
                let connect = Some(TO_CONNECT);
                scripted(host, after(LONGER), |login| Login { connect, ..login }).await
            }
            Self::Slow => scripted(host, after(SLOW), |login| login).await,
            Self::Ipv6 => {
                let sim = sim().await;
                let front = in_front_of(sim.address()).await;
                log_in(host, &sim, "s3same", front).await
            }
            Self::UnknownCa => over_tls(host, false).await,
            Self::NamedCa => over_tls(host, true).await,
            Self::Proxy => through_a_proxy(host).await,
        }
    }
}

fn at(url: &str) -> Login {
    Login {
        url: url.to_owned(),
        password: "s3same",
        ..Login::default()
    }
}

/// What came of a login, where a token needs no further look.
fn told(result: Result<String, String>) -> String {
    result.map_or_else(|error| error, |_| "a token".to_owned())
}

async fn sim() -> ControlRoom {
    let user = User::new("ada", "s3same");
    ControlRoom::builder().user(user).start().await
}

async fn simulated(host: Host, password: &'static str) -> String {
    let sim = sim().await;
    log_in(host, &sim, password, sim.url()).await
}

/// Logs in to a simulator. Whatever comes of it, it is sent once.
async fn log_in(host: Host, sim: &ControlRoom, password: &'static str, url: String) -> String {
    let came = host
        .log_in(Login {
            password,
            ..at(&url)
        })
        .await;
    assert!(sim.logins_asked() <= 1, "a login is sent once");
    if let Ok(token) = &came {
        assert!(sim.is_live(token));
    }
    told(came)
}

fn answer() -> Answer {
    Answer::new(200).body(format!(r#"{{"token":"{TOKEN}"}}"#))
}

/// Answers after a while.
fn after(pause: Duration) -> Script {
    let steps = [
        Step::Receive,
        Step::Pause(pause),
        Step::Send(answer().to_bytes()),
    ];
    Script::new(steps)
}

/// Logs in to a server that does what is written down. Whatever comes of it, it is sent
/// once.
async fn scripted(host: Host, script: Script, limits: impl FnOnce(Login) -> Login) -> String {
    let server = Scripted::start([script]).await;
    let came = host.log_in(limits(at(&server.url()))).await;
    assert!(server.received().len() <= 1, "a login is sent once");
    if let Ok(token) = &came {
        assert_eq!(token, TOKEN);
    }
    told(came)
}

async fn redirected(host: Host) -> String {
    let elsewhere = Scripted::start([Script::answering(&answer())]).await;
    let answer = Answer::new(307).header("location", &elsewhere.url());
    let came = scripted(host, Script::answering(&answer), |login| login).await;
    assert_eq!(elsewhere.received().len(), 0, "no redirect is followed");
    came
}

/// The URL of a port at which nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// The URL of a server that resets the connection when the login has come.
async fn resetting() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            stream.read_buf(&mut request).await.unwrap();
        }
        stream.set_zero_linger().unwrap();
    });
    format!("http://{address}")
}

/// The URL with an IPv6 address of one that passes a connection on to `address`.
async fn in_front_of(address: SocketAddr) -> String {
    let listener = TcpListener::bind("[::1]:0").await.unwrap();
    let front = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut from, _) = listener.accept().await.unwrap();
        let mut to = TcpStream::connect(address).await.unwrap();
        tokio::io::copy_bidirectional(&mut from, &mut to).await
    });
    format!("http://{front}")
}

async fn over_tls(host: Host, is_named: bool) -> String {
    let sim = ControlRoom::builder().user(User::new("ada", "s3same"));
    let sim = sim.tls(server_config()).start().await;
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("ca.pem");
    std::fs::write(&bundle, authority().pem()).unwrap();
    let mut login = at(&sim.url());
    if is_named {
        let variables = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];
        login.environment = variables.map(|name| (name, bundle.clone().into())).into();
    }
    let came = host.log_in(login).await;
    assert_eq!(sim.logins_asked(), u64::from(came.is_ok()));
    told(came)
}

async fn through_a_proxy(host: Host) -> String {
    let sim = sim().await;
    let proxy = Scripted::start([Script::answering(&answer())]).await;
    let mut login = at(&sim.url());
    let variables = ["HTTP_PROXY", "http_proxy"];
    login.environment = variables.map(|name| (name, proxy.url().into())).into();
    let came = told(host.log_in(login).await);
    match proxy.received().len() {
        0 => format!("{came}, past the proxy"),
        _ => format!("{came}, through the proxy"),
    }
}
