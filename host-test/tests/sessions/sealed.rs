//! What stands in the store: sealed, bound to its place, and never overwritten by
//! somebody who cannot read it.

use std::fs;

use rpa_auth_host::{SessionError, SessionKeys, Store, StoreError, TokenOrigin};
use simulators::redis::RedisServer;

use crate::spy::Spy;
use crate::{ada, asked, control_room, sealing, sessions, sessions_with};

const OLD: [u8; 32] = [2; 32];
const NEW: [u8; 32] = [3; 32];

fn with(sealing: [u8; 32]) -> SessionKeys {
    SessionKeys::new([1; 32], sealing)
}

#[track_caller]
fn assert_is_not_readable(error: SessionError) {
    let is_other = matches!(error, SessionError::Store(StoreError::Other(Some(_))));
    assert!(is_other, "{error:?}");
}

#[tokio::test]
async fn the_store_holds_neither_token_nor_secret_nor_user() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password").actor("robot-17");
    let first = session.token().await.unwrap().token;
    room.person_logs_in("ada");
    let second = session.renew(first.value()).await.unwrap().token;
    session.end_for_all().await.unwrap();

    let mut telling = vec!["password", "robot-17", "127.0.0.1", "example"];
    // Header, claims with the user's name, and signature.
    telling.extend(first.value().split('.').chain(second.value().split('.')));
    for value in spy.values() {
        for text in &telling {
            for piece in text.as_bytes().chunks_exact(text.len().min(8)) {
                assert!(!value.windows(piece.len()).any(|w| w == piece), "{text}");
            }
        }
    }
    assert!(spy.values().len() >= 5);
}

#[tokio::test]
async fn neither_do_the_files_of_a_folder_or_the_dump_of_a_redis() {
    let (room, folder, redis) = (
        control_room().await,
        tempfile::tempdir().unwrap(),
        RedisServer::start(),
    );
    let path = folder.path().join("store");
    for url in [format!("directory:{}", path.display()), redis.url()] {
        let sessions = sessions(&Store::open(&url).unwrap());
        let token = ada(&sessions, &room.url(), "password")
            .token()
            .await
            .unwrap()
            .token;
        let mut kept = Vec::new();
        if url.starts_with("directory") {
            for file in fs::read_dir(&path).unwrap() {
                let file = file.unwrap();
                kept.extend(file.file_name().into_encoded_bytes());
                kept.extend(fs::read(file.path()).unwrap_or_default());
            }
        } else {
            assert_eq!(redis.say(&["SAVE"]), "OK");
            let dump = redis.say(&["CONFIG", "GET", "dir"]);
            let dir = dump.lines().nth(1).unwrap().to_owned();
            kept = fs::read(format!("{dir}/dump.rdb")).unwrap();
        }
        assert!(kept.len() > 500, "there is an entry");
        let signature = token.value().split('.').next_back().unwrap();
        for piece in ["password", "127.0.0.1", &signature[..8], &signature[8..16]] {
            assert!(!kept.windows(piece.len()).any(|w| w == piece.as_bytes()));
        }
    }
}

#[tokio::test]
async fn who_has_another_sealing_key_neither_logs_in_nor_overwrites() {
    let (room, spy) = (control_room().await, Spy::new());
    let ours = ada(&sessions(&spy.store()), &room.url(), "password");
    let token = ours.token().await.unwrap().token;
    let before = spy.value().await;

    let theirs = sessions_with(&spy.store(), with(NEW));
    let theirs = ada(&theirs, &room.url(), "password");
    assert_is_not_readable(theirs.token().await.unwrap_err());
    assert_is_not_readable(theirs.renew(token.value()).await.unwrap_err());
    assert_is_not_readable(theirs.status().await.unwrap_err());
    assert_is_not_readable(theirs.end_for_all().await.unwrap_err());
    assert_is_not_readable(theirs.reopen().await.unwrap_err());
    assert_is_not_readable(theirs.reset_refusals().await.unwrap_err());

    assert_eq!(spy.value().await, before);
    assert_eq!(room.logins_asked(), 1);
    assert_eq!(ours.token().await.unwrap().origin, TokenOrigin::Store);
}

#[tokio::test]
async fn a_sealing_key_is_changed_in_three_steps_without_a_login() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = |keys| {
        let sessions = sessions_with(&spy.store(), keys);
        ada(&sessions, &room.url(), "password")
    };
    let first = session(with(OLD));
    let second = session(with(OLD).also_opens(NEW));
    let third = session(with(NEW).also_opens(OLD));
    let fourth = session(with(NEW));

    let token = first.token().await.unwrap().token;
    assert_eq!(second.token().await.unwrap().origin, TokenOrigin::Store);
    assert_is_not_readable(fourth.token().await.unwrap_err());
    // Who reads it with the new key first seals it anew. While a step goes through
    // the fleet, some are still at the one before.
    assert_eq!(third.token().await.unwrap().origin, TokenOrigin::Store);
    for session in [&second, &third, &fourth] {
        assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Store);
    }
    assert_is_not_readable(first.token().await.unwrap_err());
    room.person_logs_in("ada");
    third.renew(token.value()).await.unwrap();
    assert_eq!(fourth.token().await.unwrap().origin, TokenOrigin::Store);
    assert_eq!(room.logins_asked(), 2);
}

