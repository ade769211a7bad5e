//! What both simulators stand on: the record, the hooks, TLS.

use std::time::Duration;

use simulators::{Answer, Authority, ControlRoom, Orchestrator};
use tokio::net::TcpStream;

use super::control_room::{PASSWORD, ada, call_api, login};
use simulators::client::{Client, connect_tls, exchange, get, post};

#[tokio::test]
async fn a_request_is_recorded_as_it_came_with_its_answer_and_connection() {
    let room = ControlRoom::builder().user(ada()).start().await;
    let mut client = Client::connect(room.address()).await;
    let request = post(
        "/v2/authentication",
        PASSWORD,
        &["X-One: 1", "x-two: 2", "x-one: 3"],
    );
    client.exchange(&request).await.unwrap();
    client.exchange(&get("/nothing?a=b", &[])).await.unwrap();
    exchange(room.address(), &get("/nothing", &[])).await;

    let requests = room.requests();
    let login = &requests[0];
    assert_eq!(
        (login.method.as_str(), login.path()),
        ("POST", "/v2/authentication")
    );
    assert_eq!(login.text(), PASSWORD);
    assert_eq!(login.json()["username"], "ada");
    let names: Vec<&str> = login
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        &names[..4],
        ["host", "accept", "content-type", "content-length"]
    );
    assert_eq!(login.headers_named("x-one"), ["1", "3"]);
    assert_eq!((login.status, requests[1].status), (Some(200), Some(404)));
    assert!(login.elapsed > Duration::ZERO);
    assert_eq!(requests[1].query(), Some("a=b"));
    let connections: Vec<u64> = requests.iter().map(|request| request.connection).collect();
    assert_eq!(connections, [1, 1, 2]);
    assert_eq!(room.connections(), 2);

    assert_eq!(room.take_requests().len(), 3);
    assert!(room.requests().is_empty());
}

