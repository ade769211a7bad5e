//! The variables that name proxies, and what a proxy says that opens no way: nothing
//! goes past it, and the person reads why.

use simulators::Tinyproxy;
use simulators::scripted::Script;
use simulators::{Answer, Scripted};

use crate::{Run, login, plain_room};

#[tokio::test]
async fn a_variable_that_cannot_be_read_stops_the_command_before_anything_is_sent() {
    let room = plain_room().await;
    let password = Tinyproxy::PASSWORD;
    for (name, value, says) in [
        (
            "HTTP_PROXY",
            format!(r"http://acme\jdoe:{password}@127.0.0.1:1"),
            "%5C",
        ),
        (
            "http_proxy",
            "\"http://127.0.0.1:1\"".into(),
            "quotation mark",
        ),
        ("ALL_PROXY", " http://127.0.0.1:1".into(), "a space"),
        (
            "HTTPS_PROXY",
            "http=h:1;https=h:1".into(),
            "the Windows form",
        ),
    ] {
        for run in [
            login(&room.url()),
            Run::new(&format!("check {}", room.url())),
        ] {
            let ended = run.env(name, &value).end().await;
            assert_eq!(ended.code, 4, "{ended:?}");
            assert!(ended.err.contains(name), "{ended:?}");
            assert!(ended.err.contains(says), "{ended:?}");
        }
    }
    assert_eq!(room.connections(), 0);
}

#[tokio::test]
async fn a_proxy_over_tls_or_socks_in_a_variable_is_said_not_to_be_offered() {
    let room = plain_room().await;
    for value in ["socks5://127.0.0.1:1", "https://127.0.0.1:1"] {
        let ended = login(&room.url()).env("ALL_PROXY", value).end().await;
        assert_eq!(ended.code, 30, "{ended:?}");
        assert!(ended.err.contains("ALL_PROXY"), "{ended:?}");
        assert!(ended.err.contains("not offered"), "{ended:?}");
    }
    assert_eq!(room.connections(), 0);
}

#[tokio::test]
async fn no_proxy_is_read_in_its_usual_forms_and_warns_of_what_has_no_effect() {
    let room = plain_room().await;
    let run = || login(&room.url()).env("HTTP_PROXY", "http://127.0.0.1:1");
    for exceptions in ["127.*", "127.0.0.0/8", "*", "a.example.com;127.0.0.1"] {
        let ended = run().env("NO_PROXY", exceptions).end().await;
        assert_eq!(ended.code, 0, "{exceptions}: {ended:?}");
        assert!(!ended.err.contains("no effect"), "{ended:?}");
    }
    let run = || run().env("NO_PROXY", "127.*,https://cr.example.com");
    let ended = run().end().await;
    assert_eq!(ended.code, 0, "{ended:?}");
    let warning = "NO_PROXY: the entry \"https://cr.example.com\" has no effect";
    assert!(ended.err.contains(warning), "{ended:?}");
    let ended = run().argument("--quiet").end().await;
    assert!(!ended.err.contains("no effect"), "{ended:?}");
    let ended = run().env("NO_PROXY", "*.127.0.0.1,<local>").end().await;
    assert_eq!(ended.code, 30, "{ended:?}");
}

#[tokio::test]
async fn what_a_proxy_answers_is_shown() {
    let wants = Answer::new(407).header("proxy-authenticate", "NTLM");
    for (answer, says) in [
        (wants, "cntlm"),
        (Answer::new(301).header("location", "http://portal"), "301"),
        (Answer::new(502).text("no"), "502"),
        (Answer::new(504).text("no"), "504"),
    ] {
        let proxy = Scripted::start([Script::answering(&answer)]).await;
        let arguments = |command: &str| {
            Run::new(&format!(
                "{command} https://cr.example.com --proxy {}",
                proxy.url()
            ))
        };
        let login = arguments("authenticate").argument("--user").argument("ada");
        let login = login.argument("--password-from").argument("env:PW");
        let ended = login.env("PW", crate::PASSWORD).end().await;
        assert_eq!(ended.code, 30, "{ended:?}");
        assert!(ended.err.contains(says), "{ended:?}");
        assert!(!ended.err.contains("may count"), "{ended:?}");
        let ended = arguments("check").end().await;
        assert_eq!(ended.code, 30, "{ended:?}");
        assert!(ended.out.contains(says), "{ended:?}");
    }
}

/// It reads the request, and its answer is lost; the next one is not.
#[tokio::test]
async fn a_proxy_that_wants_a_password_and_whose_answer_is_lost_counted_no_login() {
    let wants = Answer::new(407).header("proxy-authenticate", "Basic");
    let scripts = [Script::closing_before_answer(), Script::answering(&wants)];
    let proxy = Scripted::start(scripts).await;
    let login = login("http://cr.example.com").argument("--proxy");
    let ended = login.argument(proxy.url()).end().await;
    assert_eq!(ended.code, 30, "{ended:?}");
    assert!(ended.err.contains("wants a user name"), "{ended:?}");
    assert!(!ended.err.contains("may count"), "{ended:?}");
}
