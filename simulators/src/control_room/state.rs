//! What a Control Room remembers: users, refused logins, sessions.

use std::{collections::HashMap, sync::Mutex, time::Instant};

use super::{
    answers,
    queue::Queue,
    sessions::{Bad, Kind, Session, Sessions},
    settings::Settings,
    user::User,
};
use crate::{
    clock::{Clock, millis},
    exchange::lock,
};

/// doc: three refused logins disable the user, until an administrator helps.
pub(super) const REFUSALS_THAT_DISABLE: u32 = 3;

pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    pub(super) book: Mutex<Book>,
}

impl State {
    pub(super) fn new(mut settings: Settings) -> Self {
        let users = std::mem::take(&mut settings.users);
        Self {
            clock: Clock::new(settings.clock_offset_seconds),
            settings,
            book: Mutex::new(Book {
                users,
                ..Book::default()
            }),
        }
    }

    /// Gives the user a token, with its number, and displaces what it displaces.
    pub(super) fn grant(&self, name: &str, kind: Kind) -> (String, u64) {
        let (token, expires_ms) = self.new_token(name, kind);
        let number = lock(&self.book)
            .sessions
            .start(name, kind, &token, expires_ms);
        (token, number)
    }

    /// Gives a new token for one that is good, with its number, and says whose it is.
    pub(super) fn exchange(&self, old: &str) -> Result<(String, u64, User), Bad> {
        let session = self.verdict(old)?;
        let (token, expires_ms) = self.new_token(&session.user, session.kind);
        let mut book = lock(&self.book);
        // Of two who refresh at once, one finds the old token gone.
        book.sessions.find(old, self.clock.now_ms())?;
        let user = book.user_mut(&session.user).cloned();
        let user = user.ok_or(Bad::Unknown)?;
        if !self.settings.refresh_keeps_old_token {
            book.sessions.end(old);
        }
        let number = book
            .sessions
            .add(&session.user, session.kind, &token, expires_ms);
        book.refreshes_granted += 1;
        Ok((token, number, user))
    }

    /// Whether the API takes this token now.
    pub(super) fn verdict(&self, token: &str) -> Result<Session, Bad> {
        let now = self.clock.now_ms();
        lock(&self.book).sessions.find(token, now)
    }

    fn new_token(&self, name: &str, kind: Kind) -> (String, i64) {
        let now_ms = self.clock.now_ms();
        let expires_ms = now_ms + millis(self.settings.token_lifetime);
        let token = answers::token(&self.settings, name, kind, now_ms);
        (token, expires_ms)
    }
}

/// All that changes.
#[derive(Default)]
pub(super) struct Book {
    pub(super) sessions: Sessions,
    pub(super) queue: Queue,
    pub(super) logins_asked: u64,
    pub(super) logins_granted: u64,
    pub(super) refreshes_granted: u64,
    users: Vec<User>,
    /// By user name, known or not.
    refusals: HashMap<String, u32>,
    /// When refused logins disabled a user.
    disabled_at: HashMap<String, Instant>,
}

impl Book {
    pub(super) fn user_mut(&mut self, name: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.name == name)
    }

    pub(super) fn refused(&self, name: &str) -> u32 {
        self.refusals.get(name).copied().unwrap_or_default()
    }

    /// Counts a refused login, and disables the user with the third.
    pub(super) fn refuse(&mut self, name: &str) {
        let count = self.refusals.entry(name.to_owned()).or_default();
        *count += 1;
        if *count < REFUSALS_THAT_DISABLE {
            return;
        }
        let Some(user) = self.user_mut(name) else {
            return;
        };
        if !std::mem::replace(&mut user.disabled, true) {
            self.disabled_at.insert(name.to_owned(), Instant::now());
        }
    }

    pub(super) fn disabled_at(&self, name: &str) -> Option<Instant> {
        self.disabled_at.get(name).copied()
    }

    pub(super) fn forget_refusals(&mut self, name: &str) {
        self.refusals.remove(name);
    }

    pub(super) fn enable(&mut self, name: &str) {
        self.forget_refusals(name);
        self.disabled_at.remove(name);
        if let Some(user) = self.user_mut(name) {
            user.disabled = false;
        }
    }
}