#[tokio::test]
async fn a_damaged_entry_costs_one_login() {
    let (room, spy) = (control_room().await, Spy::new());
    let sessions = sessions(&spy.store());
    ada(&sessions, &room.url(), "password")
        .token()
        .await
        .unwrap();
    let mut value = spy.value().await;
    *value.last_mut().unwrap() ^= 1;
    spy.put(value).await;

    let origins = [
        ada(&sessions, &room.url(), "password")
            .token()
            .await
            .unwrap()
            .origin,
        ada(&sessions, &room.url(), "password")
            .token()
            .await
            .unwrap()
            .origin,
    ];

    assert_eq!(origins, [TokenOrigin::Login, TokenOrigin::Store]);
    assert_eq!(room.logins_asked(), 2);
}

#[tokio::test]
async fn an_entry_of_a_later_format_is_left_alone() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password");
    let token = session.token().await.unwrap().token;
    let mut value = spy.value().await;
    value[0] = 3;
    spy.put(value.clone()).await;

    assert_is_not_readable(session.token().await.unwrap_err());
    assert_is_not_readable(session.renew(token.value()).await.unwrap_err());
    assert_is_not_readable(session.end_for_all().await.unwrap_err());

    assert_eq!(spy.value().await, value);
    assert_eq!(room.logins_asked(), 1);
}

/// It is one's own, and cannot be told from the newest.
#[tokio::test]
async fn an_old_entry_put_back_costs_one_refused_token_and_one_repair() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password");
    let old = session.token().await.unwrap().token;
    let value = spy.value().await;
    room.person_logs_in("ada");
    session.renew(old.value()).await.unwrap();

    spy.put(value).await;
    let served = session.token().await.unwrap();
    assert_eq!(served.token.value(), old.value());
    assert!(!room.is_live(served.token.value()));
    let repaired = session.renew(old.value()).await.unwrap();

    assert_eq!(repaired.origin, TokenOrigin::Login);
    assert!(room.is_live(repaired.token.value()));
    assert_eq!(
        session.token().await.unwrap().token.value(),
        repaired.token.value()
    );
    assert_eq!(room.logins_asked(), 3);
}

/// A field of a later version, at the end of an entry. One with a number from 128 on
/// must be understood.
fn with_a_later_field(bytes: &[u8], number: u8) -> Vec<u8> {
    let none = 0_u32.to_le_bytes();
    let before = bytes.strip_suffix(&none).expect("there is none yet");
    let field = [number, 3, 0, 0, 0, b'n', b'e', b'w'];
    [before, &1_u32.to_le_bytes(), &field].concat()
}

/// Rightly sealed, so it is no damage: somebody with the keys has written it.
#[tokio::test]
async fn what_a_later_version_wrote_and_this_one_does_not_understand_is_never_overwritten() {
    type Change = fn(&[u8]) -> Vec<u8>;
    let changes: [Change; 5] = [
        |bytes| with_a_later_field(bytes, 128),
        |bytes| with_a_later_field(bytes, 255),
        |bytes| [&[2], &bytes[1..]].concat(),
        |bytes| [bytes, b"left over"].concat(),
        |bytes| bytes[..bytes.len() - 1].to_vec(),
    ];
    for change in changes {
        let (room, spy) = (control_room().await, Spy::new());
        let session = ada(&sessions(&spy.store()), &room.url(), "password");
        let token = session.token().await.unwrap().token;
        let before = spy.value().await;
        let bytes = sealing::open(OLD, &spy.key(), &before);
        let later = sealing::seal(OLD, &spy.key(), &before, &change(&bytes));
        spy.put(later.clone()).await;

        let errors = [
            session.token().await.map(drop),
            session.renew(token.value()).await.map(drop),
            session.status().await.map(drop),
            session.end_for_all().await,
            session.reopen().await,
            session.reset_refusals().await,
        ];
        for error in errors {
            let error = error.unwrap_err();
            assert!(error.to_string().contains("later version"), "{error}");
            assert_is_not_readable(error);
        }

        assert_eq!(spy.value().await, later);
        assert_eq!(asked(&room), ["login"]);
    }
}

#[tokio::test]
async fn a_field_that_need_not_be_understood_is_carried_along() {
    let (room, spy) = (control_room().await, Spy::new());
    let session = ada(&sessions(&spy.store()), &room.url(), "password");
    let token = session.token().await.unwrap().token;
    let before = spy.value().await;
    let bytes = sealing::open(OLD, &spy.key(), &before);
    let bytes = with_a_later_field(&bytes, 127);
    spy.put(sealing::seal(OLD, &spy.key(), &before, &bytes))
        .await;

    assert_eq!(session.token().await.unwrap().origin, TokenOrigin::Store);
    room.person_logs_in("ada");
    session.renew(token.value()).await.unwrap();

    let after = sealing::open(OLD, &spy.key(), &spy.value().await);
    assert_ne!(after, bytes);
    assert!(after.ends_with(&bytes[bytes.len() - 12..]));
    assert_eq!(room.logins_asked(), 2);
}
