//! Arguments that cannot be used: said in a sentence, never repeated where they
//! may be a secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use simulators::Authority;

use crate::{Files, PASSWORD, Run};

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
    // An http: proxy may be written without its scheme, as in the variables.
    let reached = Run::new("check https://h --proxy 127.0.0.1:1").end().await;
    assert_eq!(reached.code, 30, "{reached:?}");
    assert!(reached.out.contains("the proxy 127.0.0.1:1"), "{reached:?}");
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
        ("frobnicate", "no such subcommand; there are login, token, "),
        ("logn", "client-credentials-authenticate"),
        ("", "Usage: rpa-auth"),
    ] {
        let said = refusal(arguments).await;
        assert!(said.contains(named), "{arguments}: {said}");
    }
}

#[tokio::test]
async fn what_a_newcomer_types_first_leads_on() {
    let help = Run::new("help").end().await;
    assert_eq!(help.code, 0, "{help:?}");
    assert!(help.out.contains("Exit codes:"), "{help:?}");
    let help = Run::new("help validate").end().await;
    assert!(help.out.contains("--token-from"), "{help:?}");
    // A login of one's own is another subcommand.
    for guess in ["login https://h", "token https://h --user ada"] {
        let said = refusal(guess).await;
        assert!(said.contains("`rpa-auth authenticate URL`"), "{said}");
        assert!(said.contains("--account"), "{said}");
    }
    for guess in ["tokens", "bogus"] {
        let said = refusal(guess).await;
        assert!(said.contains("authenticate, validate"), "{said}");
        assert!(!said.contains("similar"), "{said}");
    }
}

#[tokio::test]
async fn an_unknown_option_is_called_one_and_leads_only_to_what_is_near() {
    for (option, said_of, hint) in [
        ("-p", "no option -p", false),
        ("-z", "no option -z", false),
        ("--loud", "no option --loud", false),
        ("--alow-http", "there is --allow-http", true),
    ] {
        let said = refusal(&format!("authenticate https://h {option}")).await;
        assert!(said.contains(said_of), "{said}");
        assert_eq!(said.contains("; there is --"), hint, "{said}");
    }
    let said = refusal("--verse").await;
    assert!(!said.contains("--version"), "{said}");
    let said = refusal(&format!("authenticate https://h -p{PASSWORD}")).await;
    assert!(!said.contains("55"), "{said}");
}

#[tokio::test]
async fn a_value_that_cannot_be_used_is_called_by_its_option() {
    for (arguments, named) in [
        ("authenticate http://h --user a", "give --allow-http"),
        (
            "authenticate h:8090 --user a",
            "the URL does not begin with https://: write https://",
        ),
        ("authenticate https:// --user a", "the URL names no host"),
        (
            "authenticate https://h:99999 --user a",
            "the URL has a port that is not a number",
        ),
        ("authenticate https://b\u{fc}cher.example --user a", "xn--"),
        ("authenticate https://h --user=", "--user is empty"),
        (
            "ropc-authenticate https://h --user a --tenancy-name=",
            "--tenancy-name is empty",
        ),
        (
            "ropc-authenticate https://h --user a --tenant t",
            "--organization and --tenant",
        ),
    ] {
        let ended = Run::new(arguments)
            .argument("--password-from=env:PW")
            .env("PW", PASSWORD)
            .end()
            .await;
        assert_eq!(ended.code, 10, "{arguments}: {ended:?}");
        assert!(ended.err.contains(named), "{arguments}: {ended:?}");
        for foreign in [
            "control-room.",
            "credentials.",
            "orchestrator.",
            "set allow-http",
        ] {
            assert!(!ended.err.contains(foreign), "{ended:?}");
        }
    }
    for (arguments, named) in [
        ("--client-id=", "--client-id is empty"),
        ("--client-id a --scope x\"y", "--scope once for each"),
    ] {
        let ended = Run::new(&format!(
            "client-credentials-authenticate https://h/t {arguments}"
        ))
        .argument("--client-secret-from=env:PW")
        .env("PW", PASSWORD)
        .end()
        .await;
        assert_eq!(ended.code, 10, "{arguments}: {ended:?}");
        assert!(ended.err.contains(named), "{arguments}: {ended:?}");
    }
    for limit in ["connect", "first-byte", "between-bytes", "total"] {
        let said = refusal(&format!("check https://h --{limit}-timeout 0")).await;
        assert!(said.contains(&format!("--{limit}-timeout")), "{said}");
        assert!(said.contains("0.001 at least"), "{said}");
    }
}

