//! The secret is asked for where it is, anew before each login and after a refusal.

use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rpa_auth_host::{Secret, SecretSource, Session, SessionError, State, Store, TokenOrigin};
use tokio::time::sleep;

use crate::refusals::cooldown;
use crate::{ada, control_room, sessions};

/// A vault with one secret, or an error that it gives instead.
#[derive(Clone)]
struct Vault {
    content: Arc<Mutex<Result<String, String>>>,
    asked: Arc<AtomicU32>,
    pause: Duration,
}

impl Vault {
    fn with(secret: &str) -> Self {
        Self {
            content: Arc::new(Mutex::new(Ok(secret.to_owned()))),
            asked: Arc::default(),
            pause: Duration::ZERO,
        }
    }

    fn put(&self, content: Result<&str, &str>) {
        *self.content.lock().unwrap() = content.map(Into::into).map_err(Into::into);
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl SecretSource for Vault {
    async fn read(&self) -> Result<Secret, Box<dyn Error + Send + Sync>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        sleep(self.pause).await;
        let content = self.content.lock().unwrap().clone();
        Ok(content.map(Secret::from)?)
    }
}

/// Ada's session, with a secret from `vault`.
fn from(vault: &Vault, url: &str, store: &Store) -> Session {
    ada(&sessions(store), url, "").secret_from(vault.clone())
}

#[tokio::test]
async fn a_password_that_was_changed_needs_no_new_session() {
    let room = control_room().await;
    let vault = Vault::with("password");
    let session = from(&vault, &room.url(), &Store::default());
    let old = session.token().await.unwrap().token;

    room.change_password("ada", "changed");
    vault.put(Ok("changed"));
    room.person_logs_in("ada");
    let new = session.renew(old.value()).await.unwrap();

    assert_eq!(new.origin, TokenOrigin::Login);
    assert_eq!((room.logins_asked(), room.refused("ada")), (2, 0));
    assert_eq!(vault.asked(), 2);
}

#[tokio::test]
async fn a_token_that_is_there_asks_nobody() {
    let room = control_room().await;
    let vault = Vault::with("password");
    let session = from(&vault, &room.url(), &Store::default());
    for _ in 0..10 {
        session.token().await.unwrap();
    }
    assert_eq!(vault.asked(), 1);
}

#[tokio::test]
async fn a_refused_secret_is_sent_again_only_after_it_has_changed() {
    let room = control_room().await;
    let vault = Vault::with("wrong");
    let session = from(&vault, &room.url(), &Store::default());
    let refused = session.token().await.unwrap_err();
    assert_eq!(refused.name(), "credentials-rejected");

    cooldown(session.token().await);
    assert_eq!(room.logins_asked(), 1);

    vault.put(Ok("password"));
    let grant = session.token().await.unwrap();
    assert_eq!(grant.origin, TokenOrigin::Login);
    assert_eq!(room.logins_asked(), 2);
}

#[tokio::test]
async fn a_crowd_that_finds_a_changed_secret_asks_and_logs_in_once() {
    let room = control_room().await;
    let vault = Vault {
        pause: Duration::from_millis(50),
        ..Vault::with("wrong")
    };
    let session = from(&vault, &room.url(), &Store::default());
    session.token().await.unwrap_err();
    vault.put(Ok("password"));
    let asked = vault.asked();

    let crowd: Vec<_> = (0..100)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { session.token().await })
        })
        .collect();
    for call in crowd {
        call.await.unwrap().unwrap();
    }

    assert_eq!(room.logins_asked(), 2);
    // Whoever came while an answer was under way asks once more, together.
    assert!(vault.asked() - asked <= 2, "{}", vault.asked() - asked);
}

#[tokio::test]
async fn a_source_that_fails_leaves_what_is_known_and_without_that_sends_nothing() {
    let room = control_room().await;
    let vault = Vault::with("");
    vault.put(Err("the vault is sealed"));
    let session = from(&vault, &room.url(), &Store::default());

    let error = session.token().await.unwrap_err();
    assert!(matches!(error, SessionError::NoSecret(_)), "{error:?}");
    assert!(error.to_string().contains("the vault is sealed"), "{error}");
    assert_eq!(room.logins_asked(), 0);

    vault.put(Ok("password"));
    let old = session.token().await.unwrap().token;
    vault.put(Err("the vault is sealed"));
    room.person_logs_in("ada");
    session.renew(old.value()).await.unwrap();
    assert_eq!(room.logins_asked(), 2);
}

#[tokio::test]
async fn a_source_that_is_silent_costs_no_more_than_the_patience() {
    let room = control_room().await;
    let vault = Vault {
        pause: Duration::from_secs(3600),
        ..Vault::with("password")
    };
    let session = from(&vault, &room.url(), &Store::default());
    let session = session.patience(Duration::from_millis(200));
    let error = session.token().await.unwrap_err();
    assert!(matches!(error, SessionError::NoSecret(_)), "{error:?}");
}

#[tokio::test]
async fn callers_of_a_silent_source_do_not_wait_for_each_other_and_operators_come_through() {
    let room = control_room().await;
    let right = Vault::with("password");
    let store = Store::default();
    from(&right, &room.url(), &store).token().await.unwrap();

    let silent = Vault {
        pause: Duration::from_secs(3600),
        ..Vault::with("password")
    };
    let session = from(&silent, &room.url(), &store).patience(Duration::from_secs(2));
    let began = Instant::now();
    let crowd: Vec<_> = (0..20)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { session.token().await })
        })
        .collect();
    for call in crowd {
        assert!(matches!(
            call.await.unwrap(),
            Err(SessionError::NoSecret(_))
        ));
    }
    // One after the other they would have waited 40 seconds.
    assert!(began.elapsed() < Duration::from_secs(20));
    session.end_for_all().await.unwrap();
    let status = from(&right, &room.url(), &store).status().await.unwrap();
    assert_eq!(status.state, State::Ended);
}
