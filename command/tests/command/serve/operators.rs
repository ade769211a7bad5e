//! An operator's calls, behind a secret of their own.

use simulators::client::{exchange, post};

use super::{OPERATORS, SECRET, Service, bearer};
use crate::home::Home;

async fn with_operators() -> Service {
    let home = Home::new().await;
    let file = home.path("operators").display().to_string();
    Service::of(home, &format!("--operator-secret-file {file}")).await
}

async fn call(service: &Service, task: &str, secret: &str) -> (u16, Option<String>) {
    let path = format!("/v1/accounts/robots/{task}");
    let reply = exchange(service.address(), &post(&path, "{}", &[&bearer(secret)])).await;
    (
        reply.status,
        reply.header("rpa-auth-error").map(str::to_owned),
    )
}

#[tokio::test]
async fn an_operator_ends_an_account_and_opens_it_again() {
    let service = with_operators().await;
    service.token().await;
    for secret in [SECRET, "another-secret-0123456789"] {
        assert_eq!(call(&service, "end", secret).await.0, 401);
    }
    assert_eq!(service.state().await, "valid");

    assert_eq!(call(&service, "end", OPERATORS).await, (200, None));
    assert_eq!(service.state().await, "ended");
    let ended = service.get("/v1/accounts/robots/token").await;
    assert_eq!(
        (ended.status, ended.header("rpa-auth-error")),
        (409, Some("ended"))
    );
    assert_eq!(call(&service, "reopen", OPERATORS).await.0, 200);
    service.token().await;
    assert_eq!(call(&service, "reset", OPERATORS).await.0, 200);
    assert_eq!(call(&service, "nothing", OPERATORS).await.0, 401);
}

#[tokio::test]
async fn without_their_secret_nobody_is_an_operator() {
    let service = Service::start().await;
    let refused = call(&service, "end", SECRET).await;
    assert_eq!(refused, (403, Some("no-operators".to_owned())));
}
