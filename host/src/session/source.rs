//! Where the secret of an account comes from, for sessions that outlive it.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::time::timeout_at;

use super::SessionError;
use crate::Secret;

/// The longest secret, in bytes.
const LONGEST: usize = 64 * 1024;

/// Where the secret of an account is: a vault, a file, a password manager. Write it with
/// the crate `async-trait`, and hand it to [`Session::secret_from`](crate::Session::secret_from).
#[async_trait]
pub trait SecretSource: Send + Sync {
    /// Reads the secret as it is now. The text of an error reaches operators: it must
    /// not hold the secret.
    async fn read(&self) -> Result<Secret, Box<dyn StdError + Send + Sync>>;
}

/// What an account's source gave last. Callers that ask at one time share an answer, and a
/// failure too.
pub(super) struct Asked {
    source: Arc<dyn SecretSource>,
    last: Mutex<Option<(Instant, Result<Secret, String>)>>,
}

impl Asked {
    pub(super) fn new(source: impl SecretSource + 'static) -> Self {
        Self {
            source: Arc::new(source),
            last: Mutex::default(),
        }
    }

    /// The secret as it was at `since` or later. All of it takes no longer than `limit`
    /// from then on.
    pub(super) async fn since(
        &self,
        since: Instant,
        limit: Duration,
    ) -> Result<Secret, SessionError> {
        let late = || format!("it gave no answer within {limit:?}");
        let end = tokio::time::Instant::from_std(since) + limit;
        let answer = async {
            let mut last = self.last.lock().await;
            if let Some((_, answer)) = last.as_ref().filter(|(at, _)| *at >= since) {
                return answer.clone();
            }
            let began = Instant::now();
            // Its own limit, so that those who wait for it learn how it ended.
            let answer = match timeout_at(end, self.source.read()).await {
                Ok(Ok(secret)) if secret.expose().len() > LONGEST => {
                    Err(format!("it gave more than {LONGEST} bytes"))
                }
                Ok(Ok(secret)) => Ok(secret),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err(late()),
            };
            *last = Some((began, answer.clone()));
            answer
        };
        let answer = timeout_at(end, answer).await;
        answer
            .unwrap_or_else(|_| Err(late()))
            .map_err(SessionError::NoSecret)
    }
}
