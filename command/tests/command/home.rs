//! A user's own folders and account, for commands that share a token.

use std::path::PathBuf;

use simulators::ControlRoom;

use crate::{Ended, Files, PASSWORD, Run, plain_room};

/// A user's own folders, and an account `robots` in them.
pub struct Home {
    pub files: Files,
    pub room: ControlRoom,
}

impl Home {
    pub async fn new() -> Self {
        Self::with("").await
    }

    /// With more lines in the account file.
    pub async fn with(more: &str) -> Self {
        let home = Self {
            files: Files::new(),
            room: plain_room().await,
        };
        let accounts = home.path("config/rpa-auth/accounts");
        std::fs::create_dir_all(accounts).unwrap();
        home.files.write("password", PASSWORD);
        let account = format!(
            "platform = \"control-room\"\nurl = \"{}\"\nallow-http = true\nuser = \"ada\"\n\
             password-from = \"file:{}\"\n{more}\n",
            home.room.url(),
            home.path("password").display(),
        );
        home.files
            .write("config/rpa-auth/accounts/robots.toml", &account);
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.files.0.path().join(name)
    }

    /// A run with this user's folders.
    pub fn run(&self, arguments: &str) -> Run {
        let folder = |name: &str| self.path(name).display().to_string();
        Run::new(arguments)
            .env("XDG_CONFIG_HOME", &folder("config"))
            .env("XDG_STATE_HOME", &folder("state"))
            .env("RPA_AUTH_ACCOUNT", "robots")
    }

    pub async fn end(&self, arguments: &str) -> Ended {
        self.run(arguments).end().await
    }

    pub async fn token(&self) -> String {
        let ended = self.end("token").await;
        assert_eq!(ended.code, 0, "{ended:?}");
        ended.out.trim_end().to_owned()
    }

    pub async fn token_after_reopen(&self) -> String {
        assert_eq!(self.end("reopen").await.code, 0);
        self.token().await
    }

    pub async fn state(&self) -> String {
        let status = self.end("status --json").await.json();
        status["status"]["state"].as_str().unwrap().to_owned()
    }
}
