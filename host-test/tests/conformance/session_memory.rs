//! Secrets, tokens and keys of a session are gone from the component's memory as
//! soon as its handle is dropped, however its calls ended.
//!
//! The control is in the tests: while a login is sent, the search must find the
//! password.

use std::sync::{Arc, Mutex};

use rpa_auth_host::SESSION_COMPONENT;
use simulators::ControlRoom;
use simulators::control_room::User;
use wasmtime::component::Val;

use crate::embedded::Embedded;
use crate::linear_memory::Memories;

const PASSWORD: &str = "Zq7-Ub3sMo9w-vK2x9";
const WRONG_PASSWORD: &str = "Hn4-Yc8dLq5k-pG3t7";

/// Bytes that are text, so that the search for text finds them.
const PLACE_KEY: &str = "Pk4-Wr8nTz1b-Qy6d-Lm3f-Hs7j-Xc5g";
const NEXT_PLACE_KEY: &str = "Np6-Tc3kWd9m-Jb5s-Vr2x-Gl8f-Qz4h";
const FORMER_PLACE_KEY: &str = "Fp2-Hx7nLs5c-Rk9w-Bt4j-Yd6v-Mg3q";
const SEALING_KEY: &str = "Sk9-Vt2hRb7m-Zn4w-Gd8p-Kf1x-Ju6c";

const TOKEN: &str = "[method]session.token";
const RENEW: &str = "[method]session.renew";
const END_FOR_ALL: &str = "[method]session.end-for-all";

#[tokio::test]
async fn nothing_is_left_of_a_session_whose_handle_is_dropped() {
    let room = control_room().await;
    let mut component = Watched::new().await;
    let session = component.open(&room.url(), PASSWORD, "").await.unwrap();

    let grant = component.call(TOKEN, &session, None).await;
    let token = token_in(&grant);
    component.watch(parts(&token));
    assert!(component.sent().contains(&"PASSWORD"));
    room.person_logs_in("ada");
    let grant = component.call(RENEW, &session, Some(&token)).await;
    component.watch(parts(&token_in(&grant)));
    // What the memory of a warm instance is for.
    let kept = component.left();
    assert!(
        kept.contains(&"PASSWORD") && kept.contains(&"PAYLOAD"),
        "{kept:?}"
    );
    component
        .call("[method]session.status", &session, None)
        .await;
    component.call(END_FOR_ALL, &session, None).await;

    component.drop(session).await;
    assert_eq!(component.left(), [""; 0], "still in memory");
}

#[tokio::test]
async fn nothing_is_left_of_a_session_whose_calls_failed() {
    let room = control_room().await;
    let mut component = Watched::new().await;
    let refused = component.open(&room.url(), WRONG_PASSWORD, "").await;
    let refused = refused.unwrap();
    let lost = component.open(&room.url(), PASSWORD, "").await.unwrap();
    let made_up = "Tk2-Bx6vNj9r-Mw3c-Fz7l";
    component.watch([("MADE UP", made_up.to_owned())]);

    let error = component.call(TOKEN, &refused, None).await;
    assert!(error.contains("credentials-rejected"), "{error}");
    assert!(component.sent().contains(&"WRONG PASSWORD"));
    let error = component.call(RENEW, &refused, Some(made_up)).await;
    assert!(error.contains("cooling-down"), "{error}");
    room.lose_next_answer();
    let error = component.call(TOKEN, &lost, None).await;
    assert!(error.contains("may-have-acted: true"), "{error}");
    assert!(component.sent().contains(&"PASSWORD"));
    let error = component.call(TOKEN, &lost, None).await;
    assert!(error.contains("cooling-down"), "{error}");
    let url = room.url();
    let mfa = component.open(&url, PASSWORD, ", mfa-code: 123456").await;
    let error = mfa.unwrap_err();
    assert!(error.contains("mfa-code"), "{error}");

    component.drop(refused).await;
    component.drop(lost).await;
    assert_eq!(component.left(), [""; 0], "still in memory");
}

async fn control_room() -> ControlRoom {
    let builder = ControlRoom::builder().user(User::new("ada", PASSWORD));
    builder.start().await
}

type Secrets = Vec<(&'static str, String)>;

/// The component that shares sessions, and what is looked for in its memory.
struct Watched {
    component: Embedded,
    memories: Memories,
    secrets: Arc<Mutex<Secrets>>,
    sent: Arc<Mutex<Vec<&'static str>>>,
}

impl Watched {
    async fn new() -> Self {
        let memories = Memories::default();
        let secrets = Arc::new(Mutex::new(vec![
            ("PASSWORD", PASSWORD.to_owned()),
            ("WRONG PASSWORD", WRONG_PASSWORD.to_owned()),
            ("PLACE_KEY", PLACE_KEY.to_owned()),
            ("NEXT_PLACE_KEY", NEXT_PLACE_KEY.to_owned()),
            ("FORMER_PLACE_KEY", FORMER_PLACE_KEY.to_owned()),
            ("SEALING_KEY", SEALING_KEY.to_owned()),
        ]));
        let sent = Arc::new(Mutex::new(Vec::new()));
        let look = {
            let (memories, secrets, sent) = (memories.clone(), secrets.clone(), sent.clone());
            move || *sent.lock().unwrap() = memories.find(&secrets.lock().unwrap())
        };
        let mut config = memories.config();
        let component = Embedded::of(SESSION_COMPONENT, &mut config, Arc::new(look)).await;
        Self {
            component,
            memories,
            secrets,
            sent,
        }
    }

    /// Opens a session of the user, whose credentials have `more` fields.
    async fn open(&mut self, url: &str, password: &str, more: &str) -> Result<Val, String> {
        let key = |text: &str| format!("{:?}", text.as_bytes());
        let text = format!(
            r#"(control-room({{control-room: {{url: "{url}", api: v2, transport: {{allow-http: true}}}}, credentials: {{username: "ada", secret: password("{password}"){more}}}}}), {{place-key: {}, next-place-key: some({}), former-place-keys: [{}], sealing-keys: [{}], max-staleness-ms: 600000}})"#,
            key(PLACE_KEY),
            key(NEXT_PLACE_KEY),
            key(FORMER_PLACE_KEY),
            key(SEALING_KEY),
        );
        self.component.open_session(&text).await
    }

    async fn call(&mut self, method: &str, session: &Val, token: Option<&str>) -> String {
        let token = token.map(|token| Val::String(token.to_owned()));
        let params: Vec<Val> = [session.clone()].into_iter().chain(token).collect();
        self.component.call(method, &params).await
    }

    async fn drop(&mut self, session: Val) {
        self.component.drop_resource(session).await;
    }

    /// Looks for these too, from now on.
    fn watch<const N: usize>(&self, secrets: [(&'static str, String); N]) {
        self.secrets.lock().unwrap().extend(secrets);
    }

    /// What stood in memory when the last request was sent.
    fn sent(&self) -> Vec<&'static str> {
        self.sent.lock().unwrap().clone()
    }

    /// What stands in memory now.
    fn left(&self) -> Vec<&'static str> {
        self.memories.find(&self.secrets.lock().unwrap())
    }
}

#[track_caller]
fn token_in(grant: &str) -> String {
    let (_, rest) = grant.split_once("value: \"").expect(grant);
    rest.split('"').next().unwrap().to_owned()
}

/// What tells a JWT from others: not its header, which all of them share.
fn parts(token: &str) -> [(&'static str, String); 2] {
    let parts: Vec<&str> = token.split('.').collect();
    [
        ("PAYLOAD", parts[1].to_owned()),
        ("SIGNATURE", parts[2].to_owned()),
    ]
}
