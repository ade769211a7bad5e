//! Calls to a platform's API with an account's shared token put on.

mod address;
mod body;
mod error;
mod headers;

use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use tokio::time::timeout;

use self::address::Address;
pub use self::body::AnswerBody;
use self::body::Watched;
pub use self::error::ApiError;
use crate::outbound::{self, Limits, Outbound, TIMED_OUT};
use crate::{Account, NoAnswer, Session, SessionError, Token, Transport, TransportFailure};

/// The longest body of a request that is kept, so that it can be sent once more.
const KEPT: usize = 64 * 1024;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The contract's limits, where an account says nothing.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// The API of an account's platform, called with the token that everybody shares.
///
/// A request says the path behind the platform's address; the token's header is put on,
/// and taken off where the caller wrote one. Bodies stream in both directions. Where the
/// platform refuses the token (401), it is renewed once for everybody, and a request whose
/// body has no more than 64 KiB is sent once more; the answer to a longer one is given back
/// as it is, and the next call has the new token. No redirect is followed.
///
/// Headers of one connection (RFC 9110, section 7.6.1) are left out, both ways. Refused
/// are: a path that leaves the platform's address (`..`), the paths by which one logs in
/// and out there, which would displace the shared token, and the methods `CONNECT` and
/// `TRACE`.
#[derive(Clone)]
pub struct Api {
    session: Session,
    outbound: Outbound,
    address: Address,
    limits: Limits,
    /// What every request has, for a gateway in front of the platform.
    headers: HeaderMap,
}

impl Api {
    pub(crate) fn new(
        session: Session,
        outbound: Outbound,
        account: &Account,
        url: Option<&str>,
    ) -> Result<Self, ApiError> {
        let transport = match account {
            Account::ControlRoom(room, _) => &room.transport,
            Account::Ropc(orchestrator, _) => &orchestrator.transport,
            Account::ClientCredentials(server, _) => &server.transport,
        };
        let answer = |limit: Option<Duration>| limit.unwrap_or(ANSWER_LIMIT);
        Ok(Self {
            session,
            outbound,
            address: Address::of(account, url, transport.allow_http)?,
            limits: Limits {
                connect: transport.connect_timeout.unwrap_or(CONNECT_LIMIT),
                first_byte: answer(transport.first_byte_timeout),
                between_bytes: answer(transport.between_bytes_timeout),
            },
            headers: headers_of(transport)?,
        })
    }

    /// Where it is: `https://host[:port][/prefix]`, without a slash at its end.
    pub fn url(&self) -> String {
        self.address.url()
    }

