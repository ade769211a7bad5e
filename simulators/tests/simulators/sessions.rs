//! Displacement, API keys, two-factor authentication and lock-out.

use simulators::{
    Answer, ControlRoom,
    control_room::{Issued, User},
};

use super::control_room::{PASSWORD, ada, call_api, login};
use simulators::client::{exchange, jwt, post};

const BESIDE: &str = r#"{"username":"ada","password":"pass","multipleLogin":true}"#;
const WRONG: &str = r#"{"username":"ada","password":"wrong"}"#;

#[tokio::test]
async fn a_login_displaces_the_users_earlier_token() {
    let room = ControlRoom::builder()
        .user(ada())
        .user(User::new("bob", "pass"));
    let room = room.start().await;
    let first = login(&room, PASSWORD).await.text("token");
    let bobs = room.person_logs_in("bob");
    let second = login(&room, PASSWORD).await.text("token");
    let refused = call_api(&room, &first).await;
    assert_eq!(
        (refused.status, refused.text("code")),
        (401, "UM1114".to_owned())
    );
    assert_eq!(room.live_token("ada"), Some(second));

    room.person_logs_in("ada");
    assert_eq!(room.live_tokens("ada").len(), 1);
    assert!(room.is_live(&bobs));
    assert_eq!(room.logins_granted(), 2);
}

#[tokio::test]
async fn who_displaced_whom_is_on_record_with_the_time() {
    let room = ControlRoom::builder().user(ada()).start().await;
    login(&room, PASSWORD).await;
    let token = login(&room, PASSWORD).await.text("token");
    let header = format!("x-authorization: {token}");
    let body = format!(r#"{{"token":"{token}"}}"#);
    let refresh = post("/v2/authentication/token", &body, &[&header]);
    assert_eq!(exchange(room.address(), &refresh).await.status, 200);
    room.person_logs_in("ada");

    let issued = room.issued();
    let by = |issued: &Issued| issued.displaced.map(|displaced| displaced.by);
    let displaced: Vec<_> = issued.iter().map(by).collect();
    // A refresh ends a token, but displaces none.
    assert_eq!(displaced, [Some(2), None, Some(4), None]);
    let first = issued[0].displaced.unwrap();
    assert!(issued[0].at <= first.at && first.at <= issued[1].at);
    let granted: Vec<_> = room.requests().iter().map(|one| one.granted).collect();
    assert_eq!(granted, [Some(1), Some(2), Some(3)]);
}

#[tokio::test]
async fn multiple_login_lives_beside_a_person_but_not_beside_another_program() {
    let room = ControlRoom::builder().user(ada().multiple_login_allowed());
    let room = room.start().await;
    let person = room.person_logs_in("ada");
    let program = login(&room, BESIDE).await.text("token");
    assert_eq!(jwt(&program).1["multipleLogin"], true);
    assert!(room.is_live(&person));

    let another = login(&room, BESIDE).await.text("token");
    assert_eq!(call_api(&room, &program).await.text("code"), "UM1114");
    assert!(room.is_live(&person));

    room.person_logs_in("ada");
    assert!(!room.is_live(&person));
    assert!(room.is_live(&another));
}

#[tokio::test]
async fn multiple_login_without_permission_is_a_login_like_any_other() {
    let room = ControlRoom::builder().user(ada()).start().await;
    let person = room.person_logs_in("ada");
    let program = login(&room, BESIDE).await.text("token");
    assert_eq!(jwt(&program).1["multipleLogin"], false);
    assert!(!room.is_live(&person));
}

#[tokio::test]
async fn an_api_keys_token_lives_beside_others_unless_permission_is_needed() {
    let key = r"{k}[e]<y>|^:?=~\";
    let body = serde_json::json!({ "username": "ada", "apiKey": key }).to_string();
    let room = ControlRoom::builder()
        .user(ada().api_key(key))
        .start()
        .await;
    let person = room.person_logs_in("ada");
    let first = login(&room, &body).await.text("token");
    let second = login(&room, &body).await.text("token");
    room.person_logs_in("ada");
    assert!(room.is_live(&first) && room.is_live(&second));
    assert!(!room.is_live(&person));

    let room = ControlRoom::builder()
        .api_key_needs_permission()
        .user(ada().api_key(key));
    let room = room.start().await;
    let person = room.person_logs_in("ada");
    assert_eq!(login(&room, &body).await.status, 200);
    assert!(!room.is_live(&person));
}

#[tokio::test]
async fn three_refused_logins_disable_the_user_even_with_the_right_password() {
    let room = ControlRoom::builder().user(ada()).start().await;
    for refused in 1..=3 {
        assert!(!room.is_disabled("ada") && room.disabled_at("ada").is_none());
        assert_eq!(login(&room, WRONG).await.status, 401);
        assert_eq!(room.refused("ada"), refused);
    }
    assert!(room.is_disabled("ada"));
    let when = room.disabled_at("ada");
    assert!(when.is_some());
    assert_eq!(login(&room, PASSWORD).await.status, 401);
    assert_eq!(room.disabled_at("ada"), when);
    room.enable("ada");
    assert_eq!(room.disabled_at("ada"), None);
    assert_eq!(login(&room, PASSWORD).await.status, 200);
    assert_eq!((room.logins_asked(), room.logins_granted()), (5, 1));
}

#[tokio::test]
async fn a_good_login_makes_the_refused_ones_forgotten() {
    let room = ControlRoom::builder().user(ada()).start().await;
    for _ in 0..3 {
        login(&room, WRONG).await;
        login(&room, WRONG).await;
        assert_eq!(login(&room, PASSWORD).await.status, 200);
        assert_eq!(room.refused("ada"), 0);
    }
}

#[tokio::test]
async fn a_user_disabled_from_the_start_is_refused_with_the_answer_chosen() {
    let room = ControlRoom::builder()
        .user(ada().disabled())
        .disabled_refused(Answer::new(403).text("no"))
        .refused(Answer::new(401).text("wrong"));
    let room = room.start().await;
    assert_eq!(login(&room, PASSWORD).await.status, 403);
    let unknown = r#"{"username":"eve","password":"pass"}"#;
    assert_eq!(login(&room, unknown).await.body, b"wrong");
}

#[tokio::test]
async fn a_missing_or_wrong_mfa_code_is_refused_and_counted() {
    let room = ControlRoom::builder()
        .user(ada().mfa_code(123_456))
        .mfa_refused(Answer::new(401).text("code"));
    let room = room.start().await;
    let with = |code: u32| format!(r#"{{"username":"ada","password":"pass","mfaCode":{code}}}"#);
    assert_eq!(login(&room, PASSWORD).await.body, b"code");
    assert_eq!(login(&room, &with(1)).await.body, b"code");
    assert_eq!(room.refused("ada"), 2);
    assert_eq!(login(&room, &with(123_456)).await.status, 200);
}

#[tokio::test]
async fn a_changed_password_refuses_the_old_one() {
    let room = ControlRoom::builder().user(ada()).start().await;
    room.change_password("ada", "wrong");
    assert_eq!(login(&room, PASSWORD).await.status, 401);
    assert_eq!(login(&room, WRONG).await.status, 200);
}
