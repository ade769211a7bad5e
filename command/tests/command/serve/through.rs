//! Calls that are passed through to the platform.

use simulators::client::{Client, exchange, get, post, post_as};
use simulators::{Answer, ControlRoom};

use super::{SECRET, Service, bearer};

const ITEMS: &str = "/robots/v3/wlm/queues/4/workitems";

fn items(count: usize) -> String {
    let item = r#"{"json":{"invoice":4711}}"#;
    format!(r#"{{"workItems":[{}]}}"#, vec![item; count].join(","))
}

/// The last request that reached the platform.
fn last(room: &ControlRoom) -> simulators::Recorded {
    room.requests().pop().unwrap()
}

#[tokio::test]
async fn a_robot_makes_plain_calls_and_sees_neither_token_nor_password() {
    let service = Service::start().await;
    let room = &service.home.room;
    let reply = service.get("/robots/v3/wlm/queues/4/workitems/17").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.text("result"), "invoice 4711 posted");

    let token = service.token().await;
    let call = last(room);
    assert_eq!(call.headers_named("x-authorization"), [&*token]);
    assert_eq!(call.header("authorization"), None);
    assert!(room.url().ends_with(call.header("host").unwrap()));
    let said = format!(
        "{:?}{}",
        reply.headers,
        String::from_utf8(reply.body).unwrap()
    );
    assert!(!said.contains(&token));
}

#[tokio::test]
async fn a_dead_token_is_renewed_and_a_small_call_made_once_more() {
    let service = Service::start().await;
    let room = &service.home.room;
    service.token().await;
    room.person_logs_in("ada");
    let reply = service.post(ITEMS, &items(2)).await;
    assert_eq!(
        (reply.status, reply.json()["added"].as_u64()),
        (201, Some(2))
    );
    assert_eq!(room.logins_asked(), 2);

    room.person_logs_in("ada");
    assert_eq!(service.post(ITEMS, &items(8_000)).await.status, 401);
    assert_eq!(service.post(ITEMS, &items(8_000)).await.status, 201);
    assert_eq!(room.logins_asked(), 3);
}

#[tokio::test]
async fn a_crowd_with_a_dead_token_logs_in_once_and_no_call_fails() {
    let service = Service::start().await;
    let room = &service.home.room;
    service.token().await;
    room.person_logs_in("ada");
    let calls: Vec<_> = (0..60)
        .map(|_| {
            let (address, request) = (
                service.address(),
                get("/robots/v3/wlm/queues/4/workitems/17", &[&bearer(SECRET)]),
            );
            tokio::spawn(async move { exchange(address, &request).await.status })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), 200);
    }
    assert_eq!(room.logins_asked(), 2);
}

#[tokio::test]
async fn what_belongs_to_one_connection_or_to_others_goes_no_further() {
    let service = Service::start().await;
    service.token().await;
    let room = &service.home.room;
    let request = get(
        "/robots/v3/wlm/queues/4/workitems/17",
        &[
            &bearer(SECRET),
            "connection: x-hop",
            "x-hop: 1",
            "te: trailers",
            "proxy-authorization: Basic eA==",
            "x-authorization: a.b.c",
            "cookie: other=1",
            "x-kept: 2",
        ],
    );
    room.answer_next(
        Answer::new(200)
            .header("set-cookie", "session=1")
            .header("connection", "x-back")
            .header("x-back", "1")
            .header("rpa-auth-error", "unauthorized")
            .header("x-stays", "2")
            .text("ok"),
    );
    let reply = exchange(service.address(), &request).await;
    let call = last(room);
    for gone in ["x-hop", "connection", "te", "proxy-authorization", "cookie"] {
        assert_eq!(call.header(gone), None, "{gone}");
    }
    assert_eq!(call.headers_named("x-authorization").len(), 1);
    assert_eq!(call.header("x-kept"), Some("2"));
    for gone in ["set-cookie", "x-back", "rpa-auth-error"] {
        assert_eq!(reply.header(gone), None, "{gone}");
    }
    assert_eq!(reply.header("x-stays"), Some("2"));
}

