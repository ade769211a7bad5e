//! An instance in a memory that can be searched, the secrets that pass through
//! it, and both platforms.

use std::sync::{Arc, Mutex};

use simulators::control_room::User;
use simulators::orchestrator::{Account, Client};
use simulators::{Answer, ControlRoom, Orchestrator};

use crate::embedded::Embedded;
use crate::linear_memory::Memories;

pub const PASSWORD: &str = "Zq7-Ub3sMo9w-vK2x9";
pub const API_KEY: &str = "Jw4-Xe8aFi5r-Rm8tQ1";
pub const MFA_CODE: &str = "918273";
pub const CLIENT_SECRET: &str = "Hd6-Yc0uPn2t-Tn3y";
/// `app` and the secret, as HTTP Basic has them.
pub const BASIC: &str = "YXBwOkhkNi1ZYzB1UG4ydC1UbjN5";
pub const GATEWAY_KEY: &str = "Pb5-Ge1vCk7o-Ls0w";
pub const TOKEN: &str = "eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOiJaeDkta2VlcHMtVmMzIn0.c2lnbmF0dXJlLU1rOGQ";

/// One instance, kept warm, and what there was to find in its memory.
pub struct Bench {
    component: Embedded,
    memories: Memories,
    pub secrets: Arc<Mutex<Vec<(&'static str, String)>>>,
    /// What was found while the last request was sent.
    sent: Arc<Mutex<Vec<&'static str>>>,
    pub room: ControlRoom,
    pub orchestrator: Orchestrator,
}

impl Bench {
    pub async fn new() -> Self {
        let memories = Memories::default();
        let mut secrets = vec![
            ("PASSWORD", PASSWORD.to_owned()),
            ("API_KEY", API_KEY.to_owned()),
            ("MFA_CODE", MFA_CODE.to_owned()),
            ("CLIENT_SECRET", CLIENT_SECRET.to_owned()),
            ("BASIC", BASIC.to_owned()),
            ("GATEWAY_KEY", GATEWAY_KEY.to_owned()),
        ];
        secrets.extend(parts("TOKEN_PAYLOAD", "TOKEN_SIGNATURE", TOKEN));
        let secrets = Arc::new(Mutex::new(secrets));
        let sent = Arc::new(Mutex::new(Vec::new()));
        let look = {
            let (memories, secrets) = (memories.clone(), Arc::clone(&secrets));
            let sent = Arc::clone(&sent);
            move || *sent.lock().unwrap() = memories.find(&secrets.lock().unwrap())
        };
        let user = User::new("ada", PASSWORD)
            .api_key(API_KEY)
            .mfa_code(918_273);
        Self {
            component: Embedded::new(&mut memories.config(), Arc::new(look)).await,
            memories,
            secrets,
            sent,
            room: ControlRoom::builder().user(user).start().await,
            orchestrator: Orchestrator::builder()
                .account(Account::new("Default", "ada", PASSWORD))
                .client(Client::new("app", CLIENT_SECRET, &["OR.Folders"]))
                .start()
                .await,
        }
    }

    /// Makes a call whose names are filled in, with these transport options.
    pub async fn invoke(&mut self, call: &str, options: &str) -> String {
        let transport = format!(
            r#"transport: {{allow-http: true, headers: [{{name: "X-Key", value: "{GATEWAY_KEY}"}}]{options}}}"#
        );
        let token_url = self.orchestrator.token_url();
        let call = call
            .replace(
                "ROOM",
                &format!(r#"{{url: "{}", api: v2, {transport}}}"#, self.room.url()),
            )
            .replace(
                "ORCHESTRATOR",
                &format!(r#"{{url: "{}", {transport}}}"#, self.orchestrator.url()),
            )
            .replace(
                "BASIC_SERVER",
                &format!(
                    r#"{{token-url: "{token_url}", client-authentication: basic, {transport}}}"#
                ),
            )
            .replace(
                "SERVER",
                &format!(r#"{{token-url: "{token_url}", {transport}}}"#),
            )
            .replace("PASSWORD", PASSWORD)
            .replace("API_KEY", API_KEY)
            .replace("MFA_CODE", MFA_CODE)
            .replace("CLIENT_SECRET", CLIENT_SECRET)
            .replace("TOKEN", TOKEN);
        self.sent.lock().unwrap().clear();
        self.component.invoke(&call).await
    }

    /// The control, and then the point: all were there, and none is left.
    #[track_caller]
    pub fn check(&self, call: &str, sent: &[&str]) {
        let found = self.sent.lock().unwrap().clone();
        for name in sent.iter().chain(&["GATEWAY_KEY"]) {
            assert!(
                found.contains(name),
                "{call}: the search does not find {name}"
            );
        }
        self.check_clean(call);
    }

    /// How large the memory is now, in bytes.
    pub fn memory_size(&self) -> usize {
        self.memories.size()
    }

    #[track_caller]
    pub fn check_clean(&self, call: &str) {
        let left = self.memories.find(&self.secrets.lock().unwrap());
        assert_eq!(left, [""; 0], "{call}: still in memory");
    }

    /// Puts an answer in the place of the one that the call would get.
    pub fn answer_next(&self, call: &str, answer: &Answer) {
        if call.contains("(ROOM") {
            self.room.answer_next(answer.clone())
        } else {
            self.orchestrator.answer_next(answer.clone())
        }
    }
}

/// What tells a JWT from others: not its header, which all of them share.
pub fn parts(
    payload: &'static str,
    signature: &'static str,
    token: &str,
) -> [(&'static str, String); 2] {
    let parts: Vec<&str> = token.split('.').collect();
    [
        (payload, parts[1].to_owned()),
        (signature, parts[2].to_owned()),
    ]
}
