//! A real forward proxy (tinyproxy) that wants a user name and a password.
//!
//! It is another program, so that what a client says to it is judged by nobody
//! who wrote the client.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::port::free_port;

/// A running tinyproxy. Dropping it stops it.
pub struct Tinyproxy {
    child: Child,
    folder: TempDir,
    port: u16,
}

impl Tinyproxy {
    /// The user name that it wants.
    pub const USER: &str = "robot";

    /// The password that it wants.
    pub const PASSWORD: &str = "open-sesame";

    /// Starts one and waits until it takes connections.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let port = free_port();
        let log = folder.path().join("log");
        let settings = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nAllow 127.0.0.1\n\
            BasicAuth {} {}\nLogLevel Connect\nLogFile \"{}\"\n",
            Self::USER,
            Self::PASSWORD,
            log.display(),
        );
        let path = folder.path().join("tinyproxy.conf");
        fs::write(&path, settings).expect("the folder takes a file");
        let child = Command::new("tinyproxy")
            .args(["-d", "-c"])
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("tinyproxy is missing: install the package tinyproxy-bin");
        let proxy = Self {
            child,
            folder,
            port,
        };
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .is_ok()
            {
                return proxy;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("tinyproxy did not start");
    }

    /// `http://127.0.0.1:{port}`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it says it did.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Tinyproxy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
