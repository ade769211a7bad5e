//! The server that a script is sent to: the one that there is, or of a Redis Cluster the
//! one that holds the key's slot.
//!
//! An entry is one key, and a script touches no other, so nothing need be known of a
//! cluster but who holds a key. Any node says so (`MOVED`), and who was right once is
//! asked first from then on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ::redis::{FromRedisValue, RedisError, RedisResult, Script, pipe};
use tokio::time::timeout;

use super::super::changes::Changes;
use super::super::{StoreError, StoreKey, StoreOpenError};
use super::address::{Address, Node};
use super::connection::{Connections, Link};
use super::{failure, redis_key};
use crate::outbound::tls::Settings;

/// How often a question is passed on within a cluster: a slot may be on its way.
const MOST_HOPS: usize = 5;

/// A question with all its hops.
const CLUSTER_LIMIT: Duration = Duration::from_secs(10);

/// The most keys whose node is remembered. Beyond that all are forgotten, and found again.
const MOST_KEYS: usize = 10_000;

/// How long a node may take that is asked beside this question: longer is silent.
const SILENCE: Duration = Duration::from_secs(1);

/// How long a node that could not be reached is asked after the others.
const PASSED_OVER: Duration = Duration::from_secs(30);

/// A script and what it is asked with. A write is never sent twice.
pub(super) struct Question<'a> {
    pub(super) script: &'a Script,
    pub(super) key: &'a StoreKey,
    /// Everything but the key, as that server needs it.
    pub(super) arguments: &'a (dyn Fn(&Link) -> Vec<Vec<u8>> + Send + Sync),
    pub(super) is_repeatable: bool,
}

pub(super) enum Servers {
    One(Box<Connections>),
    Cluster(Box<Cluster>),
}

/// An answer, and whether its server announces changes to us.
type Answer<T> = (T, bool);

impl Servers {
    pub(super) fn new(
        address: Address,
        tls: Settings,
        changes: Changes,
    ) -> Result<Self, StoreOpenError> {
        Ok(if address.cluster.is_empty() {
            Self::One(Box::new(Connections::new(address, tls, changes)?))
        } else {
            Self::Cluster(Box::new(Cluster::new(address, tls, changes)?))
        })
    }

    pub(super) async fn ask<T: FromRedisValue>(
        &self,
        question: &Question<'_>,
    ) -> Result<Answer<T>, StoreError> {
        match self {
            Self::One(connections) => {
                let answer = question.to(connections).await?;
                answer.map_err(failure::of_script)
            }
            Self::Cluster(cluster) => {
                let answer = timeout(CLUSTER_LIMIT, cluster.ask(question)).await;
                answer.unwrap_or_else(|_| Err(failure::of_silence()))
            }
        }
    }
}

impl Question<'_> {
    /// The outer error is one of connecting: the question was not sent. A connection that
    /// turns out to be lost is replaced once, where the question can be repeated.
    async fn to<T: FromRedisValue>(
        &self,
        connections: &Connections,
    ) -> Result<RedisResult<Answer<T>>, StoreError> {
        let link = connections.link().await?;
        match self.by(connections, &link).await {
            Err(error) if self.is_repeatable && error.is_connection_dropped() => {
                let link = connections.link().await?;
                Ok(self.by(connections, &link).await)
            }
            answer => Ok(answer),
        }
    }

    async fn by<T: FromRedisValue>(
        &self,
        connections: &Connections,
        link: &Link,
    ) -> RedisResult<Answer<T>> {
        let mut script = self.script.key(redis_key(self.key));
        for argument in (self.arguments)(link) {
            script.arg(argument);
        }
        let answer = script.invoke_async(&mut link.connection.clone()).await;
        finish(connections, link, answer).await
    }

    /// Asks a node that is only about to hold the key: it answers if it is told so right
    /// before.
    async fn in_passing<T: FromRedisValue>(
        &self,
        connections: &Connections,
    ) -> Result<RedisResult<Answer<T>>, StoreError> {
        let link = connections.link().await?;
        let mut connection = link.connection.clone();
        let script = self.script.prepare_invoke();
        if let Err(error) = script.load_async(&mut connection).await {
            return Ok(finish(connections, &link, Err(error)).await);
        }
        let mut both = pipe();
        both.cmd("ASKING").ignore();
        let run = both.cmd("EVALSHA").arg(self.script.get_hash());
        run.arg(1).arg(redis_key(self.key));
        for argument in (self.arguments)(&link) {
            run.arg(argument);
        }
        let answer: RedisResult<(T,)> = both.query_async(&mut connection).await;
        let answer = answer.map(|(answer,)| answer);
        Ok(finish(connections, &link, answer).await)
    }
}

async fn finish<T>(
    connections: &Connections,
    link: &Link,
    answer: RedisResult<T>,
) -> RedisResult<Answer<T>> {
    if let Err(error) = &answer
        && failure::ends_connection(error)
    {
        connections.discard(link).await;
    }
    answer.map(|answer| (answer, link.is_announced))
}