#[tokio::test]
async fn what_cannot_be_passed_on_is_refused_and_reaches_nobody() {
    let service = Service::start().await;
    service.token().await;
    let room = &service.home.room;
    let asked = room.requests().len();
    let with = |method: &str, path: &str, more: &str| {
        format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\n{}\r\n{more}\r\n",
            bearer(SECRET)
        )
    };
    let websocket = "connection: upgrade\r\nupgrade: websocket\r\n";
    for (request, status, kind) in [
        (with("GET", "/robots/x", websocket), 501, "upgrade-refused"),
        (with("TRACE", "/robots/x", ""), 400, "request-refused"),
        (with("GET", "/robots/../x", ""), 400, "request-refused"),
        (
            with("GET", "/robots/a/%2e%2e/x", ""),
            400,
            "request-refused",
        ),
        (
            with("POST", "/robots/v2/authentication", "content-length: 0\r\n"),
            400,
            "request-refused",
        ),
        (
            with(
                "POST",
                "/robots/v1/authentication/logout",
                "content-length: 0\r\n",
            ),
            400,
            "request-refused",
        ),
    ] {
        let reply = exchange(service.address(), &request).await;
        assert_eq!(reply.status, status, "{request}");
        assert_eq!(reply.header("rpa-auth-error"), Some(kind), "{request}");
    }
    assert_eq!(room.requests().len(), asked);
}

#[tokio::test]
async fn a_request_that_servers_read_in_two_ways_is_one_request_behind_here() {
    let service = Service::start().await;
    service.token().await;
    let room = &service.home.room;
    let asked = room.requests().len();
    // Where the length counts, a second request stands in the first one's body.
    let hidden = "0\r\n\r\nGET /robots/v3/wlm/queues/4/workitems/17 HTTP/1.1\r\nhost: x\r\n\r\n";
    let head = format!(
        "POST {ITEMS} HTTP/1.1\r\nhost: x\r\n{}\r\ncontent-length: {}\r\n",
        bearer(SECRET),
        hidden.len()
    );
    for framing in [
        "transfer-encoding: chunked\r\n",
        "content-length: 5\r\n",
        "transfer-encoding: x\r\n",
    ] {
        let mut client = Client::connect(service.address()).await;
        let _ = client
            .exchange(&format!("{head}{framing}\r\n{hidden}"))
            .await;
        for call in &room.requests()[asked..] {
            assert_eq!(call.method, "POST", "{framing}");
            let lengths = call.headers_named("content-length").len();
            let chunked = call.headers_named("transfer-encoding").len();
            assert_eq!(lengths + chunked, 1, "{framing}");
        }
    }
    assert!(room.requests().len() - asked <= 1);
}

#[tokio::test]
async fn a_redirect_of_the_platform_leads_through_here() {
    let service = Service::start().await;
    service.token().await;
    let room = &service.home.room;
    let there = format!("{}/elsewhere?x=1", room.url());
    room.answer_next(Answer::new(302).header("location", &there));
    let reply = service.get("/robots/x").await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (302, Some("/robots/elsewhere?x=1"))
    );
    room.answer_next(Answer::new(302).header("location", "https://other.example/"));
    let reply = service.get("/robots/x").await;
    assert_eq!(reply.header("location"), Some("https://other.example/"));
}

#[tokio::test]
async fn a_file_of_any_kind_comes_through_as_it_is() {
    let service = Service::start().await;
    service.token().await;
    let bytes: Vec<u8> = (0..=255).cycle().take(3_000_000).collect();
    let answer = Answer::new(200).header("content-type", "application/octet-stream");
    service.home.room.answer_next(answer.body(bytes.clone()));
    let reply = service.get("/robots/v2/files/17").await;
    assert_eq!(reply.status, 200);
    assert!(reply.body == bytes, "{} bytes", reply.body.len());
    let upload = "x".repeat(3_000_000);
    let request = post_as(
        "application/octet-stream",
        "/robots/v2/files",
        &upload,
        &[&bearer(SECRET)],
    );
    exchange(service.address(), &request).await;
    assert_eq!(last(&service.home.room).body, upload.as_bytes());
}

#[tokio::test]
async fn a_platform_that_is_away_is_told_from_one_that_refuses() {
    let service = Service::start().await;
    service.token().await;
    service.home.room.lose_next_answer();
    let request = post(ITEMS, &items(1), &[&bearer(SECRET)]);
    let lost = exchange(service.address(), &request).await;
    assert_eq!(
        (lost.status, lost.header("rpa-auth-error")),
        (502, Some("unreachable"))
    );
    service
        .home
        .room
        .answer_next(Answer::new(502).text("the platform's own"));
    let own = service.get("/robots/x").await;
    assert_eq!((own.status, own.header("rpa-auth-error")), (502, None));
}
