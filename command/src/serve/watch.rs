//! What happened to each account, for a person who looks on.
//!
//! Each account's entry in the store is read once a second, so that what other programs do
//! is seen as well. What differs from the last look becomes an entry of a timeline.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use rpa_auth_host::SessionError;
use serde::Serialize;
use tokio::sync::broadcast::{Receiver, Sender, error::RecvError};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::Service;
use super::answers::{AccountState, StatusObject};
use crate::output::moment_for_programs;

/// How often each account is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// How long a look may take before the next one.
const LONGEST: Duration = Duration::from_secs(20);

/// The most entries that are kept.
const ENTRIES: usize = 100;

/// How many events a slow reader may fall behind before it is told all anew.
const BEHIND: usize = 256;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Entry {
    id: u64,
    at: Option<String>,
    account: String,
    kind: &'static str,
    text: String,
    actor: Option<String>,
}

#[derive(Clone, Debug)]
enum News {
    /// Which accounts there are.
    Accounts(String),
    Account(String),
    Entry(u64, String),
    /// The service ends.
    End,
}

pub struct Watch {
    book: Mutex<Book>,
    news: Sender<News>,
}

#[derive(Default)]
struct Book {
    last: u64,
    has_ended: bool,
    entries: VecDeque<Entry>,
    accounts: BTreeMap<String, AccountState>,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            book: Mutex::default(),
            news: Sender::new(BEHIND),
        }
    }
}

/// Looks at the accounts for ever.
pub async fn follow(service: Arc<Service>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let accounts = service.accounts.all();
        let names: Vec<&String> = accounts.keys().collect();
        service.watch.keep(&names);
        let mut looks = JoinSet::new();
        for served in accounts.values() {
            let served = Arc::clone(served);
            looks.spawn(async move {
                let status = timeout(LONGEST, served.opened.session.status()).await;
                let status = status.unwrap_or(Err(SessionError::Busy));
                AccountState::of(&served, &status)
            });
        }
        // Each as it comes: one that takes long holds up no other.
        while let Some(look) = looks.join_next().await {
            if let Ok(state) = look {
                service.watch.note(state);
            }
        }
    }
}

impl Watch {
    /// Tells every reader that the service ends.
    pub fn end(&self) {
        self.book().has_ended = true;
        let _ = self.news.send(News::End);
    }

    /// The events from now on, after how everything stands.
    pub fn stream(
        &self,
    ) -> Sse<impl Stream<Item = Result<Event, std::convert::Infallible>> + use<>> {
        let (waiting, news) = self.all();
        let events = unfold((waiting, news), |(mut waiting, mut news)| async move {
            let event = match waiting.pop_front() {
                Some(event) => event,
                None => match news.recv().await {
                    Ok(event) => event,
                    // The browser connects again, and is told all.
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
                },
            };
            let event = match event {
                News::Accounts(data) => Event::default().event("accounts").data(data),
                News::Account(data) => Event::default().event("account").data(data),
                News::Entry(id, data) => Event::default()
                    .event("entry")
                    .id(id.to_string())
                    .data(data),
                News::End => return None,
            };
            Some((Ok(event), (waiting, news)))
        });
        Sse::new(events).keep_alive(KeepAlive::default())
    }

    /// How everything stands, and what comes next: nothing is missed in between.
    fn all(&self) -> (VecDeque<News>, Receiver<News>) {
        let book = self.book();
        let news = self.news.subscribe();
        let mut waiting = VecDeque::from([News::Accounts(book.all_accounts())]);
        let entries = book.entries.iter();
        waiting.extend(entries.map(|entry| News::Entry(entry.id, json(entry))));
        if book.has_ended {
            waiting.push_back(News::End);
        }
        (waiting, news)
    }

