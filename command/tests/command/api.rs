//! `rpa-auth api`: calls of the platform's API with the shared token put on.

use serde_json::Value;
use simulators::Answer;

use crate::home::Home;

const ITEM: &str = "api GET /v3/wlm/queues/4/workitems/17";
const ITEMS: &str = "api POST /v3/wlm/queues/4/workitems";

/// This many new work items, as the Control Room wants them.
fn items(count: usize) -> String {
    let item = r#"{"json":{"invoice":4711}}"#;
    format!(r#"{{"workItems":[{}]}}"#, vec![item; count].join(","))
}

#[tokio::test]
async fn the_answer_alone_is_printed() {
    let home = Home::new().await;
    let ended = home.end(ITEM).await;
    assert_eq!((ended.code, &*ended.err), (0, ""), "{ended:?}");
    let item: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(item["status"], "COMPLETED");
    assert_eq!(home.room.logins_asked(), 1);
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_the_call_made_once_more() {
    let home = Home::new().await;
    home.token().await;
    home.room.person_logs_in("ada");
    let ended = home.run(ITEMS).argument("--data").argument(items(1));
    let ended = ended.end().await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ended.out, r#"{"added":1,"createdBy":"ada","ids":["18"]}"#);
    assert_eq!(home.room.logins_asked(), 2);
}

#[tokio::test]
async fn data_comes_from_an_argument_a_file_or_standard_input_of_any_length() {
    let home = Home::new().await;
    let count = 8_000;
    home.files.write("items.json", &items(count));
    let file = format!("--data-file={}", home.path("items.json").display());
    let run = home.run(ITEMS).argument(&file);
    let ended = run.end().await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.out.contains(&format!("\"added\":{count}")),
        "{ended:?}"
    );

    // Its length is not known before its end: the Control Room wants that.
    let piped = home.run(ITEMS).argument("--data-file=-").input(&items(1));
    let ended = piped.end().await;
    let sent = home.room.requests().pop().unwrap();
    assert_eq!(sent.text(), items(1));
    assert_eq!(sent.header("transfer-encoding"), Some("chunked"));
    assert_eq!(ended.code, 50, "{ended:?}");
}

#[tokio::test]
async fn a_header_takes_the_place_of_what_is_sent_by_default() {
    let home = Home::new().await;
    let run = home.run(ITEM).argument("-H").argument("Accept: text/csv");
    let run = run.argument("--header").argument("X-One:1");
    run.end().await;
    let sent = home.room.requests().pop().unwrap();
    assert_eq!(sent.headers_named("accept"), ["text/csv"]);
    assert_eq!(sent.header("x-one"), Some("1"));
}

#[tokio::test]
async fn a_status_that_is_no_success_has_its_exit_code_and_its_body() {
    let home = Home::new().await;
    home.token().await;
    home.room.answer_next(Answer::new(409).text("not now"));
    let ended = home.end(ITEM).await;
    assert_eq!((ended.code, &*ended.out), (50, "not now"));
    assert_eq!(
        ended.err,
        "rpa-auth: api: the platform answered 409 Conflict\n"
    );
    home.room
        .answer_next(Answer::new(302).header("location", "https://elsewhere.example"));
    let ended = home.end(&format!("{ITEM} --include")).await;
    assert_eq!((ended.code, &*ended.out), (50, ""));
    assert!(ended.err.contains("302 Found"), "{ended:?}");
    assert!(ended.err.contains("location: https://elsewhere.example"));
}

#[tokio::test]
async fn an_answer_goes_into_a_file_in_one_piece() {
    let home = Home::new().await;
    let file = home.path("item.json");
    let ended = home
        .run(ITEM)
        .argument("--output")
        .argument(&file)
        .end()
        .await;
    assert_eq!((ended.code, &*ended.out), (0, ""), "{ended:?}");
    assert!(
        std::fs::read_to_string(&file)
            .unwrap()
            .contains("COMPLETED")
    );

    let nowhere = home.path("no/such/folder");
    let asked = home.room.requests().len();
    let ended = home
        .run(ITEM)
        .argument("--output")
        .argument(nowhere)
        .end()
        .await;
    assert_eq!(ended.code, 4, "{ended:?}");
    assert_eq!(home.room.requests().len(), asked);
}

#[tokio::test]
async fn what_cannot_be_called_is_refused_before_anything_is_sent() {
    let home = Home::new().await;
    for (arguments, word) in [
        ("api POST /v2/authentication", "displace"),
        ("api GET v3/x", "begins with /"),
        ("api GET /a/../b", ".."),
        ("api TRACE /x", "TRACE"),
        ("api G,T /x", "METHOD"),
        ("api GET /x --json", "--json"),
        ("api GET /x --header s3cret", "Name: value"),
        ("api GET /x --data-file /no/such/file", "--data-file"),
    ] {
        let ended = home.end(arguments).await;
        let expected = if word == "--data-file" { 4 } else { 2 };
        assert_eq!(ended.code, expected, "{arguments}: {ended:?}");
        let said = format!("{}{}", ended.out, ended.err);
        assert!(said.contains(word), "{arguments}: {ended:?}");
        assert!(!said.contains("s3cret"), "{said}");
    }
    assert!(home.room.requests().is_empty());
}

#[tokio::test]
async fn a_platform_that_is_away_is_an_error_that_says_whether_it_may_have_acted() {
    let home = Home::new().await;
    home.token().await;
    home.room.lose_next_answer();
    let ended = home
        .run(ITEMS)
        .argument("--data")
        .argument(items(1))
        .end()
        .await;
    assert_eq!(ended.code, 31, "{ended:?}");
    assert!(ended.err.contains("may have done it"), "{ended:?}");
}
