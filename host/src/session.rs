//! One token for everybody who uses the same account.

mod convert;
mod error;
mod keys;
mod store;
mod types;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use wasmtime::component::ResourceAny;

pub use error::SessionError;
pub use keys::{KeyError, KeyName, SessionKeys};
pub use types::{Account, Contest, Cooldown, Grant, Origin as TokenOrigin, State, Status};

use crate::bindings::exports::rpa::auth::session as wit;
use crate::engine::{self, Instance, Runtime};
use crate::outbound::Outbound;
use crate::store::Store;
use crate::{Instances, Token, observe};

/// A running component, with the session open in it.
type Running = (Instance<engine::State, wit::Guest>, ResourceAny);

/// What sessions have in common: the component, the way out, the store, the keys.
/// A clone is the same.
///
/// ```no_run
/// use rpa_auth_host::{
///     Account, ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin, Reply, SessionKeys, Store,
/// };
///
/// # async fn example(place_key: [u8; 32], sealing_key: [u8; 32]) -> Result<(), Box<dyn std::error::Error>> {
/// let store = Store::open("directory:/var/lib/robots/tokens")?;
/// let keys = SessionKeys::new(place_key, sealing_key);
/// let sessions = Plugin::builder().build_sessions(store, keys)?;
///
/// let room = ControlRoom::new("https://cr.example.com", ControlRoomApi::V2);
/// let ada = ControlRoomCredentials::password("ada", std::env::var("CR_PASSWORD")?);
/// let session = sessions.session(Account::ControlRoom(room, ada));
///
/// let status = session
///     .with_token(|token| async move {
///         let (name, value) = token.header(); // to put on the call
/// #       let (status, _) = (401, (name, value));
///         match status {
///             401 => Reply::TokenRefused(status),
///             _ => Reply::Other(status),
///         }
///     })
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sessions(Arc<Shared>);

struct Shared {
    runtime: Arc<Runtime>,
    outbound: Outbound,
    store: Store,
    keys: SessionKeys,
    instances: Instances,
}

impl Sessions {
    pub(crate) fn new(
        runtime: Arc<Runtime>,
        outbound: Outbound,
        store: Store,
        keys: SessionKeys,
        instances: Instances,
    ) -> Self {
        Self(Arc::new(Shared {
            runtime,
            outbound,
            store,
            keys,
            instances,
        }))
    }

    /// A session for one account. Nothing is checked or sent before its first call.
    pub fn session(&self, account: Account) -> Session {
        Session {
            shared: Arc::clone(&self.0),
            account: Arc::new(account),
            patience: None,
            max_staleness: None,
            actor: None,
            name: None,
            lockout_limit: None,
            kept: Arc::default(),
        }
    }
}

/// One account's token, shared with everybody who has the same store and keys.
///
/// A session that was refused goes by that even where the store forgets it: the
/// instance that heard it is kept, and serves the calls of this session and its clones
/// one after another, until one of them logs in or
/// [`reset_refusals`](Self::reset_refusals) succeeds.
///
/// A call that is dropped before it ends is given up; where it was getting a
/// token, another caller takes over after ten seconds.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
    account: Arc<Account>,
    patience: Option<Duration>,
    max_staleness: Option<Duration>,
    actor: Option<String>,
    name: Option<String>,
    lockout_limit: Option<u32>,
    /// The instance that serves the next call; none where that gets one of its own.
    kept: Arc<Mutex<Option<Running>>>,
}

/// What is called.
#[derive(Clone, Copy)]
enum Function {
    Token,
    Renew,
    Status,
    EndForAll,
    Reopen,
    ResetRefusals,
}

impl Function {
    /// What operators see.
    fn name(self) -> &'static str {
        match self {
            Self::Token => "session-token",
            Self::Renew => "session-renew",
            Self::Status => "session-status",
            Self::EndForAll => "session-end-for-all",
            Self::Reopen => "session-reopen",
            Self::ResetRefusals => "session-reset-refusals",
        }
    }
}

/// Whether what a call gave makes up for a refused login: what the store gives may be
/// older than the refusal.
fn is_of_a_login(grant: &wit::Grant) -> bool {
    matches!(grant.origin, wit::Origin::Login)
}

