//! Calls to the platform's API with the shared token put on.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, LOCATION, TRANSFER_ENCODING};
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::Frame;
use rpa_auth_host::{AnswerBody, Api, ApiError, Header, Session, SessionError, Store};
use simulators::scripted::{Script, Scripted};
use simulators::{Answer, ControlRoom};

use crate::{ada, control_room, sessions};

fn get(path: &str) -> Request<Empty<Bytes>> {
    let request = Request::get(path).header("accept", "application/json");
    request.body(Empty::new()).unwrap()
}

/// Puts this many new work items into the queue.
fn new_items(room: &ControlRoom, count: usize) -> (Request<Full<Bytes>>, usize) {
    let item = r#"{"json":{"invoice":4711}}"#;
    let body = format!(r#"{{"workItems":[{}]}}"#, vec![item; count].join(","));
    let length = body.len();
    let request = Request::post(room.work_items_path())
        .header("accept", "application/json")
        .header("content-type", "application/json");
    (request.body(Full::from(body)).unwrap(), length)
}

async fn text(answer: Response<AnswerBody>) -> String {
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

async fn with_api() -> (ControlRoom, Session, Api) {
    let room = control_room().await;
    let session = ada(&sessions(&Store::default()), &room.url(), "password");
    let api = session.api().unwrap();
    (room, session, api)
}

/// What reached a scripted server: the head of its first request.
fn head(server: &Scripted) -> String {
    let received = server.received().concat();
    let text = String::from_utf8(received).unwrap().to_ascii_lowercase();
    text.split("\r\n\r\n").next().unwrap().to_owned()
}

/// A scripted server, and its API with ada's token.
async fn scripted(script: Script) -> (ControlRoom, Scripted, Api) {
    let (room, session, _) = with_api().await;
    let server = Scripted::start([script]).await;
    let api = session.api_at(&server.url()).unwrap();
    (room, server, api)
}

#[tokio::test]
async fn a_call_has_the_token_and_nothing_that_the_caller_wrote_of_it() {
    let (room, session, api) = with_api().await;
    let mut request = get(room.work_item_path());
    for (name, value) in [
        ("x-authorization", "a.b.c"),
        ("authorization", "Bearer the-services-own"),
        ("host", "elsewhere.example"),
        ("connection", "x-hop"),
        ("x-hop", "1"),
        ("x-kept", "2"),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let answer = api.send(request).await.unwrap();

    assert_eq!(answer.status(), 200);
    assert!(text(answer).await.contains("invoice 4711 posted"));
    let token = session.token().await.unwrap().token;
    let call = room.requests().pop().unwrap();
    assert_eq!(call.headers_named("x-authorization"), [token.value()]);
    assert_eq!(call.header("x-kept"), Some("2"));
    for gone in ["authorization", "connection", "x-hop"] {
        assert_eq!(call.header(gone), None, "{gone}");
    }
    assert!(room.url().ends_with(call.header("host").unwrap()));
    assert_eq!(room.logins_asked(), 1);
}

#[tokio::test]
async fn a_dead_token_is_renewed_and_a_small_request_sent_once_more() {
    let (room, _, api) = with_api().await;
    let (request, length) = new_items(&room, 2);
    api.send(request).await.unwrap();
    room.person_logs_in("ada");

    let (request, _) = new_items(&room, 2);
    let answer = api.send(request).await.unwrap();

    assert_eq!(answer.status(), 201);
    assert_eq!(room.logins_asked(), 2);
    let requests = room.requests();
    let posted = requests
        .iter()
        .filter(|request| request.path() == room.work_items_path());
    let posted: Vec<_> = posted
        .map(|request| (request.status, request.body.len()))
        .collect();
    let expected = [Some(201), Some(401), Some(201)].map(|status| (status, length));
    assert_eq!(posted, expected);
}

#[tokio::test]
async fn a_long_request_is_not_kept_and_the_next_one_has_the_new_token() {
    let (room, _, api) = with_api().await;
    api.send(get(room.work_item_path())).await.unwrap();
    room.person_logs_in("ada");

    let (request, length) = new_items(&room, 8_000);
    assert!(length > 64 * 1024);
    assert_eq!(api.send(request).await.unwrap().status(), 401);
    let (request, _) = new_items(&room, 8_000);
    assert_eq!(api.send(request).await.unwrap().status(), 201);
    assert_eq!(room.logins_asked(), 2);
}

#[tokio::test]
async fn a_refusal_of_a_good_token_is_given_back_and_renews_nothing() {
    let (room, _, api) = with_api().await;
    api.send(get(room.work_item_path())).await.unwrap();
    room.answer_next(Answer::new(401).text("not for you"));
    let answer = api.send(get(room.work_item_path())).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(text(answer).await, "not for you");
    assert_eq!(room.logins_asked(), 1);
}

#[tokio::test]
async fn an_answer_comes_while_it_is_still_being_sent() {
    let answer = Answer::new(200).text("the first piece, and no more");
    let (_room, server, api) = scripted(Script::hanging_within(&answer, 15)).await;
    let mut answer = api.send(get("/big")).await.unwrap();
    let frame = answer.body_mut().frame().await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "the first piece");
    assert!(head(&server).starts_with("get /big http/1.1"));
}

#[tokio::test]
async fn what_speaks_of_one_connection_is_left_out_of_an_answer_and_a_redirect_is_given_back() {
    let answer = Answer::new(302)
        .header("location", "https://elsewhere.example/x")
        .header("connection", "x-hop")
        .header("x-hop", "1")
        .header("upgrade", "websocket");
    let (_room, server, api) = scripted(Script::answering(&answer)).await;
    let answer = api.send(get("/x")).await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()[LOCATION], "https://elsewhere.example/x");
    for gone in [CONNECTION, TRANSFER_ENCODING, "x-hop".parse().unwrap()] {
        assert!(!answer.headers().contains_key(&gone), "{gone}");
    }
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_body_that_never_ends_costs_no_more_than_its_time() {
    let (_room, _server, api) = {
        let (room, _, _) = with_api().await;
        let server = Scripted::start([Script::silent()]).await;
        let mut account = crate::room(&room.url());
        account.transport.connect_timeout = Some(Duration::from_millis(150));
        account.transport.first_byte_timeout = Some(Duration::from_millis(150));
        let credentials = rpa_auth_host::ControlRoomCredentials::password("ada", "password");
        let account = rpa_auth_host::Account::ControlRoom(account, credentials);
        let session = sessions(&Store::default()).session(account);
        let api = session.api_at(&server.url()).unwrap();
        (room, server, api)
    };
    let pieces = tokio_stream_of(b"one");
    let request = Request::post("/x").body(pieces).unwrap();
    let error = api.send(request).await.unwrap_err();
    assert!(matches!(error, ApiError::Body(_)), "{error:?}");
}

/// A body of unknown length: one piece, and then nothing for ever.
fn tokio_stream_of(
    piece: &'static [u8],
) -> impl hyper::body::Body<Data = Bytes, Error = Infallible> + Send + 'static {
    use futures_util::StreamExt;
    let first = futures_util::stream::iter([Ok(Frame::data(Bytes::from_static(piece)))]);
    StreamBody::new(first.chain(futures_util::stream::pending()))
}

#[tokio::test]
async fn a_request_that_would_give_the_token_away_is_refused_and_sends_nothing() {
    let (room, _, api) = with_api().await;
    for (method, path) in [
        (Method::TRACE, "/x"),
        (Method::CONNECT, "/x"),
        (Method::POST, "/v2/authentication"),
        (Method::POST, "/v1/authentication/logout"),
        (Method::GET, "/a/../b"),
        (Method::GET, "https://elsewhere.example/x"),
    ] {
        let request = Request::builder().method(&method).uri(path);
        let error = api.send(request.body(Empty::<Bytes>::new()).unwrap()).await;
        let error = error.unwrap_err();
        assert!(
            matches!(error, ApiError::Request(_)),
            "{method} {path}: {error:?}"
        );
    }
    assert!(room.requests().is_empty());
}

#[tokio::test]
async fn an_account_that_gets_no_token_says_why_and_no_error_holds_a_secret() {
    let room = control_room().await;
    let session = ada(&sessions(&Store::default()), &room.url(), "s3cret-wrong");
    let error = session.api().unwrap().send(get("/x")).await.unwrap_err();
    assert!(matches!(error, ApiError::Session(SessionError::Auth(_))));
    assert_eq!(error.name(), "credentials-rejected");
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_gateways_header_is_on_every_call() {
    let room = control_room().await;
    let mut account = crate::room(&room.url());
    account.transport.headers = vec![Header::new("x-gateway-key", "g4te")];
    let credentials = rpa_auth_host::ControlRoomCredentials::password("ada", "password");
    let account = rpa_auth_host::Account::ControlRoom(account, credentials);
    let session = sessions(&Store::default()).session(account);
    let api = session.api().unwrap();
    let mut request = get(room.work_item_path());
    request
        .headers_mut()
        .insert("x-gateway-key", "other".parse().unwrap());
    api.send(request).await.unwrap();
    for request in room.requests() {
        assert_eq!(request.headers_named("x-gateway-key"), ["g4te"]);
    }
}

/// A body of unknown length, of these pieces.
fn pieces(
    pieces: Vec<Result<Bytes, std::io::Error>>,
) -> impl hyper::body::Body<Data = Bytes, Error = std::io::Error> + Send + 'static {
    let frames = pieces.into_iter().map(|piece| piece.map(Frame::data));
    StreamBody::new(futures_util::stream::iter(frames))
}

#[tokio::test]
async fn a_short_body_of_unknown_length_is_sent_once_more_too() {
    let (room, _, api) = with_api().await;
    api.send(get(room.work_item_path())).await.unwrap();
    for (length, sent) in [(1_000, 2), (100_000, 1)] {
        room.person_logs_in("ada");
        let before = room.requests().len();
        room.answer_next(Answer::new(401));
        let half = |byte| Ok(Bytes::from(vec![byte; length / 2]));
        let halves = vec![half(b'x'), half(b'y')];
        let request = Request::post("/upload").body(pieces(halves)).unwrap();
        api.send(request).await.unwrap();
        let requests = room.requests();
        let uploads: Vec<_> = requests[before..]
            .iter()
            .filter(|request| request.path() == "/upload")
            .collect();
        assert_eq!(uploads.len(), sent, "{length}");
        for upload in uploads {
            assert_eq!(upload.body.len(), length);
        }
    }
}

#[tokio::test]
async fn a_body_that_its_sender_breaks_off_is_not_the_platforms_fault() {
    let (room, _, api) = with_api().await;
    api.send(get(room.work_item_path())).await.unwrap();
    let broken = pieces(vec![
        Ok(Bytes::from_static(b"one")),
        Err(std::io::Error::other("gone")),
    ]);
    let request = Request::post("/upload").body(broken).unwrap();
    let error = api.send(request).await.unwrap_err();
    assert!(
        matches!(&error, ApiError::Body(why) if why.contains("gone")),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_answer_in_another_protocol_is_none() {
    let answer = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
    let (_room, _server, api) = scripted(Script::sending(answer)).await;
    let error = api.send(get("/x")).await.unwrap_err();
    assert!(matches!(error, ApiError::Unreachable(_)), "{error:?}");
}
