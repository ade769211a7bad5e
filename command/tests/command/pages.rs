//! Help, completion and manual pages.

use std::path::Path;
use std::process::Command;

use crate::{Files, Run};

const SUBCOMMANDS: [&str; 20] = [
    "account",
    "login",
    "token",
    "renew",
    "exec",
    "status",
    "end",
    "reopen",
    "reset",
    "keys",
    "authenticate",
    "validate",
    "refresh",
    "logout",
    "ropc-authenticate",
    "client-credentials-authenticate",
    "current-user",
    "check",
    "completion",
    "man",
];

#[tokio::test]
async fn help_teaches_examples_secrets_the_account_file_and_exit_codes() {
    let help = Run::new("--help").end().await;
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    for part in ["Examples:", "Secrets:", "Account file:", "Exit codes:"] {
        assert!(help.out.contains(part), "{}", help.out);
    }
    for line in [
        "   2  arguments",
        "  11  credentials-rejected",
        "  31  unreachable",
        " 130  interrupted",
    ] {
        assert!(help.out.contains(line), "{line}: {}", help.out);
    }
    for name in SUBCOMMANDS {
        let help = Run::new(&format!("{name} --help")).end().await;
        assert_eq!(help.code, 0);
        assert!(help.out.contains("Example"), "{name}: {}", help.out);
    }
}

/// What a real bash offers where the line ends.
fn completed(script: &Path, line: &[&str]) -> Vec<String> {
    let words: Vec<String> = line.iter().map(|word| format!("'{word}'")).collect();
    let last = line.len() - 1;
    let ask = format!(
        "source '{}'; COMP_WORDS=({}); COMP_CWORD={last}; COMP_LINE='{}'; \
         complete -p rpa-auth >/dev/null || exit 9; \
         function=$(complete -p rpa-auth | sed 's/.*-F \\([^ ]*\\).*/\\1/'); \
         $function rpa-auth '{}' '{}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        script.display(),
        words.join(" "),
        line.join(" "),
        line[last],
        line[last - 1],
    );
    let output = Command::new("bash")
        .args(["--norc", "-c", &ask])
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line:?}: {err}");
    let out = String::from_utf8(output.stdout).unwrap();
    out.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_real_bash_completes_behind_every_subcommand() {
    let completion = Run::new("completion bash").end().await;
    assert_eq!(completion.code, 0);
    let files = Files::new();
    let script = files.write("rpa-auth.bash", &completion.out);
    for (line, offered) in [
        (vec!["rpa-auth", "authen"], vec!["authenticate"]),
        (
            vec!["rpa-auth", "authenticate", "--al"],
            vec!["--allow-http"],
        ),
        (
            vec!["rpa-auth", "authenticate", "--api", ""],
            vec!["v1", "v2"],
        ),
        (vec!["rpa-auth", "login", "--allow-h"], vec!["--allow-http"]),
        (
            vec!["rpa-auth", "validate", "--token-f"],
            vec!["--token-from"],
        ),
        (
            vec!["rpa-auth", "check", "--platform", ""],
            vec!["control-room", "orchestrator"],
        ),
        (
            vec![
                "rpa-auth",
                "client-credentials-authenticate",
                "--client-authentication",
                "b",
            ],
            vec!["basic"],
        ),
        (
            vec!["rpa-auth", "ropc-authenticate", "--password-from", ""],
            vec![
                "prompt",
                "stdin",
                "env:",
                "file:",
                "fd:",
                "credential:",
                "keyring:",
                "command:",
            ],
        ),
        (vec!["rpa-auth", "completion", "z"], vec!["zsh"]),
        (vec!["rpa-auth", "man", "cu"], vec!["current-user"]),
        (vec!["rpa-auth", "help", "log"], vec!["login", "logout"]),
    ] {
        assert_eq!(completed(&script, &line), offered, "{line:?}");
    }
    for name in SUBCOMMANDS {
        let line = ["rpa-auth", name, "--qui"];
        assert_eq!(completed(&script, &line), ["--quiet"], "{name}");
    }
}