#[tokio::test]
async fn what_is_printed_of_a_request_holds_no_secret() {
    let room = ControlRoom::builder().start().await;
    let header = "x-authorization: secret";
    exchange(
        room.address(),
        &get("/v1/authentication/token/secret", &[header]),
    )
    .await;
    exchange(
        room.address(),
        &get("/v1/authentication/token?token=secret", &[header]),
    )
    .await;
    exchange(
        room.address(),
        &post("/v2/authentication", r#"{"password":"secret"}"#, &[]),
    )
    .await;
    let requests = room.requests();
    assert_eq!(requests[0].starred_path(), "/v1/authentication/token/***");
    assert_eq!(
        requests[1].starred_path(),
        "/v1/authentication/token?token=***"
    );
    assert_eq!(requests[2].starred_path(), "/v2/authentication");
    let printed = format!("{requests:?}");
    assert!(
        printed.contains("x-authorization") && !printed.contains("secret"),
        "{printed}"
    );
}

#[tokio::test]
async fn a_test_answers_in_the_platforms_place_replaces_an_answer_or_loses_it() {
    let room = ControlRoom::builder().user(ada()).start().await;
    room.answer_next(Answer::new(503).header("retry-after", "7").text("later"));
    room.replace_next_answer(Answer::new(502).html("<p>no</p>"));
    room.lose_next_answer();

    let busy = login(&room, PASSWORD).await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("7")));
    assert_eq!(
        (busy.body.as_slice(), room.logins_asked()),
        (&b"later"[..], 0)
    );

    let replaced = login(&room, PASSWORD).await;
    assert_eq!((replaced.status, room.logins_granted()), (502, 1));

    let mut client = Client::connect(room.address()).await;
    let request = post("/v2/authentication", PASSWORD, &[]);
    assert!(client.exchange(&request).await.is_err());
    assert_eq!(room.logins_granted(), 2);
    assert_eq!(room.requests()[2].status, None);

    assert_eq!(login(&room, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn held_answers_wait_though_the_platform_has_acted() {
    let room = ControlRoom::builder().user(ada()).start().await;
    let held = room.hold_answers();
    let (reply, ()) = tokio::join!(login(&room, PASSWORD), async {
        room.wait_for_requests(1).await;
        while room.logins_granted() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(room.requests()[0].status, None);
        held.release();
    });
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_delayed_answer_comes_no_sooner() {
    let room = ControlRoom::builder().start().await;
    let delay = Duration::from_millis(20);
    room.delay_answers(delay);
    exchange(room.address(), &get("/nothing", &[])).await;
    assert!(room.requests()[0].elapsed >= delay);
}

#[tokio::test]
async fn a_prefix_stands_before_every_path() {
    let room = ControlRoom::builder()
        .prefix("/cr/")
        .user(ada())
        .start()
        .await;
    assert!(room.url().ends_with("/cr"), "{}", room.url());
    assert_eq!(login(&room, PASSWORD).await.status, 404);
    let request = post("/cr/v2/authentication", PASSWORD, &[]);
    assert_eq!(exchange(room.address(), &request).await.status, 200);
    assert_eq!(room.requests()[1].path(), "/cr/v2/authentication");
}

#[tokio::test]
async fn tls_serves_those_who_trust_the_authority_and_only_under_its_names() {
    let authority = Authority::new();
    let names = ["localhost", "127.0.0.1", "::1"];
    let room = ControlRoom::builder()
        .tls(authority.server_config(&names))
        .user(ada());
    let room = room.start().await;
    assert!(room.url().starts_with("https://127.0.0.1:"));
    assert!(room.url_for("localhost").starts_with("https://localhost:"));
    for name in names {
        let client = connect_tls(room.address(), name, &authority.pem()).await;
        let reply = client
            .unwrap()
            .exchange(&post("/v2/authentication", PASSWORD, &[]))
            .await;
        assert_eq!(reply.unwrap().status, 200, "{name}");
    }
    let another = Authority::default().pem();
    assert!(
        connect_tls(room.address(), "localhost", &another)
            .await
            .is_err()
    );
    assert!(
        connect_tls(room.address(), "elsewhere", &authority.pem())
            .await
            .is_err()
    );
    assert_eq!(room.requests().len(), names.len());
    assert_eq!(room.connections(), 5);
}

/// By TLS 1.3 a client may have begun its request when it is refused.
#[tokio::test]
async fn a_client_without_a_certificate_is_heard_to_its_end_and_told_why() {
    let authority = Authority::new();
    let tls = authority.server_config_for_clients(&["localhost"]);
    let room = ControlRoom::builder().tls(tls).start().await;
    let client = connect_tls(room.address(), "localhost", &authority.pem()).await;
    let mut client = client.unwrap();
    for line in ["GET / HTTP/1.1\r\n", "a: 1\r\n", "b: 2\r\n", "c: 3\r\n"] {
        client.send(line).await.unwrap();
        // Where the connection is reset by what was sent, let that arrive.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let reply = client.exchange("\r\n").await;
    let error = reply.err().unwrap();
    assert!(error.to_string().contains("CertificateRequired"), "{error}");
    assert_eq!(room.requests().len(), 0);
}

#[tokio::test]
async fn an_expired_certificate_is_one_that_clients_refuse() {
    let authority = Authority::new();
    let config = authority.expired_server_config(&["localhost"]);
    let orchestrator = Orchestrator::builder().tls(config).start().await;
    let refused = connect_tls(orchestrator.address(), "localhost", &authority.pem()).await;
    let why = refused.err().unwrap().to_string();
    assert!(why.to_lowercase().contains("expired"), "{why}");
}

#[tokio::test]
async fn a_stopped_server_cuts_its_connections_and_frees_the_port_it_was_asked_for() {
    // Below the ports that other servers of this run take.
    let port = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    let room = ControlRoom::builder().port(port).start().await;
    let address = room.address();
    assert_eq!(address.port(), port);
    let mut client = Client::connect(address).await;
    let request = get("/nothing", &[]);
    assert_eq!(client.exchange(&request).await.unwrap().status, 404);
    room.stop().await;
    assert!(client.exchange(&request).await.is_err());
    assert!(TcpStream::connect(address).await.is_err());
    let again = ControlRoom::builder().port(port).start().await;
    assert_eq!(again.address(), address);
}

#[tokio::test]
async fn requests_that_are_held_find_what_happened_meanwhile() {
    let room = ControlRoom::builder().user(ada()).start().await;
    let token = login(&room, PASSWORD).await.text("token");
    let held = room.hold_requests_from(3);
    assert_eq!(call_api(&room, &token).await.status, 200);
    let call = call_api(&room, &token);
    let meanwhile = async {
        room.wait_for_requests(3).await;
        room.person_logs_in("ada");
        held.release();
    };
    let (answer, ()) = tokio::join!(call, meanwhile);
    assert_eq!(answer.status, 401);
    assert_eq!(call_api(&room, &token).await.status, 401);
}

#[tokio::test]
async fn a_platform_that_is_away_handles_nothing_until_it_is_back() {
    let room = ControlRoom::builder().user(ada()).start().await;
    let away = room.go_away(Answer::new(503));
    let statuses = [
        login(&room, PASSWORD).await.status,
        call_api(&room, "none").await.status,
    ];
    assert_eq!(statuses, [503, 503]);
    assert_eq!(room.logins_asked(), 0);
    drop(away);
    assert_eq!(login(&room, PASSWORD).await.status, 200);
}
