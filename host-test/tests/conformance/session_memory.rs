//! Secrets, tokens and keys of a session are gone from the component's memory as
//! soon as its handle is dropped, however its calls ended.
//!
//! The control is in the test: while the login is sent, the search must find the
//! password.

use std::sync::{Arc, Mutex};

use host_test::simulator::ControlRoom;
use host_test::simulator::control_room::User;
use rpa_auth_host::SESSION_COMPONENT;
use wasmtime::component::Val;

use crate::embedded::Embedded;
use crate::linear_memory::Memories;

const PASSWORD: &str = "Zq7-Ub3sMo9w-vK2x9";

/// Bytes that are text, so that the search for text finds them.
const PLACE_KEY: &str = "Pk4-Wr8nTz1b-Qy6d-Lm3f-Hs7j-Xc5g";
const SEALING_KEY: &str = "Sk9-Vt2hRb7m-Zn4w-Gd8p-Kf1x-Ju6c";

#[tokio::test]
async fn nothing_is_left_of_a_session_whose_handle_is_dropped() {
    let memories = Memories::default();
    let secrets = Arc::new(Mutex::new(vec![
        ("PASSWORD", PASSWORD.to_owned()),
        ("PLACE_KEY", PLACE_KEY.to_owned()),
        ("SEALING_KEY", SEALING_KEY.to_owned()),
    ]));
    let sent = Arc::new(Mutex::new(Vec::new()));
    let look = {
        let (memories, secrets, sent) = (memories.clone(), secrets.clone(), sent.clone());
        move || *sent.lock().unwrap() = memories.find(&secrets.lock().unwrap())
    };
    let builder = ControlRoom::builder().user(User::new("ada", PASSWORD));
    let room = builder.start().await;
    let mut config = memories.config();
    let mut component = Embedded::of(SESSION_COMPONENT, &mut config, Arc::new(look)).await;
    let key = |text: &str| format!("{:?}", text.as_bytes());
    let open = format!(
        r#"(control-room({{control-room: {{url: "{}", api: v2, transport: {{allow-http: true}}}}, credentials: {{username: "ada", secret: password("{PASSWORD}")}}}}), {{place-key: {}, sealing-keys: [{}], max-staleness-ms: 600000}})"#,
        room.url(),
        key(PLACE_KEY),
        key(SEALING_KEY),
    );
    let session = component.open_session(&open).await;

    let grant = component
        .call("[method]session.token", std::slice::from_ref(&session))
        .await;
    let token = token_in(&grant);
    secrets.lock().unwrap().extend(parts(&token));
    assert!(sent.lock().unwrap().contains(&"PASSWORD"));
    room.person_logs_in("ada");
    let renew = [session.clone(), Val::String(token)];
    let grant = component.call("[method]session.renew", &renew).await;
    let token = token_in(&grant);
    secrets.lock().unwrap().extend(parts(&token));
    // What the memory of a warm instance is for.
    let kept = memories.find(&secrets.lock().unwrap());
    assert!(
        kept.contains(&"PASSWORD") && kept.contains(&"PAYLOAD"),
        "{kept:?}"
    );
    component
        .call("[method]session.status", std::slice::from_ref(&session))
        .await;
    component
        .call(
            "[method]session.end-for-all",
            std::slice::from_ref(&session),
        )
        .await;

    component.drop_resource(session).await;

    let left = memories.find(&secrets.lock().unwrap());
    assert_eq!(left, [""; 0], "still in memory");
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
