//! The account file: it says where a secret is and never holds one.

use std::os::unix::fs::PermissionsExt;

use simulators::Authority;

use crate::{Files, NAMES, PASSWORD, Run, ada, plain_room};

#[tokio::test]
async fn an_account_file_says_all_that_a_login_needs() {
    let authority = Authority::new();
    let tls = authority.server_config(&NAMES);
    let room = simulators::ControlRoom::builder()
        .user(ada())
        .tls(tls)
        .start()
        .await;
    let files = Files::new();
    files.write("ca.pem", &authority.pem());
    files.write("ada.password", &format!("{PASSWORD}\n"));
    let account = files.write(
        "cr.toml",
        &format!(
            "platform = \"control-room\"\nurl = \"{}\"\napi = \"v2\"\nuser = \"ada\"\n\
             password-from = \"file:ada.password\"\nca-bundle = \"ca.pem\"\ntotal-timeout = 20\n",
            room.url()
        ),
    );
    let login = Run::new("authenticate --account")
        .argument(&account)
        .end()
        .await;
    assert_eq!(login.code, 0, "{login:?}");
    assert_eq!(room.requests()[0].path(), "/v2/authentication");
    let login = Run::new("authenticate --api v1 --account")
        .argument(&account)
        .end()
        .await;
    assert_eq!(login.code, 0, "{login:?}");
    assert_eq!(room.requests()[1].path(), "/v1/authentication");
}

#[tokio::test]
async fn a_command_of_an_account_file_runs_in_its_folder() {
    let room = plain_room().await;
    let files = Files::new();
    files.write("ada.password", PASSWORD);
    let account = files.write(
        "cr.toml",
        &format!(
            "url = \"{}\"\nuser = \"ada\"\nallow-http = true\npassword-from = \"command:cat ada.password\"\n",
            room.url()
        ),
    );
    let login = Run::new("authenticate --account")
        .argument(&account)
        .end()
        .await;
    assert_eq!(login.code, 0, "{login:?}");
}

#[tokio::test]
async fn a_secret_in_an_account_file_is_refused_with_what_to_write_instead() {
    let files = Files::new();
    for key in [
        "password",
        "api-key",
        "client-secret",
        "token",
        "mfa-code",
        "proxy-password",
    ] {
        let account = files.write(
            "a.toml",
            &format!("url = \"https://h\"\n{key} = \"{PASSWORD}\"\n"),
        );
        let ended = Run::new("authenticate --user a --password-from env:A --account")
            .argument(&account)
            .end()
            .await;
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(
            ended.err.contains(&format!("{key}-from = \"env:NAME\"")),
            "{ended:?}"
        );
    }
}

#[tokio::test]
async fn a_key_that_there_is_not_and_a_file_that_is_no_toml_are_refused() {
    let files = Files::new();
    for (content, named) in [
        ("colour = \"red\"\n", "no key `colour`"),
        ("[section]\nurl = \"https://h\"\n", "no key `section`"),
        (
            &format!("url = \"https://h\"\nuser = {PASSWORD}\n"),
            "line 2 is not TOML",
        ),
        (
            "platform = \"orchestrator\"\nurl = \"https://h\"\n",
            "for the platform orchestrator",
        ),
        (
            "url = \"https://h\"\nuser = \"a\"\npassword-from = \"pa55\"\n",
            "`password-from` says where",
        ),
    ] {
        let account = files.write("a.toml", content);
        let ended = Run::new("authenticate --account")
            .argument(&account)
            .end()
            .await;
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(
            ended.err.contains(named) && !ended.err.contains("pa55"),
            "{ended:?}"
        );
    }
    let ended = Run::new("authenticate --account /nowhere/a.toml")
        .end()
        .await;
    assert_eq!(ended.code, 4, "{ended:?}");
}

#[tokio::test]
async fn an_account_file_that_others_can_write_is_refused() {
    let room = plain_room().await;
    let files = Files::new();
    let text = format!(
        "url = \"{}\"\nuser = \"ada\"\nallow-http = true\npassword-from = \"env:PW\"\n",
        room.url()
    );
    let account = files.write("cr.toml", &text);
    for (mode, code, said) in [
        (0o666, 4, "chmod go-w"),
        (0o602, 4, "chmod go-w"),
        (0o664, 0, "chmod g-w"),
        (0o644, 0, ""),
    ] {
        std::fs::set_permissions(&account, std::fs::Permissions::from_mode(mode)).unwrap();
        let ended = Run::new("authenticate --account")
            .argument(&account)
            .env("PW", PASSWORD)
            .end()
            .await;
        assert_eq!(ended.code, code, "{mode:o}: {ended:?}");
        assert!(ended.err.contains(said), "{mode:o}: {ended:?}");
        assert_eq!(ended.err.contains("chmod"), !said.is_empty(), "{ended:?}");
    }
    assert_eq!(room.logins_asked(), 2);
}

#[tokio::test]
async fn keys_of_another_platform_are_said_to_have_no_effect() {
    let room = plain_room().await;
    let files = Files::new();
    let account = files.write(
        "cr.toml",
        &format!(
            "url = \"{}\"\nuser = \"ada\"\nallow-http = true\npassword-from = \"env:PW\"\n\
             client-id = \"app\"\nscopes = [\"OR.Jobs\"]\n",
            room.url()
        ),
    );
    let ended = Run::new("authenticate --account")
        .argument(&account)
        .env("PW", PASSWORD)
        .end()
        .await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended
            .err
            .contains("`client-id`, `scopes` in the account file"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn an_account_of_another_platform_leads_to_the_subcommands_that_take_it() {
    let files = Files::new();
    for (platform, subcommand, leads_to) in [
        (
            "orchestrator",
            "authenticate",
            "client-credentials-authenticate",
        ),
        ("control-room", "current-user", "use authenticate"),
    ] {
        let account = files.write("a.toml", &format!("platform = \"{platform}\"\n"));
        let ended = Run::new(&format!("{subcommand} --account"))
            .argument(&account)
            .end()
            .await;
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.err.contains(leads_to), "{ended:?}");
    }
    let ended = Run::new("authenticate --account -").end().await;
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.err.contains("standard input"), "{ended:?}");
}
