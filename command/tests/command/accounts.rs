//! Accounts that have a name: `account add`, `list`, `show` and `remove`.

use std::os::unix::fs::PermissionsExt;

use simulators::Authority;

use crate::{Ended, Files, NAMES, PASSWORD, Run, ada, plain_room, trusting};

/// A run with the folders of a user of this test alone.
fn run(home: &Files, arguments: &str) -> Run {
    let folder = |name: &str| home.0.path().join(name).display().to_string();
    Run::new(arguments)
        .env("XDG_CONFIG_HOME", &folder("config"))
        .env("XDG_STATE_HOME", &folder("state"))
}

async fn end(home: &Files, arguments: &str) -> Ended {
    run(home, arguments).end().await
}

#[tokio::test]
async fn an_account_that_was_added_logs_in_is_listed_shown_and_removed() {
    let home = Files::new();
    let room = plain_room().await;
    let secret = home.write("password", PASSWORD);
    let add = format!(
        "account add robots {} --allow-http --platform control-room --user ada \
         --actor cell-7 --password-from file:{}",
        room.url(),
        secret.display()
    );
    let added = end(&home, &add).await;
    assert_eq!(added.code, 0, "{added:?}");
    // It has looked first, and logged in nobody.
    assert!(
        added.out.contains("Automation 360") && added.err.contains("is written"),
        "{added:?}"
    );
    assert_eq!(room.logins_asked(), 0);
    let file = home.0.path().join("config/rpa-auth/accounts/robots.toml");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let login = end(&home, "login --account robots").await;
    assert_eq!(login.code, 0, "{login:?}");
    let status = end(&home, "status --account robots").await;
    assert!(status.out.contains("by cell-7"), "{status:?}");

    let list = end(&home, "account list").await;
    assert!(
        list.out.contains("robots") && list.out.contains("ada at http"),
        "{list:?}"
    );
    let object = end(&home, "account show robots --json").await.json();
    assert_eq!(object["accounts"][0]["user"], "ada");
    let shown = end(&home, "account show robots").await;
    assert!(shown.out.contains("password-from = \"file:"), "{shown:?}");

    let again = end(&home, &add).await;
    assert_eq!(again.code, 2, "{again:?}");
    assert!(again.err.contains("is there already"), "{again:?}");

    let removed = end(&home, "account remove robots --json").await.json();
    assert_eq!(removed["done"], "account remove");
    assert!(!file.exists());
    assert_eq!(
        end(&home, "account list --json").await.json()["accounts"],
        serde_json::json!([])
    );
    assert_eq!(end(&home, "account show robots").await.code, 4);
}

#[tokio::test]
async fn a_server_that_fails_the_check_gets_no_account_unless_it_is_meant() {
    let home = Files::new();
    let authority = Authority::new();
    let tls = authority.server_config(&NAMES);
    let room = simulators::ControlRoom::builder()
        .user(ada())
        .tls(tls)
        .start()
        .await;
    let add = format!(
        "account add robots {} --platform control-room --user ada --password-from env:PW",
        room.url()
    );
    let refused = end(&home, &add).await;
    assert_ne!(refused.code, 0, "{refused:?}");
    // What a person needs to decide whom to trust.
    assert!(refused.out.contains("SHA-256"), "{refused:?}");
    assert!(refused.err.contains("was not written"), "{refused:?}");
    let object = end(&home, &format!("{add} --json")).await;
    assert_eq!(object.json()["error"]["kind"], "usage", "{object:?}");
    assert_eq!(
        end(&home, "account list --json").await.json()["accounts"],
        serde_json::json!([])
    );

    let (_files, trust) = trusting(&authority);
    let added = end(&home, &format!("{add} {trust} --json")).await;
    assert_eq!(added.json()["done"], "account add", "{added:?}");
    let token = run(&home, "token --account robots")
        .env("PW", PASSWORD)
        .end()
        .await;
    assert_eq!(token.code, 0, "{token:?}");

    let meant = add.replace("robots", "others");
    let meant = end(&home, &format!("{meant} --no-check")).await;
    assert_eq!(meant.code, 0, "{meant:?}");
}

#[tokio::test]
async fn an_application_is_an_account_too() {
    let home = Files::new();
    let add = "account add app https://cloud.example.com/identity_/connect/token --client-id c \
               --scope OR.Folders.Read --password-from env:S --no-check";
    let added = end(&home, add).await;
    assert_eq!(added.code, 0, "{added:?}");
    let account = home.0.path().join("config/rpa-auth/accounts/app.toml");
    let text = std::fs::read_to_string(&account).unwrap();
    let with_command = format!("{text}proxy-password-from = \"command:show s3cret\"\n");
    std::fs::write(&account, with_command).unwrap();
    let shown = end(&home, "account show app").await;
    assert!(!shown.out.contains("s3cret"), "{shown:?}");
    for line in [
        "platform = \"orchestrator\"",
        "token-url = \"https://cloud.example.com/identity_/connect/token\"",
        "client-id = \"c\"",
        "client-secret-from = \"env:S\"",
        "scopes = [\"OR.Folders.Read\"]",
    ] {
        assert!(shown.out.contains(line), "{line}: {shown:?}");
    }
}

#[tokio::test]
async fn what_an_account_lacks_is_named_and_a_secret_never_gets_into_it() {
    let home = Files::new();
    let whole = [
        ("https://h", "URL"),
        ("--platform control-room", "--platform"),
        ("--user ada", "--user"),
        ("--password-from env:PW", "--password-from"),
    ];
    for missing in 0..whole.len() {
        let given = whole.iter().enumerate().filter(|(n, _)| *n != missing);
        let given: Vec<&str> = given.map(|(_, (argument, _))| *argument).collect();
        let refused = end(
            &home,
            &format!("account add a {} --no-check", given.join(" ")),
        )
        .await;
        assert_eq!(refused.code, 2, "{refused:?}");
        let (_, named) = whole[missing];
        assert!(refused.err.contains(named), "{named}: {refused:?}");
    }
    let secret = "account add a https://h --platform control-room --user ada --no-check \
                  --password-from s3cret";
    let refused = end(&home, secret).await;
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(!refused.err.contains("s3cret"), "{refused:?}");
    for (secret, rest) in [
        ("https://ada:s3cret@h", ""),
        ("https://h", "--store redis://u:s3cret@h"),
        ("https://h", "--store redis://:s3c/ret@h"),
        ("https://h", "--proxy http://u:s3cret@p"),
    ] {
        let add = format!(
            "account add a {secret} --platform control-room --user ada --password-from env:PW \
             --no-check {rest}"
        );
        let refused = end(&home, &add).await;
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(!refused.err.contains("s3c"), "{refused:?}");
    }
    for name in ["../a", "a.toml", ""] {
        let refused = run(&home, "account show").argument(name).end().await;
        assert_eq!(refused.code, 2, "{refused:?}");
    }
    assert!(!home.0.path().join("config").exists());
}
