//! `-v` and `RUST_LOG` show what is done, and nothing secret.

use crate::Run;
use crate::home::Home;

#[tokio::test]
async fn each_request_is_shown_without_its_secrets() {
    let home = Home::new().await;
    let ended = home.end("token -v").await;
    assert_eq!(ended.code, 0, "{ended:?}");
    let host = home.room.url().replace("http://", "");
    for part in [
        "method=POST",
        &format!("host=\"{host}\""),
        "path=\"/v2/authentication\"",
        "outcome=\"200\"",
        "ms=",
        "proxy=\"none\"",
        "company_ca=false",
    ] {
        assert!(ended.err.contains(part), "{part}: {ended:?}");
    }
    let token = ended.out.trim_end();
    assert!(!ended.err.contains(token));

    // Both forms of it have the token in the address.
    let validated = Run::new("validate -v --allow-http --token-from env:TOKEN")
        .argument(home.room.url())
        .env("TOKEN", token)
        .end()
        .await;
    assert_eq!(validated.code, 0, "{validated:?}");
    assert!(
        validated.err.contains("/v1/authentication/token"),
        "{validated:?}"
    );
    assert!(!validated.err.contains(token), "{validated:?}");
}

#[tokio::test]
async fn nothing_is_shown_unless_it_is_asked_for() {
    let home = Home::new().await;
    let ended = home.end("token --quiet").await;
    assert_eq!((ended.code, &*ended.err), (0, ""));
}

#[tokio::test]
async fn the_most_talkative_log_shows_no_secret() {
    let home = Home::new().await;
    let ended = home.run("token").env("RUST_LOG", "trace").end().await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.err.contains("method=POST"), "{ended:?}");
    assert!(ended.err.contains("call ended"), "{ended:?}");
    assert!(!ended.err.contains(ended.out.trim_end()));
    let renewed = home.run("renew --token-from env:OLD");
    let renewed = renewed
        .env("RUST_LOG", "trace")
        .env("OLD", ended.out.trim_end());
    home.room.person_logs_in("ada");
    let renewed = renewed.end().await;
    assert_eq!(renewed.code, 0, "{renewed:?}");
    for token in [&ended.out, &renewed.out] {
        assert!(!renewed.err.contains(token.trim_end()));
    }
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_refused_by_its_name() {
    let ended = Run::new("status")
        .env("RUST_LOG", "rpa_auth_host=loud")
        .end()
        .await;
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.err.contains("RUST_LOG"), "{ended:?}");
}
