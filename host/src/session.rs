//! One token for everybody who uses the same account.

mod cells;
mod error;
mod hit;
mod keys;
mod run;
mod source;
mod types;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

pub use error::SessionError;
pub use keys::{KeyError, KeyName, SessionKeys};
pub use source::SecretSource;
pub use types::{Account, Contest, Cooldown, Grant, State, Status, TokenOrigin};

use self::cells::{Cells, Home};
use self::hit::Hits;
use self::run::Ended;
use self::source::Asked;
use crate::contract::milliseconds;
use crate::contract::session_steps::{self as contract, Call, Outcome};
use crate::engine::{Runtime, SESSIONS_MEMORY};
use crate::outbound::Outbound;
use crate::store::Store;
use crate::{Api, ApiError, AuthError, Secret, Stopped, Token, observe};

/// How long a call may take where nothing is said: the contract's default.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many calls of a session may be under way at most, and where nothing is said.
const CALLS: usize = 500;

/// How long account, options and token may be together, in bytes.
const LONGEST: usize = 256 * 1024;

/// What sessions have in common: the component, the HTTP client, the store, the keys.
/// A clone is the same. The [front page](crate) shows how it is used.
#[derive(Clone)]
pub struct Sessions(Arc<Shared>);

struct Shared {
    cells: Cells,
    outbound: Outbound,
    store: Store,
    keys: SessionKeys,
}

impl Sessions {
    pub(crate) fn new(
        runtime: Arc<Runtime>,
        outbound: Outbound,
        store: Store,
        keys: SessionKeys,
    ) -> Self {
        Self(Arc::new(Shared {
            cells: Cells::new(runtime, SESSIONS_MEMORY),
            outbound,
            store,
            keys,
        }))
    }

    /// A session for one account. Nothing is checked or sent before its first call.
    pub fn session(&self, account: Account) -> Session {
        Session {
            shared: Arc::clone(&self.0),
            account: Arc::new(account),
            source: None,
            options: Options::default(),
            opened: Arc::new(Opened::new(CALLS)),
        }
    }
}

/// One account's token, shared with everybody who has the same store and keys.
///
/// Its clones share what it remembers: a refusal that it heard, which it goes by even
/// where the store forgets it, and with [`max_staleness`](Self::max_staleness) a token.
/// Any number of calls go on at one time, up to [`calls_limit`](Self::calls_limit).
///
/// **A call whose future is dropped goes on**, within its patience: a login that others
/// wait for is not lost with the one who began it. A process or a runtime that ends gives
/// it up; another caller takes over after ten seconds.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
    account: Arc<Account>,
    source: Option<Arc<Asked>>,
    options: Options,
    opened: Arc<Opened>,
}

/// How a session is to be opened.
#[derive(Clone, Default)]
struct Options {
    patience: Option<Duration>,
    max_staleness: Option<Duration>,
    actor: Option<String>,
    name: Option<String>,
    lockout_limit: Option<u32>,
}

/// Where a session is open, which its clones share.
struct Opened {
    /// None before the first call. One whose instance was stopped is replaced, and so is
    /// one whose secret is another now.
    home: tokio::sync::Mutex<Option<Open>>,
    /// What is known of its token.
    hits: Hits,
    calls: Arc<Semaphore>,
    limit: usize,
}

/// Where a session is open, and with which secret, where that has a source.
#[derive(Clone)]
struct Open {
    home: Arc<Home>,
    secret: Option<Secret>,
}

impl Opened {
    fn new(limit: usize) -> Self {
        let limit = limit.clamp(1, CALLS);
        Self {
            home: tokio::sync::Mutex::new(None),
            hits: Hits::default(),
            calls: Arc::new(Semaphore::new(limit)),
            limit,
        }
    }
}

