//! wasmtime: its own `wasi:http` in this process, from the crates that its command is made
//! of. With `RPA_AUTH_WASMTIME` (`cargo xtask wasmtime`) it is the command itself.

use std::env;
use std::sync::LazyLock;

use rpa_auth_host::COMPONENT;
use tokio::process::Command;
use wasmtime::Config;
use wasmtime::component::InstancePre;

use super::host::{Login, begin_with, no_answer};
use crate::embedded::{Embedded, ready};
use crate::stock::{Own, State};

pub async fn log_in(login: Login) -> Result<String, String> {
    let call = call(&login);
    let result = match env::var_os("RPA_AUTH_WASMTIME") {
        // Reads no variable of the environment.
        None => {
            static PLUGIN: LazyLock<InstancePre<State>> = LazyLock::new(|| {
                // Its TLS takes the process's provider, and two are compiled in. Whichever
                // was installed before does as well.
                let provider = rustls::crypto::aws_lc_rs::default_provider();
                let _ = provider.install_default();
                ready(COMPONENT, &mut Config::new())
            });
            Embedded::instance(&PLUGIN, Own).await.invoke(&call).await
        }
        Some(program) => {
            let folder = tempfile::tempdir().unwrap();
            let component = folder.path().join("rpa_auth.wasm");
            std::fs::write(&component, COMPONENT).unwrap();
            let mut command = Command::new(program);
            command.args(["run", "-S", "http", "--invoke", &call]);
            begin_with(&mut command, &login.environment);
            let output = command.arg(component).output().await.unwrap();
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{errors}");
            String::from_utf8(output.stdout).unwrap()
        }
    };
    read(&result)
}

/// The call in WAVE.
fn call(login: &Login) -> String {
    let mut transport = vec!["allow-http: true".to_owned()];
    for (name, limit) in [
        ("connect-timeout-ms", login.connect),
        ("first-byte-timeout-ms", login.first_byte),
        ("total-timeout-ms", login.total),
    ] {
        transport.extend(limit.map(|limit| format!("{name}: {limit}")));
    }
    format!(
        r#"authenticate({{url: "{}", api: v2, transport: {{{}}}}}, {{username: "ada", secret: password("{}")}})"#,
        login.url,
        transport.join(", "),
        login.password,
    )
}

/// Reads the result, which is WAVE too.
fn read(result: &str) -> Result<String, String> {
    let after = |name: &str| {
        let (_, rest) = result.split_once(name)?;
        rest.split([',', '}', '"']).next()
    };
    if result.starts_with("ok(") {
        return Ok(after("{value: \"").unwrap().to_owned());
    }
    let tag = after("err(").and_then(|rest| rest.split('(').next());
    Err(match tag.unwrap_or(result) {
        "unreachable" => {
            let acted = after("may-have-acted: ") == Some("true");
            no_answer(after("failure: ").unwrap(), acted)
        }
        "rejected" => format!("`{}`", after("kind: ").unwrap()),
        tag => format!("`{tag}`"),
    })
}