    /// Forgets the accounts that are served no more.
    fn keep(&self, names: &[&String]) {
        let mut book = self.book();
        let known = book.accounts.len();
        book.accounts.retain(|name, _| names.contains(&name));
        if book.accounts.len() != known {
            // Nobody may be looking.
            let _ = self.news.send(News::Accounts(book.all_accounts()));
        }
    }

    /// Takes down what was seen of an account.
    fn note(&self, now: AccountState) {
        let mut book = self.book();
        let before = book.accounts.insert(now.name.clone(), now.clone());
        let Some(before) = before else {
            let _ = self.news.send(News::Accounts(book.all_accounts()));
            return;
        };
        if before.without_times() == now.without_times() {
            return;
        }
        let _ = self.news.send(News::Account(json(&now)));
        for (kind, text) in happened(&before, &now) {
            let actor = now.status().and_then(|status| status.actor.clone());
            let news = book.add(&now.name, kind, text, actor);
            let _ = self.news.send(news);
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn all_accounts(&self) -> String {
        json(&self.accounts.values().collect::<Vec<_>>())
    }

    fn add(
        &mut self,
        account: &str,
        kind: &'static str,
        text: String,
        actor: Option<String>,
    ) -> News {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let seconds = since
            .ok()
            .and_then(|since| i64::try_from(since.as_secs()).ok());
        self.last += 1;
        let entry = Entry {
            id: self.last,
            at: seconds.and_then(moment_for_programs),
            account: account.to_owned(),
            kind,
            text,
            actor,
        };
        let news = News::Entry(entry.id, json(&entry));
        self.entries.push_back(entry);
        if self.entries.len() > ENTRIES {
            self.entries.pop_front();
        }
        news
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// What happened between two looks, as kind and sentence.
fn happened(before: &AccountState, now: &AccountState) -> Vec<(&'static str, String)> {
    let mut happened = Vec::new();
    if let Some(error) = now.error() {
        if before.error() != Some(error) {
            happened.push(("store-error", error.text.clone()));
        }
        return happened;
    }
    let Some(status) = now.status() else {
        return happened;
    };
    if before.error().is_some() {
        happened.push(("state", "the store can be read again".into()));
    }
    let Some(before) = before.status() else {
        return happened;
    };
    let refused = status.refusals > before.refusals;
    if refused {
        let why = status.cause.as_ref().map_or("", |cause| &cause.text);
        happened.push(("refused", format!("a login was refused: {why}")));
    }
    let is_new = status.attempt > before.attempt || status.state != before.state;
    match status.state {
        _ if !is_new => {}
        "valid" if before.state == "none" => {
            happened.push(("login", "there is a token".into()));
        }
        "valid" => {
            if is_early(before) {
                happened.push((
                    "displaced",
                    "the token was refused before its time: somebody may have logged in with \
                     this user elsewhere"
                        .into(),
                ));
            }
            if status.attempt > before.attempt || before.state == "renewing" {
                happened.push(("renewed", "there is a new token".into()));
            }
        }
        "renewing" => {
            if is_early(before) {
                happened.push((
                    "displaced",
                    "the token was refused before its time, and a new one is got".into(),
                ));
            } else {
                happened.push(("state", "a new token is got".into()));
            }
        }
        "cooling-down" => happened.push(("cooling-down", status.next.clone())),
        "contested" => happened.push(("contested", status.next.clone())),
        "ended" => happened.push(("ended", "an operator ended the session".into())),
        "none" if before.state == "ended" => {
            happened.push(("reopened", "programs get a token again".into()));
        }
        "none" if before.refusals > 0 => {
            happened.push(("reset", "the refused logins are forgotten".into()));
        }
        _ => happened.push(("state", "there is no token".into())),
    }
    happened
}

/// Whether a token that was there had more than a fifth of its life left: nobody renews it
/// so early by itself.
fn is_early(before: &StatusObject) -> bool {
    let left = u64::from(before.lifetime_seconds.unwrap_or(0));
    before.state == "valid" && left * 5 > left + before.age_ms / 1000
}