impl Session {
    /// How long a call may take, however the time is spent. A login of its own that has
    /// left is heard to its end all the same, within
    /// [`total_timeout`](crate::Transport::total_timeout): to give it up would count as
    /// refused. Default 30 s.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.options.patience = Some(patience);
        self.apart()
    }

    /// How old a token from memory may be without a look at the store. Default 0:
    /// the store is always asked. Also bounds how late this session notices
    /// [`end_for_all`](Self::end_for_all).
    pub fn max_staleness(mut self, max_staleness: Duration) -> Self {
        self.options.max_staleness = Some(max_staleness);
        self.apart()
    }

    /// A name that operators see in [`status`](Self::status): which program or
    /// machine. At most 256 bytes.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.options.actor = Some(actor.into());
        self.apart()
    }

    /// What tells this account from others, instead of the platform's address: for a
    /// platform that is known by several. From 1 to 256 bytes.
    pub fn account_name(mut self, name: impl Into<String>) -> Self {
        self.options.name = Some(name.into());
        self.apart()
    }

    /// Refused logins in a row after which the platform disables the user, from 2 to
    /// 99. Default 3 for a Control Room, 10 for an Orchestrator. One login fewer is
    /// made without a person.
    pub fn lockout_limit(mut self, limit: u32) -> Self {
        self.options.lockout_limit = Some(limit);
        self.apart()
    }

    /// Takes the account's secret from `source`, instead of the one that stands in the
    /// account. It is asked at the first call, before each login, and after a refusal:
    /// so a secret that was changed needs no new session, and one that was refused is not
    /// tried again before it has changed. A source that fails later leaves the secret as it
    /// was. Each answer may take as long as a call may.
    pub fn secret_from(mut self, source: impl SecretSource + 'static) -> Self {
        self.source = Some(Arc::new(Asked::new(source)));
        self.apart()
    }

    /// How many calls for a token may be under way at one time, from 1 to 500: they are
    /// kept in memory that other sessions share. Default 500. One more waits for another
    /// to end, for as long as its patience, before its own time begins; then it ends with
    /// [`TooManyCalls`](SessionError::TooManyCalls). What operators call is not counted.
    pub fn calls_limit(mut self, limit: usize) -> Self {
        self.opened = Arc::new(Opened::new(limit));
        self
    }

    /// Opened anew: one that clones share was opened with their options.
    fn apart(mut self) -> Self {
        self.opened = Arc::new(Opened::new(self.opened.limit));
        self
    }

    /// The current token: from the store, or by one login or refresh that every
    /// waiting caller shares.
    pub async fn token(&self) -> Result<Grant, SessionError> {
        let began = Instant::now();
        if let Some(grant) = self.hit().await {
            observe::served("session-token", began);
            observe::granted(&grant);
            return Ok(grant);
        }
        self.granted("session-token", Call::Token).await
    }

    /// The token that is known, where the store says that nothing has changed.
    async fn hit(&self) -> Option<Grant> {
        // With a staleness that is allowed the component knows one without the store.
        if self
            .options
            .max_staleness
            .is_some_and(|allowed| !allowed.is_zero())
        {
            return None;
        }
        self.opened.hits.token(&self.shared.store).await
    }

    /// The API refused the token `rejected`. Gives the current one if that is
    /// another already; else asks a Control Room whether it is still good, and where it
    /// isn't renews it, once for everybody. Where it is,
    /// [`StillGood`](SessionError::StillGood) comes back and the token stays.
    pub async fn renew(&self, rejected: &str) -> Result<Grant, SessionError> {
        let call = Call::Renew(rejected.into());
        self.granted("session-renew", call).await
    }

    /// Calls the API with the token; where it refuses the token, renews it once and
    /// calls once more. A second refusal is given back as it is, and so is the first
    /// where the platform says that the token is good.
    ///
    /// The call gets a token of its own, so that its future can go to another thread
    /// (`tokio::spawn`).
    pub async fn with_token<T, F>(&self, call: impl Fn(Token) -> F) -> Result<T, SessionError>
    where
        F: Future<Output = Reply<T>>,
    {
        let grant = self.token().await?;
        let token = grant.token.clone();
        let refusal = match call(token).await {
            Reply::Other(answer) => return Ok(answer),
            Reply::TokenRefused(answer) => answer,
        };
        match self.renew(grant.token.value()).await {
            Ok(grant) => Ok(call(grant.token).await.into_inner()),
            Err(SessionError::StillGood) => Ok(refusal),
            Err(error) => Err(error),
        }
    }

    /// The API of the account's platform, called with the token put on. An external
    /// application's account does not say where that is: see [`api_at`](Self::api_at).
    pub fn api(&self) -> Result<Api, ApiError> {
        let outbound = self.shared.outbound.clone();
        Api::new(self.clone(), outbound, &self.account, None)
    }

    /// The API at `url`, `https://host[:port][/prefix]`, which takes the account's token.
    pub fn api_at(&self, url: &str) -> Result<Api, ApiError> {
        let outbound = self.shared.outbound.clone();
        Api::new(self.clone(), outbound, &self.account, Some(url))
    }

    /// Waits until no call of it or of its clones for a token is under way, also none whose
    /// future was dropped: for a program that is about to end. Calls that begin meanwhile
    /// wait for it.
    pub async fn idle(&self) {
        let all = u32::try_from(self.opened.limit).unwrap_or(u32::MAX);
        // It is never closed.
        let _ = self.opened.calls.acquire_many(all).await;
    }

    /// What operators may see. Reads the store and changes nothing.
    pub async fn status(&self) -> Result<Status, SessionError> {
        match self.call("session-status", Call::Status).await? {
            Outcome::Status(status) => Ok(status),
            _ => Err(SessionError::Component(Stopped::of_another_call())),
        }
    }

    /// Ends the session of everybody who shares it: leaves a mark, so that nobody
    /// uses the token again, and logs it out where the platform can. Not for the
    /// end of one job. Can be repeated until it succeeds.
    pub async fn end_for_all(&self) -> Result<(), SessionError> {
        self.call("session-end-for-all", Call::EndForAll)
            .await
            .map(drop)
    }

    /// Takes the mark of the end away.
    pub async fn reopen(&self) -> Result<(), SessionError> {
        self.call("session-reopen", Call::Reopen).await.map(drop)
    }

    /// Forgets the refused logins and ends a contest, after a person has set the
    /// account right.
    pub async fn reset_refusals(&self) -> Result<(), SessionError> {
        let call = Call::ResetRefusals;
        self.call("session-reset-refusals", call).await.map(drop)
    }

    async fn granted(&self, function: &'static str, call: Call) -> Result<Grant, SessionError> {
        match self.call(function, call).await? {
            Outcome::Grant(grant) => {
                observe::granted(&grant);
                Ok(grant)
            }
            _ => Err(SessionError::Component(Stopped::of_another_call())),
        }
    }

    /// Makes one call in a task of its own, so that it goes on where nobody waits for it
    /// any more, and under the eyes of the operator.
    async fn call(&self, function: &'static str, call: Call) -> Result<Outcome, SessionError> {
        let session = self.clone();
        let made = observe::in_span(async move {
            observe::call(function, session.make(call), SessionError::name).await
        });
        tokio::spawn(made).await.unwrap_or_else(|error| {
            let stopped = Stopped::because(&error.to_string(), true);
            Err(SessionError::Component(stopped))
        })
    }

    async fn make(&self, call: Call) -> Result<Outcome, SessionError> {
        self.check_length(&call)?;
        let _permit = match call {
            Call::Token | Call::Renew(_) => Some(self.permit().await?),
            // What operators ask comes through.
            Call::Status | Call::EndForAll | Call::Reopen | Call::ResetRefusals => None,
        };
        let Shared {
            outbound, store, ..
        } = &*self.shared;
        let began = Instant::now();
        let open = self.open(began, &call).await?;
        let hits = &self.opened.hits;
        if !matches!(call, Call::Token | Call::Status) {
            hits.forget();
        }
        let mark = hits.mark();
        let ended = run::run(&open.home, &call, outbound, store, async || {
            self.has_another_secret(&open, began).await
        });
        match ended.await {
            Ended::With(result) => result,
            Ended::AsItStood(grant, seen) => {
                if matches!(call, Call::Token) {
                    hits.remember(mark, seen, &grant);
                }
                Ok(Outcome::Grant(grant))
            }
            Ended::WithAnotherSecret => {
                let open = self.open(began, &call).await?;
                // It was asked a moment ago.
                let ended = run::run(&open.home, &call, outbound, store, async || Ok(false));
                match ended.await {
                    Ended::With(result) => result,
                    Ended::AsItStood(grant, _) => Ok(Outcome::Grant(grant)),
                    Ended::WithAnotherSecret => Err(SessionError::Other(None)),
                }
            }
        }
    }

    /// Asks the account's source whether the secret has changed since the session was
    /// opened; then it is to be opened anew.
    async fn has_another_secret(&self, open: &Open, since: Instant) -> Result<bool, SessionError> {
        let Some(source) = &self.source else {
            return Ok(false);
        };
        match source.since(since, self.limit()).await {
            Ok(secret) if open.secret.as_ref() == Some(&secret) => Ok(false),
            Ok(secret) => {
                let mut opened = self.opened.home.lock().await;
                if opened
                    .as_ref()
                    .is_some_and(|now| now.secret != Some(secret))
                {
                    *opened = None;
                    self.opened.hits.forget();
                }
                Ok(true)
            }
            Err(error) => {
                observe::source_failed(&error);
                Ok(false)
            }
        }
    }

    fn limit(&self) -> Duration {
        self.options.patience.unwrap_or(PATIENCE)
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, SessionError> {
        let calls = Arc::clone(&self.opened.calls);
        if let Ok(permit) = Arc::clone(&calls).try_acquire_owned() {
            return Ok(permit);
        }
        observe::wait_at_limit();
        let permit = timeout(self.limit(), calls.acquire_owned()).await;
        let permit = permit.ok().and_then(Result::ok);
        permit.ok_or(SessionError::TooManyCalls {
            limit: self.opened.limit,
        })
    }

    /// Refuses what is longer than any account or token: an instance is shared with
    /// others' sessions, and so is its memory.
    fn check_length(&self, call: &Call) -> Result<(), SessionError> {
        let options = [&self.options.actor, &self.options.name];
        let options = options.into_iter().flatten().map(String::len);
        let rejected = match call {
            Call::Renew(rejected) => rejected.expose().len(),
            _ => 0,
        };
        let length = options.sum::<usize>() + self.account.length() + rejected;
        if length <= LONGEST {
            return Ok(());
        }
        let text = format!("account, options and token are longer than {LONGEST} bytes together");
        Err(SessionError::Auth(AuthError::InvalidArgument(text)))
    }

    /// Where the session is open, for a call that began at `since`. What operators ask
    /// needs no secret: without one it is open for that call alone.
    async fn open(&self, since: Instant, call: &Call) -> Result<Open, SessionError> {
        if let Some(open) = self.opened().await {
            return Ok(open);
        }
        // Not while others wait to see whether it is open.
        let secret = match &self.source {
            None => None,
            Some(source) => match (source.since(since, self.limit()).await, call) {
                (Ok(secret), _) => Some(secret),
                (Err(_), Call::EndForAll | Call::Reopen | Call::ResetRefusals) => {
                    // The component wants one, and none of these looks at it.
                    let account = self.account.with_secret("-".into());
                    let home = self.home(&account).await?;
                    return Ok(Open { home, secret: None });
                }
                (Err(error), _) => return Err(error),
            },
        };
        let with_secret = secret
            .clone()
            .map(|secret| self.account.with_secret(secret));
        let account = with_secret.as_ref().unwrap_or(&self.account);
        let mut opened = self.opened.home.lock().await;
        if let Some(open) = opened.as_ref().filter(|open| open.home.is_there()) {
            return Ok(open.clone());
        }
        let home = self.home(account).await?;
        let open = Open { home, secret };
        *opened = Some(open.clone());
        Ok(open)
    }

    /// Where it is open already.
    async fn opened(&self) -> Option<Open> {
        let opened = self.opened.home.lock().await;
        opened.clone().filter(|open| open.home.is_there())
    }

    async fn home(&self, account: &Account) -> Result<Arc<Home>, SessionError> {
        let cell = self.shared.cells.with_room().await;
        let cell = cell.map_err(|error| SessionError::stopped(&error, false))?;
        let keys = &self.shared.keys;
        let (former_place_keys, sealing_keys) = (keys.former_places(), keys.sealing());
        let options = contract::Options {
            place_key: keys.place(),
            next_place_key: keys.next_place_key(),
            former_place_keys: &former_place_keys,
            sealing_keys: &sealing_keys,
            patience_ms: self.options.patience.map(milliseconds),
            max_staleness_ms: self.options.max_staleness.map(milliseconds),
            actor: self.options.actor.as_deref(),
            name: self.options.name.as_deref(),
            lockout_limit: self.options.lockout_limit,
        };
        Ok(Arc::new(Home::open(cell, account.into(), &options)?))
    }
}