pub(super) struct Cluster {
    address: Address,
    tls: Settings,
    changes: Changes,
    known: Mutex<Known>,
}

/// What was learned of the cluster.
#[derive(Default)]
struct Known {
    connections: HashMap<Node, Arc<Connections>>,
    holders: HashMap<StoreKey, Node>,
    /// When a node was begun to be asked that gave no answer yet.
    silent: HashMap<Node, Instant>,
}

impl Cluster {
    fn new(address: Address, tls: Settings, changes: Changes) -> Result<Self, StoreOpenError> {
        let cluster = Self {
            address,
            tls,
            changes,
            known: Mutex::default(),
        };
        // Says now what is wrong with the settings of TLS.
        for seed in &cluster.address.cluster {
            let connections = cluster.connect_to(seed)?;
            let mut known = cluster.known();
            known
                .connections
                .insert(seed.clone(), Arc::new(connections));
        }
        Ok(cluster)
    }

    async fn ask<T: FromRedisValue>(
        &self,
        question: &Question<'_>,
    ) -> Result<Answer<T>, StoreError> {
        let (mut node, mut answer) = self.first(question).await?;
        for _ in 0..MOST_HOPS {
            let error = match answer {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some((next, is_in_passing)) = redirection(&error, &node) else {
                // A node that is no primary any more sends nobody on where it is alone.
                self.forget(question.key);
                return Err(failure::of_script(error));
            };
            let connections = self.connections(&next)?;
            answer = if is_in_passing {
                question.in_passing(&connections).await?
            } else {
                self.remember(question.key, &next);
                question.to(&connections).await?
            };
            node = next;
        }
        self.forget(question.key);
        Err(StoreError::unavailable(
            "the Redis Cluster sends the question round",
        ))
    }

    /// Asks who is thought to hold the key, or the next node that can be reached.
    async fn first<T: FromRedisValue>(
        &self,
        question: &Question<'_>,
    ) -> Result<(Node, RedisResult<Answer<T>>), StoreError> {
        let mut failed = None;
        for node in self.candidates(question.key) {
            // Noted before, because the time of the whole question may end here.
            self.note(&node);
            match question.to(&*self.connections(&node)?).await {
                Ok(answer) => {
                    self.known().silent.remove(&node);
                    // Whoever comes next does not wait for those before it again.
                    if answer.is_ok() {
                        self.remember(question.key, &node);
                    }
                    return Ok((node, answer));
                }
                Err(error) => failed = Some(error),
            }
            self.forget(question.key);
        }
        Err(failed.unwrap_or_else(failure::of_silence))
    }

    fn candidates(&self, key: &StoreKey) -> Vec<Node> {
        let known = self.known();
        let mut candidates: Vec<Node> = known.holders.get(key).cloned().into_iter().collect();
        for node in self.address.cluster.iter().chain(known.connections.keys()) {
            if !candidates.contains(node) {
                candidates.push(node.clone());
            }
        }
        let is_silent = |node: &Node| {
            let since = known.silent.get(node);
            since.is_some_and(|since| (SILENCE..PASSED_OVER).contains(&since.elapsed()))
        };
        candidates.sort_by_key(is_silent);
        candidates
    }

    fn connections(&self, node: &Node) -> Result<Arc<Connections>, StoreError> {
        if let Some(connections) = self.known().connections.get(node) {
            return Ok(connections.clone());
        }
        let connections = self.connect_to(node);
        let connections =
            connections.map_err(|error| StoreError::other(format!("TLS to the Redis: {error}")))?;
        let mut known = self.known();
        // Somebody else may have been faster.
        let there = known.connections.entry(node.clone());
        Ok(there.or_insert_with(|| Arc::new(connections)).clone())
    }

    fn connect_to(&self, node: &Node) -> Result<Connections, StoreOpenError> {
        Connections::new(
            self.address.of(node),
            self.tls.clone(),
            self.changes.clone(),
        )
    }

    /// Takes down since when a node is asked and gives no answer.
    fn note(&self, node: &Node) {
        let mut known = self.known();
        let since = known
            .silent
            .entry(node.clone())
            .or_insert_with(Instant::now);
        if since.elapsed() >= PASSED_OVER {
            *since = Instant::now();
        }
    }

    fn remember(&self, key: &StoreKey, node: &Node) {
        let mut known = self.known();
        if known.holders.len() >= MOST_KEYS {
            known.holders.clear();
        }
        known.holders.insert(key.clone(), node.clone());
    }

    fn forget(&self, key: &StoreKey) {
        self.known().holders.remove(key);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // No change of it can be left half done.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a node sends us, and whether that is for this question alone. A place without a
/// host is on the host that was asked.
fn redirection(error: &RedisError, asked: &Node) -> Option<(Node, bool)> {
    let is_in_passing = error.code() == Some("ASK");
    let (place, _) = error.redirect_node()?;
    let (host, port) = place.rsplit_once(':')?;
    let host = match host {
        "" | "?" => &asked.host,
        host => host,
    };
    let node = Node {
        host: host.to_owned(),
        port: port.parse().ok()?,
    };
    Some((node, is_in_passing))
}
