//! Help, completion and manual pages.

use std::process::Command;

use crate::{Files, Run};

const SUBCOMMANDS: [&str; 10] = [
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

#[tokio::test]
async fn the_completion_of_bash_is_one_that_bash_reads() {
    let completion = Run::new("completion bash").end().await;
    assert_eq!(completion.code, 0);
    for name in SUBCOMMANDS {
        assert!(completion.out.contains(name), "{name}");
    }
    let files = Files::new();
    let script = files.write("rpa-auth.bash", &completion.out);
    let read = Command::new("bash")
        .arg("-n")
        .arg(&script)
        .status()
        .unwrap();
    assert!(read.success());
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        let completion = Run::new(&format!("completion {shell}")).end().await;
        assert!(
            completion.code == 0 && completion.out.contains("authenticate"),
            "{shell}"
        );
    }
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
    let plain = page.out.replace('\\', "");
    for name in SUBCOMMANDS {
        assert!(
            plain.contains(&format!("rpa-auth-{name}(1)")),
            "{name}: {plain}"
        );
    }
    assert!(plain.contains(".SH \"EXIT CODES\""), "{plain}");
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