/// What the API said to a call with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply<T> {
    /// It refused the token: 401, and nothing was done.
    TokenRefused(T),
    /// Anything else, good or bad.
    Other(T),
}

impl<T> Reply<T> {
    fn into_inner(self) -> T {
        match self {
            Self::TokenRefused(answer) | Self::Other(answer) => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::{ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin};

    fn sessions(memory: usize) -> Sessions {
        let keys = SessionKeys::new([1; 32], [2; 32]);
        let built = Plugin::builder().build_sessions(Store::default(), keys.clone());
        let shared = built.unwrap().0;
        Sessions(Arc::new(Shared {
            cells: Cells::new(
                Runtime::shared(&crate::engine::Settings::default()).unwrap(),
                memory,
            ),
            outbound: shared.outbound.clone(),
            store: Store::default(),
            keys,
        }))
    }

    fn session(sessions: &Sessions, url: &str, user: &str) -> Session {
        let mut room = ControlRoom::new(url, ControlRoomApi::V2);
        room.transport.allow_http = true;
        let credentials = ControlRoomCredentials::password(user, "s3cret-pa55");
        sessions.session(Account::ControlRoom(room, credentials))
    }

    #[tokio::test]
    async fn a_trap_costs_the_calls_of_its_instance_an_error_and_the_next_call_works() {
        // Enough for a session, and not for the longest name.
        let sessions = sessions(384 * 1024);
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let ada = session(&sessions, &url, "ada");
        let holder = ada.clone();
        let holder = tokio::spawn(async move { holder.token().await });
        let (connection, _) = silent.accept().await.unwrap();

        let long = session(&sessions, &url, &"u".repeat(LONGEST - 1_000));
        let Err(SessionError::Component(stopped)) = long.status().await else {
            panic!("it fits");
        };
        assert!(!stopped.may_have_acted, "{stopped}");
        drop(connection);

        // Its request had left.
        let Err(error) = holder.await.unwrap() else {
            panic!("there was no answer");
        };
        let SessionError::Component(stopped) = &error else {
            panic!("{error:?}");
        };
        assert!(stopped.may_have_acted, "{stopped}");
        let text = format!("{error} {error:?}");
        for hidden in ["s3cret", "backtrace"] {
            assert!(!text.contains(hidden), "{text}");
        }
        assert_eq!(ada.status().await.unwrap().attempt, 1);
    }

    #[tokio::test]
    async fn what_is_longer_than_any_account_is_refused_and_stops_nobody() {
        let sessions = sessions(SESSIONS_MEMORY);
        let url = "https://cr.example.com";
        for (user, actor, rejected) in [
            ("u".repeat(LONGEST), "", ""),
            ("ada".into(), &*"a".repeat(LONGEST), ""),
            ("ada".into(), "", &*"t".repeat(LONGEST)),
        ] {
            let session = session(&sessions, url, &user).actor(actor);
            let refused = session.renew(rejected).await.unwrap_err();
            let SessionError::Auth(AuthError::InvalidArgument(text)) = &refused else {
                panic!("{refused:?}");
            };
            assert!(text.contains("longer than 262144 bytes"), "{text}");
        }
    }
}