    /// Sends a request, whose URI is a path and perhaps a query, and gives the answer,
    /// whatever its status. Its limits of time are the account's, but for the total: a
    /// body may take any time while it moves.
    pub async fn send<B>(&self, request: Request<B>) -> Result<Response<AnswerBody>, ApiError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (mut head, body) = request.into_parts();
        if matches!(head.method, Method::CONNECT | Method::TRACE) {
            return Err(ApiError::request(format!(
                "the method {} is not passed on",
                head.method
            )));
        }
        let uri = self.address.with(&head.uri)?;
        headers::leave_out_those_of_a_connection(&mut head.headers);
        headers::leave_out_those_of_the_platform(&mut head.headers);
        for (name, value) in &self.headers {
            head.headers.insert(name, value.clone());
        }
        let to_send = ToSend {
            method: head.method,
            uri,
            headers: head.headers,
        };
        let length = body.size_hint().exact();
        let answer = if length.is_some_and(|length| length <= KEPT as u64) {
            let body = self.kept(body).await?;
            self.send_kept(&to_send, body).await?
        } else {
            self.send_once(&to_send, body).await?
        };
        let (mut head, body) = answer.into_parts();
        // Nobody has asked for another protocol.
        if head.status == StatusCode::SWITCHING_PROTOCOLS {
            return Err(ApiError::Unreachable(NoAnswer {
                failure: TransportFailure::Other,
                may_have_acted: true,
                why: None,
            }));
        }
        headers::leave_out_those_of_a_connection(&mut head.headers);
        head.version = Version::default();
        Ok(Response::from_parts(head, body))
    }

    /// Reads a body that is to be kept.
    async fn kept<B>(&self, body: B) -> Result<Bytes, ApiError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let mut body = std::pin::pin!(body);
        let mut kept = Vec::new();
        while let Some(frame) = timeout(self.limits.between_bytes, body.frame())
            .await
            .map_err(|_| ApiError::Body("no more of it came in time".into()))?
        {
            let frame = frame.map_err(|error| ApiError::Body(error.into().to_string()))?;
            if let Ok(piece) = frame.into_data() {
                kept.extend_from_slice(&piece);
            }
        }
        Ok(kept.into())
    }

    async fn send_kept(
        &self,
        to_send: &ToSend,
        body: Bytes,
    ) -> Result<Response<AnswerBody>, ApiError> {
        let send = |token: Token| {
            let body = Full::new(body.clone());
            let body = body.map_err(|never| match never {}).boxed_unsync();
            async move {
                let request = to_send.with(&token, body)?;
                self.exchange(request, self.limits).await
            }
        };
        let grant = self.session.token().await?;
        let answer = send(grant.token.clone()).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        match self.session.renew(grant.token.value()).await {
            Ok(grant) => send(grant.token).await,
            Err(SessionError::StillGood) => Ok(answer),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends a body that is not kept. What comes after a refusal of the token has the
    /// next one.
    async fn send_once<B>(
        &self,
        to_send: &ToSend,
        body: B,
    ) -> Result<Response<AnswerBody>, ApiError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let grant = self.session.token().await?;
        let (body, progress) = Watched::new(body.map_err(Into::into));
        let request = to_send.with(&grant.token, body.boxed_unsync())?;
        // While the body moves, the answer's first byte may come late.
        let limits = Limits {
            first_byte: Duration::MAX,
            ..self.limits
        };
        let answer = tokio::select! {
            answer = self.exchange(request, limits) => answer,
            () = progress.stalls(self.limits.connect + self.limits.first_byte) => {
                Err(ApiError::Unreachable(TIMED_OUT))
            }
        };
        let answer = answer.map_err(|error| progress.blame().map_or(error, ApiError::Body))?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        match (
            self.session.renew(grant.token.value()).await,
            progress.whole(),
        ) {
            // It was short after all.
            (Ok(grant), Some(body)) => {
                let body = Full::new(body);
                let body = body.map_err(|never| match never {}).boxed_unsync();
                let request = to_send.with(&grant.token, body)?;
                self.exchange(request, self.limits).await
            }
            (Ok(_), None) | (Err(SessionError::StillGood), _) => Ok(answer),
            (Err(error), _) => Err(error.into()),
        }
    }

    async fn exchange(
        &self,
        request: Request<outbound::Body>,
        limits: Limits,
    ) -> Result<Response<AnswerBody>, ApiError> {
        let answer = self.outbound.exchange(request, limits).await;
        Ok(answer.map_err(ApiError::Unreachable)?.map(AnswerBody::new))
    }
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

/// A request without its body and token.
struct ToSend {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
}

impl ToSend {
    fn with(
        &self,
        token: &Token,
        body: outbound::Body,
    ) -> Result<Request<outbound::Body>, ApiError> {
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let (name, value) = token.header();
        let (name, value) = header(name, value)?;
        request.headers_mut().insert(name, value);
        Ok(request)
    }
}

fn headers_of(transport: &Transport) -> Result<HeaderMap, ApiError> {
    let headers = transport.headers.iter();
    let headers = headers.map(|own| header(&own.name, own.value.expose()));
    headers.collect()
}

/// Returns a header whose value is a secret.
fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), ApiError> {
    let refused = || ApiError::request(format!("the header {name} cannot be sent"));
    let mut value = HeaderValue::from_str(value).map_err(|_| refused())?;
    value.set_sensitive(true);
    let name = HeaderName::try_from(name).map_err(|_| refused())?;
    Ok((name, value))
}
