//! Keys of shared sessions are rotated without a login.

use std::path::PathBuf;

use crate::home::Home;

const FILE: &str = "config/rpa-auth/accounts/fleet.toml";

async fn with_keys() -> (Home, PathBuf) {
    let home = Home::with("keys = \"fleet.toml\"").await;
    let file = home.path(FILE);
    let made = home.run("keys new").argument(&file).end().await;
    assert_eq!(made.code, 0, "{made:?}");
    (home, file)
}

async fn rotated(home: &Home, file: &PathBuf, more: &str) -> String {
    let ended = home.run("keys rotate").argument(file);
    let ended = ended.arguments(more).end().await;
    assert_eq!(ended.code, 0, "{ended:?}");
    ended.err
}

/// The keys in a file.
fn keys_in(file: &PathBuf) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let keys = text.split('"').filter(|part| part.len() == 64);
    keys.map(str::to_owned).collect()
}

#[tokio::test]
async fn the_token_stays_through_all_three_steps_and_no_old_key_is_left() {
    let (home, file) = with_keys().await;
    let old = keys_in(&file);
    let token = home.token().await;

    assert!(rotated(&home, &file, "").await.contains("rotate again"));
    assert_eq!(home.token().await, token);
    assert!(rotated(&home, &file, "").await.contains("reseal"));
    assert_eq!(home.token().await, token);
    let early = home.run("keys rotate").argument(&file).end().await;
    assert_eq!(early.code, 2, "{early:?}");
    assert!(early.err.contains("reseal"), "{early:?}");

    let resealed = home.end("keys reseal").await;
    assert_eq!(resealed.code, 0, "{resealed:?}");
    rotated(&home, &file, "--forget-old").await;
    assert_eq!(home.token().await, token);
    assert_eq!(home.room.logins_asked(), 1);
    let new = keys_in(&file);
    assert_eq!(new.len(), 2);
    assert!(new.iter().all(|key| !old.contains(key)), "{new:?}");
}

#[tokio::test]
async fn resealing_logs_nobody_in_and_leaves_an_ended_account_ended() {
    let (home, file) = with_keys().await;
    let nothing = home.end("keys reseal").await;
    assert_eq!(nothing.code, 0, "{nothing:?}");
    assert_eq!(home.room.logins_asked(), 0);

    home.token().await;
    home.end("end").await;
    rotated(&home, &file, "").await;
    rotated(&home, &file, "").await;
    assert_eq!(home.end("keys reseal").await.code, 0);
    rotated(&home, &file, "--forget-old").await;
    assert_eq!(home.state().await, "ended");
    assert_eq!(home.room.logins_asked(), 1);
}

#[tokio::test]
async fn a_rotation_that_is_not_where_it_is_thought_to_be_changes_nothing() {
    let (home, file) = with_keys().await;
    let text = std::fs::read_to_string(&file).unwrap();
    let early = home
        .run("keys rotate --forget-old")
        .argument(&file)
        .end()
        .await;
    assert_eq!(early.code, 2, "{early:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);

    let other = "77".repeat(32);
    let by_hand = text.replace("\"]", &format!("\", \"{other}\"]"));
    std::fs::write(&file, &by_hand).unwrap();
    let refused = home.run("keys rotate").argument(&file).end().await;
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("by hand"), "{refused:?}");
    assert!(!refused.err.contains(&other), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), by_hand);
}
