//! Arguments that cannot be used: said in a sentence, never repeated where they
//! may be a secret.

use crate::{PASSWORD, Run};

/// Ends a run that must not get past its arguments.
async fn refusal(arguments: &str) -> String {
    let ended = Run::new(arguments).env("PW", PASSWORD).end().await;
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (2, ""),
        "{arguments}: {ended:?}"
    );
    ended.err
}

#[tokio::test]
async fn a_secret_as_an_argument_is_refused_with_what_to_write_instead() {
    for (subcommand, option) in [
        ("authenticate https://h --user ada", "password"),
        ("authenticate https://h --user ada", "api-key"),
        ("authenticate https://h --user ada", "mfa-code"),
        ("authenticate https://h --user ada", "proxy-password"),
        ("validate https://h", "token"),
        (
            "client-credentials-authenticate https://h/t",
            "client-secret",
        ),
    ] {
        for joint in [" ", "="] {
            let said = refusal(&format!("{subcommand} --{option}{joint}{PASSWORD}")).await;
            assert!(
                said.contains(&format!("--{option}-from prompt, stdin, env:NAME")),
                "{said}"
            );
        }
    }
}

#[tokio::test]
async fn a_secret_in_the_place_of_something_else_is_not_repeated() {
    for arguments in [
        format!("authenticate https://h --user ada --password-from {PASSWORD}"),
        format!("authenticate https://h --user ada {PASSWORD}"),
        format!("authenticate https://h --user ada --{PASSWORD}"),
        format!("authenticate https://h --user ada --pasword={PASSWORD}"),
        format!("validate https://h --token-from {PASSWORD}:x"),
    ] {
        refusal(&arguments).await;
    }
}

#[tokio::test]
async fn a_proxy_with_a_password_in_its_address_is_refused() {
    let login = "authenticate https://h --user ada --password-from env:PW";
    let said = refusal(&format!("{login} --proxy http://u:{PASSWORD}@proxy:3128")).await;
    assert!(said.contains("--proxy-user"), "{said}");
    assert!(said.contains("--proxy-password-from"), "{said}");
    let said = refusal(&format!("{login} --proxy https://proxy:3128")).await;
    assert!(said.contains("http://host:port"), "{said}");
    let said = refusal(&format!("{login} --proxy-user u")).await;
    assert!(said.contains("--proxy http://host:port"), "{said}");
    let said = refusal(&format!(
        "{login} --proxy http://p --proxy-password-from env:PW"
    ))
    .await;
    assert!(said.contains("--proxy-user NAME"), "{said}");
}

#[tokio::test]
async fn what_is_missing_is_named() {
    for (arguments, named) in [
        ("authenticate", "the URL is missing"),
        ("authenticate https://h", "--user"),
        (
            "client-credentials-authenticate",
            "token endpoint is missing",
        ),
        ("client-credentials-authenticate https://h/t", "--client-id"),
        ("validate https://h", "--token-from"),
        (
            "authenticate https://h --user a --password-from env:A --api-key-from env:B",
            "cannot be used with",
        ),
        (
            "authenticate https://h --user a --password-from env:A --client-key k",
            "client certificate beside it",
        ),
        (
            "check https://h --connect-timeout soon",
            "not a number of seconds",
        ),
        ("frobnicate", "unrecognized subcommand"),
        ("", "Usage: rpa-auth"),
    ] {
        let said = refusal(arguments).await;
        assert!(said.contains(named), "{arguments}: {said}");
    }
}

#[tokio::test]
async fn a_misspelt_option_leads_to_the_right_one() {
    let said = refusal("authenticate https://h --usr ada").await;
    assert!(
        said.contains("no option --usr") && said.contains("--user"),
        "{said}"
    );
}

#[tokio::test]
async fn programs_get_the_refusal_as_an_object_too() {
    let ended = Run::new("authenticate https://h --json --password x")
        .end()
        .await;
    let object = ended.json();
    assert_eq!((ended.code, ended.err.as_str()), (2, ""), "{ended:?}");
    assert_eq!(object["error"]["kind"], "usage");
    assert_eq!(object["exit-code"], 2);
}

#[tokio::test]
async fn an_address_with_a_password_in_it_is_refused_unseen() {
    for arguments in [
        format!("authenticate https://ada:{PASSWORD}@h.invalid --user ada --password-from env:PW"),
        format!("check https://ada:{PASSWORD}@h.invalid"),
    ] {
        let ended = Run::new(&arguments).env("PW", PASSWORD).end().await;
        assert_eq!(ended.code, 10, "{ended:?}");
    }
}

#[tokio::test]
async fn a_bundle_that_cannot_be_read_is_named() {
    let ended = Run::new("check https://h --ca-bundle /nowhere/ca.pem")
        .end()
        .await;
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.err.contains("/nowhere/ca.pem"), "{ended:?}");
}