impl Session {
    /// How long a call may take, however the time is spent. A login of its own that has
    /// left is heard to its end all the same, within
    /// [`total_timeout`](crate::Transport::total_timeout): to give it up would count as
    /// refused. Default 30 s.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self.apart()
    }

    /// How old a token from memory may be without a look at the store. Default 0:
    /// the store is always asked. So long may [`end_for_all`](Self::end_for_all)
    /// take. Of use with [`Instances::OneWarm`] alone: an instance for one call
    /// remembers nothing.
    pub fn max_staleness(mut self, max_staleness: Duration) -> Self {
        self.max_staleness = Some(max_staleness);
        self.apart()
    }

    /// A name that operators see in [`status`](Self::status): which program or
    /// machine. At most 256 bytes.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self.apart()
    }

    /// What tells this account from others, instead of the platform's address: for a
    /// platform that is known by several. From 1 to 256 bytes.
    pub fn account_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self.apart()
    }

    /// Refused logins in a row after which the platform disables the user, from 2 to
    /// 99. Default 3 for a Control Room, 10 for an Orchestrator. One login fewer is
    /// made without a person.
    pub fn lockout_limit(mut self, limit: u32) -> Self {
        self.lockout_limit = Some(limit);
        self.apart()
    }

    /// With an instance of its own: one that clones share was opened with their options.
    fn apart(mut self) -> Self {
        self.kept = Arc::default();
        self
    }

    /// The current token: from the store, or by one login or refresh that every
    /// waiting caller shares.
    pub async fn token(&self) -> Result<Grant, SessionError> {
        let result = self.call(
            Function::Token,
            is_of_a_login,
            async |guest, store, session| guest.session().call_token(store, session).await,
        );
        result.await.map(Grant::from)
    }

    /// The API refused the token `rejected`. Gives the current one if that is
    /// another already; else asks a Control Room whether it is still good, and where it
    /// isn't renews it, once for everybody. Where it is,
    /// [`StillGood`](SessionError::StillGood) comes back and the token stays.
    pub async fn renew(&self, rejected: &str) -> Result<Grant, SessionError> {
        let result = self.call(
            Function::Renew,
            is_of_a_login,
            async |guest, store, session| {
                guest.session().call_renew(store, session, rejected).await
            },
        );
        result.await.map(Grant::from)
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

    /// What operators may see. Reads the store and changes nothing.
    pub async fn status(&self) -> Result<Status, SessionError> {
        let result = self.call(
            Function::Status,
            |_| false,
            async |guest, store, session| guest.session().call_status(store, session).await,
        );
        result.await.map(Status::from)
    }

    /// Ends the session of everybody who shares it: leaves a mark, so that nobody
    /// uses the token again, and logs it out where the platform can. Not for the
    /// end of one job. Can be repeated until it succeeds.
    pub async fn end_for_all(&self) -> Result<(), SessionError> {
        self.call(
            Function::EndForAll,
            |()| false,
            async |guest, store, session| guest.session().call_end_for_all(store, session).await,
        )
        .await
    }

    /// Takes the mark of the end away.
    pub async fn reopen(&self) -> Result<(), SessionError> {
        self.call(
            Function::Reopen,
            |()| false,
            async |guest, store, session| guest.session().call_reopen(store, session).await,
        )
        .await
    }

    /// Forgets the refused logins and ends a contest, after a person has set the
    /// account right.
    pub async fn reset_refusals(&self) -> Result<(), SessionError> {
        self.call(
            Function::ResetRefusals,
            |()| true,
            async |guest, store, session| guest.session().call_reset_refusals(store, session).await,
        )
        .await
    }

    /// Makes one call under the eyes of the operator.
    async fn call<T>(
        &self,
        function: Function,
        makes_up: fn(&T) -> bool,
        make: impl AsyncFnOnce(
            &wit::Guest,
            &mut wasmtime::Store<engine::State>,
            ResourceAny,
        ) -> wasmtime::Result<Result<T, wit::SessionError>>,
    ) -> Result<T, SessionError> {
        let call = self.call_in_an_instance(makes_up, make);
        observe::call(function.name(), call, SessionError::name).await
    }

    /// An instance is used again only if the call came to its end, and it is to be kept
    /// warm or has heard a refusal that nothing has made up for.
    async fn call_in_an_instance<T>(
        &self,
        makes_up: fn(&T) -> bool,
        make: impl AsyncFnOnce(
            &wit::Guest,
            &mut wasmtime::Store<engine::State>,
            ResourceAny,
        ) -> wasmtime::Result<Result<T, wit::SessionError>>,
    ) -> Result<T, SessionError> {
        let is_warm = self.shared.instances == Instances::OneWarm;
        let mut kept = self.kept.lock().await;
        let running = kept.take();
        let had_heard = running.is_some();
        // Others wait for an instance that is kept, and for no other.
        let turn = (is_warm || had_heard).then_some(kept);
        let (mut instance, session) = match running {
            Some(running) => running,
            None => self.open().await?,
        };
        // What a call that was given up has left.
        instance.take_log();
        let result = make(&instance.exports, &mut instance.store, session).await;
        let log = instance.take_log();
        let stopped = |error: wasmtime::Error| SessionError::stopped(&error, log.may_have_left);
        let result = result.map_err(stopped)?;
        let has_heard = match &result {
            Ok(output) => had_heard && !makes_up(output),
            Err(wit::SessionError::Auth(wit::AuthError::Rejected(_))) => true,
            Err(_) => had_heard,
        };
        let place = match turn {
            Some(turn) => (is_warm || has_heard).then_some(turn),
            None if has_heard => Some(self.kept.lock().await),
            None => None,
        };
        match place {
            Some(mut kept) if kept.is_none() => *kept = Some((instance, session)),
            // The component wipes what a session knew when its handle is dropped.
            _ => session
                .resource_drop_async(&mut instance.store)
                .await
                .map_err(stopped)?,
        }
        result.map_err(|error| match SessionError::from(error) {
            SessionError::Auth(error) => SessionError::Auth(error.because_of(log.obstacle)),
            error => error,
        })
    }

    async fn open(&self) -> Result<Running, SessionError> {
        let Shared {
            runtime,
            outbound,
            store,
            keys,
            ..
        } = &*self.shared;
        let instance = runtime.session(outbound.clone(), store.clone()).await;
        let mut instance = instance.map_err(|error| SessionError::stopped(&error, false))?;
        let account = convert::Opened::new(&self.account);
        let (former_place_keys, sealing_keys) = (keys.former_places(), keys.sealing());
        let options = wit::Options {
            place_key: keys.place(),
            next_place_key: keys.next_place_key(),
            former_place_keys: &former_place_keys,
            sealing_keys: &sealing_keys,
            patience_ms: self.patience.map(crate::convert::milliseconds),
            max_staleness_ms: self.max_staleness.map(crate::convert::milliseconds),
            actor: self.actor.as_deref(),
            name: self.name.as_deref(),
            lockout_limit: self.lockout_limit,
        };
        let opened = instance
            .exports
            .session()
            .call_open(&mut instance.store, account.param(), options)
            .await;
        let session = opened.map_err(|error| SessionError::stopped(&error, false))??;
        Ok((instance, session))
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
