//! How a run ends that gets no result: exit code, words for people, an object for
//! programs, warnings before and advice after. No secret is in any of it.

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use serde_json::{Value, json};
use simulators::orchestrator::Account;
use simulators::scripted::{Script, Step};
use simulators::{Answer, Authority, ControlRoom, Orchestrator, Scripted};

use crate::{NAMES, PASSWORD, Run, ada, ended, login, plain_room};

#[tokio::test]
async fn every_class_of_error_has_its_exit_code_and_its_name() {
    let room = plain_room().await;
    let error = json!({ "code": "X1", "details": null, "message": "No." });
    for (answer, code, kind) in [
        (Answer::new(401).json(&error), 11, "credentials-rejected"),
        (Answer::new(400).json(&error), 13, "request-rejected"),
        (Answer::new(403).json(&error), 14, "forbidden"),
        (Answer::new(404).json(&error), 15, "not-found"),
        (Answer::new(500).json(&error), 16, "server-error"),
        (Answer::new(429).header("retry-after", "7"), 20, "throttled"),
        (
            Answer::new(302).header("location", "https://sso.example.com/x"),
            21,
            "redirected",
        ),
        (
            Answer::new(200).html("<html>welcome</html>"),
            22,
            "unexpected-response",
        ),
    ] {
        room.answer_next(answer);
        let ended = login(&room.url()).argument("--json").end().await;
        let object = ended.json();
        assert_eq!(ended.code, code, "{ended:?}");
        assert_eq!(object["exit_code"], code, "{ended:?}");
        assert_eq!(object["error"]["kind"], kind, "{ended:?}");
        assert_eq!(object["error"]["function"], "authenticate", "{ended:?}");
    }
}

#[tokio::test]
async fn an_object_has_every_field_of_the_error() {
    let room = plain_room().await;
    let error = async |answer: Answer| -> Value {
        room.answer_next(answer);
        let ended = login(&room.url()).argument("--json").end().await;
        let mut error = ended.json()["error"].clone();
        // Words, which may be put better one day.
        for words in ["text", "advice"] {
            let words = error.as_object_mut().unwrap().remove(words).unwrap();
            assert!(!words.as_str().unwrap().is_empty());
        }
        error
    };
    let body = json!({ "code": "UM1110", "details": null, "message": "No." });
    assert_eq!(
        error(Answer::new(401).json(&body)).await,
        json!({
            "kind": "credentials-rejected", "function": "authenticate",
            "status": 401, "code": "UM1110", "message": "No.",
        })
    );
    assert_eq!(
        error(Answer::new(503).header("retry-after", "7")).await,
        json!({
            "kind": "throttled", "function": "authenticate",
            "status": 503, "code": null, "message": null, "retry_after_seconds": 7,
        })
    );
    let body = json!({ "code": "MAINT", "message": "In maintenance mode." });
    assert_eq!(
        error(Answer::new(503).json(&body)).await,
        json!({
            "kind": "throttled", "function": "authenticate", "status": 503, "code": "MAINT",
            "message": "In maintenance mode.", "retry_after_seconds": null,
        })
    );
    assert_eq!(
        error(Answer::new(307).header("location", "https://sso.example.com/x")).await,
        json!({
            "kind": "redirected", "function": "authenticate",
            "status": 307, "origin": "https://sso.example.com",
        })
    );
    let odd = error(Answer::new(200).html("<html>welcome</html>")).await;
    assert_eq!(odd["kind"], "unexpected-response");
    assert_eq!(odd["status"], 200);
    assert!(!odd["what"].as_str().unwrap().contains("welcome"));
}

