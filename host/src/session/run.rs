//! One call of a session, from its first step to its end: the store, the requests and the
//! waiting that its steps ask for.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::SessionError;
use super::cells::Home;
use super::hit::Seen;
use crate::contract::http_types::{Answer, Request};
use crate::contract::session_steps::{
    Call, EntryParam, Event, Now, Outcome, Step, StoreRead, StoreWrite,
};
use crate::outbound::{Outbound, TIMED_OUT};
use crate::store::{Entry, Store, StoreError, Version};
use crate::{AuthError, Grant, NoAnswer, TransportFailure, observe};

/// How long a store has to answer, beside what it may hold back: longer than any of the
/// library's own takes.
const STORE_LIMIT: Duration = Duration::from_secs(15);

/// How soon a store is asked again whose answer came before its time.
const STORE_PAUSE: Duration = Duration::from_millis(100);

/// What came of a step.
enum Came {
    Begun,
    Entry(Option<Entry>),
    Written(Option<Version>),
    StoreFailed(StoreError),
    Answer(Answer),
    NoAnswer(NoAnswer),
    Quiet,
}

/// What a call has done so far.
enum Read {
    Nothing,
    Once(Seen),
    More,
}

impl Read {
    fn and(self, key: String, came: &Came) -> Self {
        match (self, came) {
            (Self::Nothing, Came::Entry(Some(entry))) => Self::Once(Seen {
                key,
                version: entry.version.clone(),
            }),
            _ => Self::More,
        }
    }
}

/// A request that is under way, whatever is done meanwhile.
type Flight = JoinHandle<Result<Answer, NoAnswer>>;

/// How a call ended.
pub(super) enum Ended {
    With(Result<Outcome, SessionError>),
    /// With a token by an entry that was read once, and nothing else.
    AsItStood(Grant, Seen),
    /// Before it had written or sent anything: the session's secret is another one now.
    WithAnotherSecret,
}

impl From<SessionError> for Ended {
    fn from(error: SessionError) -> Self {
        Self::With(Err(error))
    }
}

/// Makes a call. `has_changed` is asked once, before the call writes or sends anything, or
/// gives a refusal of the secret back: whether that is another one now.
pub(super) async fn run(
    home: &Home,
    call: &Call,
    outbound: &Outbound,
    store: &Store,
    has_changed: impl AsyncFnOnce() -> Result<bool, SessionError>,
) -> Ended {
    match steps(home, call, outbound, store, has_changed).await {
        Ok(ended) => ended,
        Err(error) => error.into(),
    }
}

async fn steps(
    home: &Home,
    call: &Call,
    outbound: &Outbound,
    store: &Store,
    has_changed: impl AsyncFnOnce() -> Result<bool, SessionError>,
) -> Result<Ended, SessionError> {
    let mut has_changed = Some(has_changed);
    let running = home.begin(call);
    let running = running.map_err(|error| SessionError::stopped(&error, false))?;
    let mut flight: Option<Flight> = None;
    let mut may_have_acted = false;
    // What was read, where that was all that was done.
    let mut seen = Read::Nothing;
    // How the last request ended without an answer.
    let mut obstacle: Option<NoAnswer> = None;
    let mut came = Came::Begun;
    loop {
        let step = running.on(&came.event(), now());
        let step = step.map_err(|error| SessionError::stopped(&error, may_have_acted))?;
        if step.depends_on_the_secret()
            && let Some(has_changed) = has_changed.take()
            && has_changed().await?
        {
            return Ok(Ended::WithAnotherSecret);
        }
        came = match step {
            Step::Read(step) => {
                let key = step.key.clone();
                let came = read(store, step).await;
                seen = seen.and(key, &came);
                came
            }
            Step::Write(step) => {
                seen = Read::More;
                write(store, step).await
            }
            Step::Send(sending) => {
                seen = Read::More;
                may_have_acted = true;
                obstacle = None;
                flight = Some(send(outbound, sending.request));
                hear(&mut flight, sending.wait_ms, &mut obstacle).await
            }
            Step::Await(wait_ms) => hear(&mut flight, wait_ms, &mut obstacle).await,
            Step::Sleep(wait_ms) => {
                sleep(ms(wait_ms)).await;
                Came::Quiet
            }
            Step::Done(result) => {
                let result = match (result, seen) {
                    (Ok(Outcome::Grant(grant)), Read::Once(seen)) => {
                        return Ok(Ended::AsItStood(grant, seen));
                    }
                    (result, _) => result,
                };
                let result = result.map_err(|error| match SessionError::from(error) {
                    SessionError::Auth(AuthError::Unreachable(reached)) => {
                        // Another attempt's is told by whoever made that.
                        let own = obstacle.filter(|own| own.is_the_same_as(&reached));
                        SessionError::Auth(AuthError::Unreachable(own.unwrap_or(reached)))
                    }
                    error => error,
                });
                return Ok(Ended::With(result));
            }
        };
    }
}

