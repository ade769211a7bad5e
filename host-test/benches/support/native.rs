//! The baseline: the same login by an ordinary Rust program, with a pool of
//! connections, serde, the component's limits of time and size, and the token's
//! claims read as the component reads them. It wipes nothing.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Method, Request, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::{BodyExt, Full};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

const CONNECT: Duration = Duration::from_secs(10);
const FIRST_BYTE: Duration = Duration::from_secs(30);
const BETWEEN_BYTES: Duration = Duration::from_secs(30);
const TOTAL: Duration = Duration::from_secs(60);

/// The longest answer that is read, in bytes.
const ANSWER_LIMIT: usize = 256 * 1024;

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A client whose clones share their connections.
#[derive(Clone)]
pub struct Native(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// What a login gives.
pub struct Token {
    pub value: String,
    pub lifetime_seconds: u64,
    pub multiple_login: Option<bool>,
}

impl Native {
    /// A client that trusts the authority in PEM, or nobody.
    pub fn new(ca: Option<&str>) -> Self {
        let mut roots = RootCertStore::empty();
        if let Some(pem) = ca {
            let ca = CertificateDer::from_pem_slice(pem.as_bytes()).expect("this is PEM");
            roots.add(ca).expect("this is a certificate");
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT));
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Self(
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .build(connector),
        )
    }

    /// Logs in to a Control Room.
    pub async fn authenticate(&self, room: &str, username: &str, password: &str) -> Result<Token> {
        let body = timeout(TOTAL, self.log_in(room, username, password)).await??;
        let LoggedIn { token } = serde_json::from_slice(&body)?;
        let payload = token.split('.').nth(1).ok_or("the token is no JWT")?;
        let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?;
        Ok(Token {
            lifetime_seconds: claims.exp.saturating_sub(claims.iat),
            multiple_login: claims.multiple_login,
            value: token,
        })
    }

    /// The body of the answer to a login.
    pub async fn log_in(&self, room: &str, username: &str, password: &str) -> Result<Bytes> {
        let body = serde_json::to_vec(&LogIn { username, password })?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{room}/v2/authentication"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .body(Full::from(body))?;
        let response = timeout(FIRST_BYTE, self.0.request(request)).await??;
        if !response.status().is_success() {
            return Err(response.status().to_string().into());
        }
        let mut body = response.into_body();
        let mut bytes = Vec::new();
        while let Some(frame) = timeout(BETWEEN_BYTES, body.frame()).await? {
            if let Ok(data) = frame?.into_data() {
                if bytes.len() + data.len() > ANSWER_LIMIT {
                    return Err("the answer is too long".into());
                }
                bytes.extend_from_slice(&data);
            }
        }
        Ok(bytes.into())
    }
}

#[derive(Serialize)]
struct LogIn<'a> {
    username: &'a str,
    password: &'a str,
}

#[derive(Deserialize)]
struct LoggedIn {
    token: String,
}

#[derive(Deserialize)]
struct Claims {
    iat: u64,
    exp: u64,
    #[serde(rename = "multipleLogin")]
    multiple_login: Option<bool>,
}