#[tokio::test]
async fn an_exit_code_tells_what_was_surely_not_sent_from_what_may_have_been() {
    let authority = Authority::new();
    let tls = authority.server_config(&NAMES);
    let room = ControlRoom::builder().user(ada()).tls(tls).start().await;
    let untrusted = login(&room.url()).argument("--json").end().await;
    assert_eq!(untrusted.code, 30, "{untrusted:?}");
    let error = &untrusted.json()["error"];
    assert_eq!(
        (&error["failure"], &error["may_have_acted"]),
        (&json!("tls"), &json!(false))
    );

    let (_files, trust) = crate::trusting(&authority);
    room.lose_next_answer();
    let lost = Run::new(&format!(
        "authenticate {} --user ada --password-from env:PW {trust} --json",
        room.url()
    ))
    .env("PW", PASSWORD)
    .end()
    .await;
    assert_eq!(lost.code, 31, "{lost:?}");
    let error = &lost.json()["error"];
    assert_eq!(
        (&error["failure"], &error["may_have_acted"]),
        (&json!("closed"), &json!(true))
    );
    assert!(
        error["advice"]
            .as_str()
            .unwrap()
            .contains("may count as refused")
    );
}

#[tokio::test]
async fn a_timeout_given_as_an_argument_is_kept() {
    let room = plain_room().await;
    let held = room.hold_answers();
    let ended = login(&room.url())
        .argument("--first-byte-timeout=0.2")
        .end()
        .await;
    assert_eq!(ended.code, 31, "{ended:?}");
    assert!(ended.err.contains("a limit of time passed"), "{ended:?}");
    let which = "(--first-byte-timeout). The server took the request";
    assert!(ended.err.contains(which), "{ended:?}");
    assert!(
        ended.err.contains("validate the token you have"),
        "{ended:?}"
    );
    held.release();
}

#[tokio::test]
async fn a_login_that_gets_no_connection_in_time_leads_to_what_stands_in_between() {
    let server = Scripted::start([Script::never_shaking_hands()]).await;
    let run = Run::new(&format!(
        "authenticate {} --user ada --password-from env:PW --connect-timeout 0.3",
        server.https_url()
    ));
    let ended = run.env("PW", PASSWORD).end().await;
    // The contract counts each limit that passes as after the request.
    assert_eq!(ended.code, 31, "{ended:?}");
    assert!(
        ended.err.contains("(--connect-timeout). A firewall"),
        "{ended:?}"
    );
    assert!(!ended.err.contains("took the request"), "{ended:?}");
}

#[tokio::test]
async fn whoever_stands_in_front_is_named_with_what_helps() {
    let page = "<html><title>Just a moment...</title></html>";
    let windows = Answer::new(401)
        .header("www-authenticate", "Negotiate")
        .text(page);
    for (answer, code, words) in [
        (windows, 22, "a Windows sign-in"),
        (Answer::new(403).text(page), 22, "a firewall"),
        (
            Answer::new(511).text(page),
            22,
            "This network wants a login",
        ),
        (
            Answer::new(200).json(&json!({"user": {}})),
            22,
            "without a token",
        ),
    ] {
        let server = Scripted::start([Script::answering(&answer)]).await;
        let ended = login(&server.url()).end().await;
        assert_eq!(ended.code, code, "{ended:?}");
        assert!(ended.err.contains(words), "{words}: {ended:?}");
        assert!(!ended.err.contains("right password"), "{ended:?}");
    }
}

#[tokio::test]
async fn a_server_that_sends_interim_answers_without_an_end_is_left() {
    let early = b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1_000);
    let steps = || [Step::Receive, Step::Flood(early.clone())];
    let server = Scripted::start([Script::new(steps()), Script::new(steps())]).await;
    for (run, code) in [
        (login(&server.url()), 31),
        (Run::new(&format!("check {}", server.url())), 31),
    ] {
        let ended = run.end().await;
        assert_eq!(ended.code, code, "{ended:?}");
    }
}

#[tokio::test]
async fn a_job_without_a_terminal_is_not_warned_each_time() {
    let room = plain_room().await;
    let loud = login(&room.url()).end().await;
    assert_eq!(loud.code, 0, "{loud:?}");
    assert!(!loud.err.contains("logging in"), "{loud:?}");
    assert!(loud.err.contains("good for 20 minutes"), "{loud:?}");
    let quiet = login(&room.url()).argument("--quiet").end().await;
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""), "{quiet:?}");
}

