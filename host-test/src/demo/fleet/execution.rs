//! An execution: a bot's job of a few calls to a Control Room, with pauses in between.
//!
//! Every request says in a header which execution sent it, so that the Control Room's
//! record tells them apart.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use host_test::job::poll_with;
use rpa_auth_host::{
    Account, AuthError, ControlRoom, ControlRoomApi, ControlRoomCredentials, Header, Plugin, Reply,
    Secret, SecretSource, Session, SessionError, Sessions, Token,
};
use tokio::sync::{Barrier, Mutex};
use tokio::time::sleep;

/// Says which execution sent a request, from 1.
pub const HEADER: &str = "x-execution";

/// The user of them all.
pub const USER: &str = "robot";

/// How many calls a job makes.
pub const CALLS: usize = 5;

/// How often a program that logs in for itself does so: once, and three times again.
const LOGINS: u32 = 4;

/// How often a call is made again while the Control Room is away, and how long it rests
/// before: far longer than it is away.
const TRIES: u32 = 60;
const REST: Duration = Duration::from_millis(500);

/// What came of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Served,
    /// The token or the credentials were refused.
    Refused,
    /// There was no verdict: try again later.
    Away,
    /// There is no store to share the token in, and the session has waited for it.
    NoStore,
}

impl Outcome {
    fn of(answer: io::Result<u16>) -> Self {
        match answer {
            Ok(200) => Self::Served,
            Ok(401) => Self::Refused,
            _ => Self::Away,
        }
    }
}

/// How an execution makes a call, with a token from wherever it has it.
trait Caller {
    fn call(&mut self) -> impl Future<Output = Outcome> + Send;
}

/// Does the job of execution `number`, and gives up where a call is refused.
async fn work(number: usize, caller: &mut impl Caller) {
    for step in 0..CALLS {
        // Not all at one time.
        let pause = 120 + (number * 37 + step * 53) % 120;
        sleep(Duration::from_millis(pause as u64)).await;
        let mut outcome = caller.call().await;
        for _ in 0..TRIES {
            if outcome != Outcome::Away {
                break;
            }
            sleep(REST).await;
            outcome = caller.call().await;
        }
        if outcome != Outcome::Served {
            return;
        }
    }
}

fn room(url: &str, number: usize) -> ControlRoom {
    let mut room = ControlRoom::new(url, ControlRoomApi::V2);
    room.transport.allow_http = true;
    let number = Header::new(HEADER, number.to_string());
    room.transport.headers.push(number);
    room
}

async fn call(url: &str, number: usize, token: &Token) -> Outcome {
    let number = number.to_string();
    Outcome::of(poll_with(url, token, &[(HEADER, &number)]).await)
}

/// A program that logs in for itself, and again where its token is refused.
pub struct Alone {
    number: usize,
    plugin: Plugin,
    room: ControlRoom,
    credentials: ControlRoomCredentials,
    /// Held during a login, where there is one.
    lock: Option<Arc<Mutex<()>>>,
    token: Option<Token>,
    logins_left: u32,
}

impl Alone {
    /// Execution `number`, with the password as it is now.
    pub fn new(
        number: usize,
        plugin: Plugin,
        url: &str,
        password: &str,
        lock: Option<Arc<Mutex<()>>>,
    ) -> Self {
        Self {
            number,
            plugin,
            room: room(url, number),
            credentials: ControlRoomCredentials::password(USER, password),
            lock,
            token: None,
            logins_left: LOGINS,
        }
    }

    /// Logs in, and does its job when all have.
    pub async fn run(mut self, all_in: &Barrier) {
        self.log_in().await;
        // Jobs of a fleet overlap for minutes; these last a second, on any machine.
        all_in.wait().await;
        work(self.number, &mut self).await;
    }

    async fn log_in(&mut self) -> Outcome {
        if self.logins_left == 0 {
            return Outcome::Refused;
        }
        self.logins_left -= 1;
        let _one_at_a_time = match &self.lock {
            Some(lock) => Some(lock.lock().await),
            None => None,
        };
        let login = self.plugin.authenticate(&self.room, &self.credentials);
        match login.await {
            Ok(token) => {
                self.token = Some(token);
                Outcome::Served
            }
            Err(error) if error.as_auth().is_some_and(is_refusal) => Outcome::Refused,
            Err(_) => Outcome::Away,
        }
    }
}

impl Caller for Alone {
    async fn call(&mut self) -> Outcome {
        loop {
            let Some(token) = &self.token else {
                match self.log_in().await {
                    Outcome::Refused if self.logins_left > 0 => continue,
                    Outcome::Served => continue,
                    failed => return failed,
                }
            };
            match call(&self.room.url, self.number, token).await {
                Outcome::Refused if self.logins_left > 0 => self.token = None,
                outcome => return outcome,
            }
        }
    }
}

/// A program that has its token from the shared session.
pub struct Sharing {
    number: usize,
    url: String,
    session: Session,
}

impl Sharing {
    /// Execution `number`, with the password as it stands in the file whenever it is needed.
    pub fn new(number: usize, url: &str, sessions: &Sessions, password_file: &Path) -> Self {
        // The file says the password.
        let credentials = ControlRoomCredentials::password(USER, "");
        let account = Account::ControlRoom(room(url, number), credentials);
        let session = sessions.session(account);
        Self {
            number,
            url: url.to_owned(),
            session: session.secret_from(PasswordFile(password_file.to_owned())),
        }
    }

    /// Does its job.
    pub async fn run(mut self) {
        work(self.number, &mut self).await;
    }

    async fn with_token(&self) -> Result<Outcome, SessionError> {
        let call = |token| async move {
            match call(&self.url, self.number, &token).await {
                Outcome::Refused => Reply::TokenRefused(Outcome::Refused),
                outcome => Reply::Other(outcome),
            }
        };
        self.session.with_token(call).await
    }
}

impl Caller for Sharing {
    async fn call(&mut self) -> Outcome {
        match self.with_token().await {
            Ok(outcome) => outcome,
            Err(error) if refusal(&error) => Outcome::Refused,
            Err(SessionError::Store(_)) => Outcome::NoStore,
            Err(_) => Outcome::Away,
        }
    }
}

struct PasswordFile(PathBuf);

#[async_trait]
impl SecretSource for PasswordFile {
    async fn read(&self) -> Result<Secret, Box<dyn Error + Send + Sync>> {
        Ok(Secret::from(std::fs::read_to_string(&self.0)?))
    }
}

fn refusal(error: &SessionError) -> bool {
    match error {
        SessionError::Auth(cause) => is_refusal(cause),
        SessionError::CoolingDown(cooldown) => is_refusal(&cooldown.cause),
        _ => false,
    }
}

fn is_refusal(error: &AuthError) -> bool {
    error.name() == "credentials-rejected"
}