/// Reads the entry. A store that does not hold its answer back while nothing changes is
/// not asked again at once, and one that never answers is away.
async fn read(store: &Store, step: StoreRead) -> Came {
    let (began, wait) = (Instant::now(), ms(step.wait_ms));
    let unless = step.unless_version.map(Version::from);
    let found = timeout(
        wait + STORE_LIMIT,
        store.read(&step.key, unless.as_ref(), wait),
    )
    .await;
    let found = match found {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return Came::StoreFailed(error),
        Err(_) => return Came::StoreFailed(silent()),
    };
    let is_unchanged =
        unless.is_some() && found.as_ref().map(|entry| &entry.version) == unless.as_ref();
    if is_unchanged {
        sleep(wait.saturating_sub(began.elapsed()).min(STORE_PAUSE)).await;
    }
    Came::Entry(found)
}

async fn write(store: &Store, step: StoreWrite) -> Came {
    let expected = step.expected.map(Version::from);
    let keep = step.keep_seconds.map(|s| Duration::from_secs(s.into()));
    let written = store.compare_and_set(&step.key, expected.as_ref(), step.value, keep);
    match timeout(STORE_LIMIT, written).await {
        Ok(Ok(version)) => Came::Written(version),
        Ok(Err(error)) => Came::StoreFailed(error),
        Err(_) => Came::StoreFailed(silent()),
    }
}

fn silent() -> StoreError {
    StoreError::Unavailable(Some(format!("it gave no answer within {STORE_LIMIT:?}")))
}

/// Begins a request in a task of its own: it goes on while the call is at the store.
fn send(outbound: &Outbound, request: Request) -> Flight {
    let outbound = outbound.clone();
    tokio::spawn(observe::in_span(async move {
        let total = ms(request.limits.total_ms);
        let answer = timeout(total, outbound.answer(request)).await;
        answer.unwrap_or(Err(TIMED_OUT))
    }))
}

/// Waits for a request, but no longer than `wait_ms`.
async fn hear(flight: &mut Option<Flight>, wait_ms: u32, obstacle: &mut Option<NoAnswer>) -> Came {
    let Some(request) = flight else {
        sleep(ms(wait_ms)).await;
        return Came::Quiet;
    };
    let Ok(ended) = timeout(ms(wait_ms), request).await else {
        return Came::Quiet;
    };
    *flight = None;
    match ended {
        Ok(Ok(answer)) => Came::Answer(answer),
        Ok(Err(no_answer)) => {
            *obstacle = Some(no_answer.clone());
            Came::NoAnswer(no_answer)
        }
        // The runtime ends, or the client has panicked.
        Err(_) => Came::NoAnswer(NoAnswer {
            failure: TransportFailure::Other,
            may_have_acted: true,
            why: None,
        }),
    }
}

impl Came {
    /// Returns it as the component takes it.
    fn event(&self) -> Event<'_> {
        match self {
            Self::Begun => Event::Begun,
            Self::Entry(entry) => Event::Entry(entry.as_ref().map(|entry| EntryParam {
                value: &entry.value,
                version: entry.version.as_str(),
                age_ms: u64::try_from(entry.age.as_millis()).unwrap_or(u64::MAX),
            })),
            Self::Written(version) => Event::Written(version.as_ref().map(Version::as_str)),
            Self::StoreFailed(error) => Event::StoreFailed(error),
            Self::Answer(answer) => Event::Answer(answer),
            Self::NoAnswer(no_answer) => Event::NoAnswer(no_answer),
            Self::Quiet => Event::Quiet,
        }
    }
}

/// The clocks of this process.
fn now() -> Now {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Now {
        monotonic_ms: u64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(u64::MAX),
        unix_seconds: since.map_or(0, |since| since.as_secs()),
    }
}

fn ms(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}