#[tokio::test]
async fn other_shells_have_completions_too() {
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        let completion = Run::new(&format!("completion {shell}")).end().await;
        assert!(
            completion.code == 0 && completion.out.contains("authenticate"),
            "{shell}"
        );
    }
}

#[tokio::test]
async fn short_help_is_short_and_both_are_in_blocks() {
    let short = Run::new("authenticate -h").end().await;
    let long = Run::new("authenticate --help").end().await;
    for help in [&short, &long] {
        for block in ["Account:", "Connection:", "Output:"] {
            assert!(help.out.contains(block), "{block}: {}", help.out);
        }
        let account = help.out.find("Account:").unwrap();
        let connection = help.out.find("Connection:").unwrap();
        let user = help.out.find("--user").unwrap();
        assert!(account < user && user < connection, "{}", help.out);
    }
    assert!(
        !short.out.contains("--between-bytes-timeout"),
        "{}",
        short.out
    );
    assert!(long.out.contains("--between-bytes-timeout"), "{}", long.out);
    assert!(short.out.lines().count() < 45, "{}", short.out);
}

#[tokio::test]
async fn the_version_says_which_component_is_in_it() {
    let version = Run::new("--version").end().await;
    let first = version.out.lines().next().unwrap();
    assert_eq!(first, concat!("rpa-auth ", env!("CARGO_PKG_VERSION")));
    assert!(version.out.contains("component of "), "{version:?}");
}

#[tokio::test]
async fn the_manual_page_names_every_subcommand_and_exit_code() {
    let page = Run::new("man").end().await;
    assert_eq!(page.code, 0);
    let title = page.out.lines().find(|line| line.starts_with(".TH"));
    assert_eq!(
        title.map(|title| title.contains("rpa-auth 1")),
        Some(true),
        "{}",
        page.out
    );
    // mandoc warns of a page without a date.
    assert!(title.unwrap().contains("20"), "{title:?}");
    let plain = page.out.replace('\\', "");
    for name in SUBCOMMANDS {
        assert!(
            plain.contains(&format!("rpa-auth-{name}(1)")),
            "{name}: {plain}"
        );
    }
    for section in ["\"EXIT CODES\"", "ENVIRONMENT", "\"SEE ALSO\""] {
        assert!(
            plain.contains(&format!(".SH {section}")),
            "{section}: {plain}"
        );
    }
    assert!(
        plain.contains("credentials-rejected: do not try again"),
        "{plain}"
    );
    for name in SUBCOMMANDS {
        let page = Run::new(&format!("man {name}")).end().await;
        assert!(
            page.out.contains(&format!(".TH rpa-auth-{name} 1")),
            "{name}: {}",
            page.out
        );
    }
    let none = Run::new("man frobnicate").end().await;
    assert_eq!(none.code, 2, "{none:?}");
}

#[tokio::test]
async fn a_subcommand_of_a_subcommand_has_a_manual_page() {
    for (of, name, option) in [
        ("account", "add", "allow-http"),
        ("keys", "rotate", "forget-old"),
    ] {
        let above = Run::new(&format!("man {of}")).end().await;
        let named = format!("rpa-auth-{of}-{name}(1)");
        assert!(above.out.replace('\\', "").contains(&named), "{above:?}");
        let page = Run::new(&format!("man {of} {name}")).end().await;
        let plain = page.out.replace('\\', "");
        assert!(
            plain.contains(&format!(".TH rpa-auth-{of}-{name} 1")),
            "{plain}"
        );
        assert!(plain.contains(&format!("--{option}")), "{plain}");
    }
    for (wrong, says) in [
        (
            "man account frobnicate",
            "account has no such subcommand; it has add",
        ),
        ("man token frobnicate", "token has no subcommands"),
    ] {
        let none = Run::new(wrong).end().await;
        assert_eq!(none.code, 2, "{none:?}");
        assert!(none.err.contains(says), "{none:?}");
    }
}