#[tokio::test]
async fn what_is_pasted_behind_an_address_is_left_out_and_said() {
    let room = crate::plain_room().await;
    for (pasted, said) in [
        ("/v2/authentication", "left out `/v2/authentication`"),
        ("/V1/Authentication/", "left out `/V1/Authentication...`"),
        ("/#/login", "left out `#/...`"),
        ("/swagger/index.html", "left out `/swagger...`"),
    ] {
        let ended = crate::login(&format!("{}{pasted}", room.url())).end().await;
        assert_eq!(ended.code, 0, "{pasted}: {ended:?}");
        assert!(ended.err.contains(said), "{pasted}: {ended:?}");
    }
    let paths: Vec<String> = room
        .requests()
        .iter()
        .map(|r| r.path().to_owned())
        .collect();
    assert_eq!(paths, ["/v2/authentication"; 4]);
}

#[tokio::test]
async fn what_prints_text_takes_no_json() {
    for arguments in ["man --json", "--json completion bash"] {
        let ended = Run::new(arguments).end().await;
        assert_eq!(ended.code, 2, "{ended:?}");
        assert_eq!(ended.json()["error"]["kind"], "usage");
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
    assert_eq!(object["exit_code"], 2);
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
async fn a_file_that_is_no_pem_is_named_with_the_line_that_makes_it_one() {
    let authority = Authority::new();
    let files = Files::new();
    let (chain, key) = authority.client_certificate("robot");
    let pem = files.write("chain.pem", &chain);
    let key = files.write("key.pem", &key);
    let binary = |name: &str, pem: &std::path::Path| {
        let text = std::fs::read_to_string(pem).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('-'));
        let bytes = STANDARD.decode(lines.collect::<String>()).unwrap();
        let path = files.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let der = binary("ca.cer", &pem);
    // PKCS #12 is some ASN.1 that is no certificate, as this is.
    let pfx = binary("robot.pfx", &key);
    let encrypted = std::fs::read_to_string(&key).unwrap();
    let encrypted = encrypted.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let encrypted = files.write("encrypted.pem", &encrypted);
    let other = files.write("other.txt", "nothing of the kind");

    let [pem, der, pfx, encrypted, other] =
        [pem, der, pfx, encrypted, other].map(|path| path.display().to_string());
    for (arguments, named) in [
        (
            "--ca-bundle /nowhere/ca.pem".into(),
            vec!["/nowhere/ca.pem", "No such file"],
        ),
        (
            format!("--ca-bundle {der}"),
            vec![der.as_str(), "--ca-bundle", "openssl x509 -inform der"],
        ),
        (
            format!("--ca-bundle {pfx}"),
            vec![pfx.as_str(), "PKCS #12", "openssl pkcs12"],
        ),
        (
            format!("--ca-bundle {other}"),
            vec![other.as_str(), "--ca-bundle"],
        ),
        (
            format!("--client-certificate {pfx}"),
            vec![pfx.as_str(), "--client-certificate", "openssl pkcs12"],
        ),
        (
            format!("--client-certificate {pem}"),
            vec![pem.as_str(), "no private key", "--client-key FILE"],
        ),
        (
            format!("--client-certificate {pem} --client-key {encrypted}"),
            vec![encrypted.as_str(), "encrypted", "openssl pkey"],
        ),
        (
            format!("--client-certificate {pem} --client-key {other}"),
            vec![other.as_str(), "--client-key", "no private key"],
        ),
    ] {
        let ended = Run::new(&format!("check https://h {arguments}"))
            .end()
            .await;
        assert_eq!(ended.code, 4, "{arguments}: {ended:?}");
        for named in named {
            assert!(ended.err.contains(named), "{arguments}: {named}: {ended:?}");
        }
    }
}
