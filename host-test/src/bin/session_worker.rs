//! Another process for the tests of sessions: shares ada's token at a Control Room
//! with everybody who has the same store. It does what the lines of its input say,
//! one after the other, and ends with them.
//!
//! ```text
//! session_worker STORE
//!
//! poll ROOM              asks how a work item is; prints the status and the token
//! together ROOM CALLERS  so many callers at once: all of them are refused, and it
//!                        prints `refused`; after a line `go` all of them renew the
//!                        token; prints `served` and how many of them were
//! token ROOM             asks for the token, beside what comes next; prints the
//!                        room, and where the token is from or what failed
//! renew ROOM TOKEN       renews that token; as `token`
//! ```

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use host_test::job::poll;
use rpa_auth_host::{
    Account, ControlRoom, ControlRoomApi, ControlRoomCredentials, Grant, Plugin, Reply, Session,
    SessionError, SessionKeys, Sessions, Store,
};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Far more than any of this takes: nobody gives up because a machine is slow.
const PATIENCE: Duration = Duration::from_secs(300);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let store = env::args().nth(1).ok_or("session_worker STORE")?;
    let keys = SessionKeys::new([1; 32], [2; 32]);
    let worker = Worker {
        sessions: Plugin::builder().build_sessions(Store::open(&store)?, keys)?,
    };
    say("ready")?;
    let mut beside = JoinSet::new();
    while let Some(line) = next_line()? {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["poll", room] => worker.poll(room).await?,
            ["together", room, callers] => worker.together(room, callers.parse()?).await?,
            ["token", room] => {
                let (session, room) = (worker.ada(room), room.to_owned());
                beside.spawn(async move { tell(&room, session.token().await) });
            }
            ["renew", room, token] => {
                let (session, room, token) = (worker.ada(room), room.to_owned(), token.to_owned());
                beside.spawn(async move { tell(&room, session.renew(&token).await) });
            }
            _ => return Err("there is no such command".into()),
        }
    }
    while let Some(done) = beside.join_next().await {
        done??;
    }
    Ok(())
}

struct Worker {
    sessions: Sessions,
}

impl Worker {
    fn ada(&self, url: &str) -> Session {
        let mut room = ControlRoom::new(url, ControlRoomApi::V2);
        room.transport.allow_http = true;
        room.transport.first_byte_timeout = Some(PATIENCE);
        room.transport.total_timeout = Some(PATIENCE);
        let ada = ControlRoomCredentials::password("ada", "password");
        let session = self.sessions.session(Account::ControlRoom(room, ada));
        session.patience(PATIENCE)
    }

    async fn poll(&self, room: &str) -> Result<()> {
        let session = self.ada(room);
        let call = session.with_token(|token| async move {
            match poll(room, &token).await {
                Ok(401) => Reply::TokenRefused(Ok((401, token))),
                answer => Reply::Other(answer.map(|status| (status, token))),
            }
        });
        let (status, token) = call.await??;
        say(&format!("{status} {}", token.value()))
    }

    async fn together(&self, room: &str, callers: u32) -> Result<()> {
        let refused = Arc::new(Semaphore::new(0));
        let (gate, opened) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for _ in 0..callers {
            let (session, room) = (self.ada(room), room.to_owned());
            let (refused, opened) = (Arc::clone(&refused), opened.clone());
            tasks.spawn(async move {
                let call = session.with_token(|token| {
                    let (room, refused, mut opened) = (&room, &refused, opened.clone());
                    async move {
                        match poll(room, &token).await {
                            Ok(401) => {
                                refused.add_permits(1);
                                // The sender outlives the callers.
                                let _ = opened.wait_for(|opened| *opened).await;
                                Reply::TokenRefused("refused twice".to_owned())
                            }
                            Ok(200) => Reply::Other("served".to_owned()),
                            other => Reply::Other(format!("{other:?}")),
                        }
                    }
                });
                let outcome = call.await;
                // Nobody waits for one that came to its end before it was refused.
                refused.add_permits(1);
                outcome.unwrap_or_else(|error| format!("{error:?}"))
            });
        }
        drop(refused.acquire_many(callers).await?);
        say("refused")?;
        next_line()?;
        gate.send_replace(true);
        let mut served = 0;
        for outcome in tasks.join_all().await {
            match &*outcome {
                "served" => served += 1,
                failed => eprintln!("{failed}"),
            }
        }
        say(&format!("served {served}"))
    }
}

fn tell(room: &str, result: std::result::Result<Grant, SessionError>) -> io::Result<()> {
    let line = match result {
        Ok(grant) => {
            let how = if grant.took_over {
                "took-over"
            } else {
                "shared"
            };
            format!("{room} {how} {:?} {}", grant.origin, grant.token.value())
        }
        Err(error) => format!("{room} {} {error:?}", error.name()),
    };
    write(&line)
}

/// Blocks this thread, on which nothing else runs.
fn next_line() -> Result<Option<String>> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line.strip_suffix('\n').map(str::to_owned))
}

fn say(line: &str) -> Result<()> {
    Ok(write(line)?)
}

fn write(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