#[tokio::test]
async fn after_a_refusal_it_says_not_to_try_again_and_sends_nothing_more() {
    let room = plain_room().await;
    let url = room.url();
    let run = Run::new(&format!(
        "authenticate {url} --allow-http --user ada --password-from env:PW"
    ));
    let refused = run.env("PW", "wr0ng-pa55").end().await;
    assert_eq!(
        (refused.code, refused.out.as_str()),
        (11, ""),
        "{refused:?}"
    );
    assert!(
        refused.err.contains("Do not try these credentials again"),
        "{refused:?}"
    );
    assert!(
        refused.err.contains("the third in a row disables the user"),
        "{refused:?}"
    );
    assert!(!refused.err.contains("wr0ng-pa55"), "{refused:?}");
    assert_eq!(room.refused("ada"), 1);
}

#[tokio::test]
async fn an_orchestrator_is_said_to_lock_out_after_ten() {
    let orchestrator = Orchestrator::builder()
        .account(Account::new("Default", "ada", PASSWORD))
        .start()
        .await;
    let run = Run::new(&format!(
        "ropc-authenticate {} --allow-http --tenancy-name Default --user ada --password-from env:PW",
        orchestrator.url()
    ));
    let refused = run.env("PW", "wr0ng-pa55").end().await;
    assert_eq!(refused.code, 11, "{refused:?}");
    assert!(refused.err.contains("after ten by default"), "{refused:?}");
    assert!(refused.err.contains("disabled or locked"), "{refused:?}");
    assert_eq!(orchestrator.refused("Default", "ada"), 1);
}

#[tokio::test]
async fn a_token_that_is_not_good_ends_with_its_own_code() {
    let room = plain_room().await;
    let run = Run::new(&format!(
        "logout {} --allow-http --token-from env:T",
        room.url()
    ));
    let ended = run.env("T", "t0ken-of-nobody").end().await;
    assert_eq!(ended.code, 12, "{ended:?}");
    assert!(!ended.err.contains("t0ken-of-nobody"), "{ended:?}");
}

#[tokio::test]
async fn ctrl_c_ends_a_login_at_once_and_says_that_it_may_have_happened() {
    let room = plain_room().await;
    let _held = room.hold_answers();
    let child = login(&room.url()).start().await;
    room.wait_for_requests(1).await;
    interrupt(child.id().unwrap());
    // The answer is still held.
    let interrupted = ended(child).await;
    assert_eq!(
        (interrupted.code, interrupted.out.as_str()),
        (130, ""),
        "{interrupted:?}"
    );
    assert!(
        interrupted.err.contains("it may have happened"),
        "{interrupted:?}"
    );

    let child = login(&room.url()).argument("--json").start().await;
    room.wait_for_requests(2).await;
    interrupt(child.id().unwrap());
    let error = &ended(child).await.json()["error"];
    assert_eq!(
        (&error["kind"], &error["may_have_acted"]),
        (&json!("interrupted"), &json!(true))
    );
}

#[tokio::test]
async fn ctrl_c_while_a_secret_is_waited_for_sends_nothing() {
    let room = plain_room().await;
    let files = crate::Files::new();
    let ready = files.0.path().join("ready");
    let mut run = Run::new(&format!(
        "authenticate {} --allow-http --user ada --password-from",
        room.url()
    ))
    .argument(format!("command:touch {}; exec sleep 60", ready.display()));
    run.command.process_group(0);
    let child = run.start().await;
    while !ready.exists() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    // As a terminal does it: to all of the group.
    let group = Pid::from_raw(child.id().unwrap().try_into().unwrap());
    signal::killpg(group, Signal::SIGINT).unwrap();
    let interrupted = ended(child).await;
    assert_eq!(interrupted.code, 130, "{interrupted:?}");
    assert!(room.requests().is_empty());
}

fn interrupt(process: u32) {
    let process = Pid::from_raw(process.try_into().unwrap());
    signal::kill(process, Signal::SIGINT).unwrap();
}
