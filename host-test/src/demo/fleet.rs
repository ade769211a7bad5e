//! `cargo run -- fleet`: twenty executions with one user of a Control Room, each for
//! itself, with a lock around the login, and with the shared session.
//!
//! The Control Room is the judge: all that is printed and drawn is what it recorded.

use std::cell::RefCell;
use std::env;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rpa_auth_host::{Plugin, Store};
use simulators::control_room::User;
use simulators::{Answer, ControlRoom, Held};
use tempfile::TempDir;
use tokio::sync::{Barrier, Mutex};
use tokio::task::JoinSet;
use tokio::time::sleep;

mod execution;
mod options;
mod page;
mod story;
pub mod worker;

use execution::{Alone, CALLS, USER};
use options::{GivenStore, Incidents, Options, USAGE};
use story::{Figures, Story};
use worker::{Keys, Workers, share};

/// How many executions there are, and in how many processes the shared session has them.
const EXECUTIONS: usize = 20;
const PROCESSES: usize = 4;

/// The request before which something happens. No way has fewer: each execution makes
/// its calls, or gives up after as many requests.
const HALF_WAY: u64 = (EXECUTIONS * CALLS / 2) as u64;

/// How long the Control Room is away.
const AWAY: Duration = Duration::from_secs(2);

const PASSWORD: &str = "first-Pa55word";
const NEXT_PASSWORD: &str = "second-Pa55word";

/// Until the next moment.
const IS_AWAY: &str = "the Control Room is away";

const EACH: &str = "each for itself";
const LOCK: &str = "a lock around the login";
const SHARED: &str = "the shared session";

/// Plays what the arguments ask for. Ends with 0 only if the shared session hurt nobody.
pub async fn run(arguments: &[&str]) -> ExitCode {
    let prepared = match Options::read(arguments) {
        Ok(Some(options)) => prepare(options).await,
        Ok(None) => {
            say!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(why) => Err(format!("{why}\n\n{USAGE}")),
    };
    let (options, page) = match prepared {
        Ok(prepared) => prepared,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    match play(&options, &page).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Finds out before the first login whether page and store can be written.
async fn prepare(options: Options) -> Result<(Options, PathBuf), String> {
    let page = options.html.clone().unwrap_or_else(default_page);
    fs::write(&page, "").map_err(|error| {
        format!(
            "{} cannot be written ({error}): name another file with --html",
            page.display()
        )
    })?;
    if let Some(GivenStore { option, url }) = &options.store {
        look_at(url).await.map_err(|error| {
            format!("the store of {option} cannot be used ({error}): see that its server runs")
        })?;
    }
    Ok((options, page))
}

async fn look_at(url: &str) -> Result<(), Box<dyn Error>> {
    let nobodys = "0".repeat(64);
    Store::open(url)?
        .read(&nobodys, None, Duration::ZERO)
        .await?;
    Ok(())
}

/// In cargo's target folder, which this program is in; else where it was started.
fn default_page() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    // cargo marks it so.
    let is_target = |folder: &&Path| folder.join("CACHEDIR.TAG").exists();
    let target = program.ancestors().find(is_target);
    target.unwrap_or(Path::new("")).join("fleet.html")
}

async fn play(options: &Options, page: &Path) -> Result<bool, Box<dyn Error>> {
    say!(
        "Twenty executions with one user of a simulated Control Room, {CALLS} calls each.\n\
        This is what the Control Room recorded:\n\n\
        {:24}{:>20}{:>20}{:>14}{:>20}",
        "",
        "logins on the wire",
        "calls that failed",
        "ended well",
        "accounts disabled"
    );
    let plugin = Plugin::builder().build()?;
    let mut stories = Vec::new();
    stories.push(alone(EACH, &plugin, None, options.incidents).await?);
    print(stories.last());
    stories.push(alone(LOCK, &plugin, Some(Arc::default()), options.incidents).await?);
    print(stories.last());
    stories.push(in_processes(options).await?);
    print(stories.last());
    fs::write(page, page::write(&stories, options.incidents))?;
    let store = options.store.as_ref();
    let store = store.map_or("one directory".into(), |store| {
        format!("the store of {}", store.option)
    });
    say!(
        "\nThe shared session ran in {PROCESSES} processes over {store}.\n\
        Who displaced whom when: {}",
        page.display()
    );
    Ok(stories.last().is_some_and(Story::is_well))
}

fn print(story: Option<&Story>) {
    let Some(story) = story else { return };
    let Figures {
        logins,
        failed_calls,
        ended_well,
        disabled,
    } = story.figures();
    let ended_well = format!("{ended_well} of {EXECUTIONS}");
    say!(
        "{:24}{logins:>20}{failed_calls:>20}{ended_well:>14}{disabled:>20}",
        story.title
    );
}

/// Plays all three ways in this process, and says in three lines what came of them. Gives
/// whether the shared session hurt nobody.
pub async fn in_short(plugin: &Plugin) -> Result<bool, Box<dyn Error>> {
    let quiet = Incidents::default();
    let (each, lock, shared) = tokio::join!(
        alone(EACH, plugin, None, quiet),
        alone(LOCK, plugin, Some(Arc::default()), quiet),
        in_this_process()
    );
    let shared = shared?;
    let is_well = shared.is_well();
    let stories = [each?, lock?, shared];
    for story in &stories {
        let figures = story.figures();
        let logins = match figures.logins {
            1 => "login, ",
            _ => "logins,",
        };
        say!(
            "{EXECUTIONS} jobs with one user, {:24}{:>3} {logins}{:>3} failed calls, {:>2} of {EXECUTIONS} ended well",
            format!("{}:", story.title),
            figures.logins,
            figures.failed_calls,
            figures.ended_well,
        );
    }
    Ok(is_well)
}

/// A Control Room, and the file in which its user's password stands.
struct Stage {
    room: ControlRoom,
    folder: TempDir,
    began: Instant,
    /// What happened to it.
    moments: RefCell<Vec<(Instant, &'static str)>>,
}

impl Stage {
    async fn new() -> io::Result<Self> {
        let room = ControlRoom::builder().user(User::new(USER, PASSWORD));
        let stage = Self {
            room: room.start().await,
            folder: tempfile::tempdir()?,
            began: Instant::now(),
            moments: RefCell::default(),
        };
        fs::write(stage.password_file(), PASSWORD)?;
        Ok(stage)
    }

    fn password_file(&self) -> PathBuf {
        self.folder.path().join("password")
    }

    /// Runs executions to their end, with what happens half-way.
    async fn run<T>(
        &mut self,
        incidents: Incidents,
        executions: impl Future<Output = T>,
    ) -> io::Result<T> {
        self.began = Instant::now();
        if incidents == Incidents::default() {
            return Ok(executions.await);
        }
        let held = self.room.hold_requests_from(HALF_WAY);
        let happening = self.happen(incidents, held);
        tokio::pin!(executions);
        tokio::select! {
            result = &mut executions => Ok(result),
            happened = happening => {
                happened?;
                Ok(executions.await)
            }
        }
    }

    /// Lets it happen before the request half-way is handled: how fast anybody is changes
    /// nothing.
    async fn happen(&self, incidents: Incidents, held: Held) -> io::Result<()> {
        self.room.wait_for_requests(HALF_WAY).await;
        if incidents.rival {
            self.room.person_logs_in(USER);
            self.note("somebody outside logs in");
        }
        if incidents.rotate {
            fs::write(self.password_file(), NEXT_PASSWORD)?;
            self.room.person_logs_in(USER);
            self.room.change_password(USER, NEXT_PASSWORD);
            self.note("the password changes");
        }
        let away = incidents.outage.then(|| {
            self.note(IS_AWAY);
            self.room.go_away(Answer::new(503))
        });
        held.release();
        if let Some(away) = away {
            sleep(AWAY).await;
            drop(away);
            self.note("it is back");
        }
        Ok(())
    }

    fn note(&self, what: &'static str) {
        self.moments.borrow_mut().push((Instant::now(), what));
    }

    fn story(&self, title: &'static str) -> Story {
        Story::read(title, &self.room, self.began, &self.moments.borrow())
    }
}

/// Executions that log in for themselves, with or without a lock around it.
async fn alone(
    title: &'static str,
    plugin: &Plugin,
    lock: Option<Arc<Mutex<()>>>,
    incidents: Incidents,
) -> Result<Story, Box<dyn Error>> {
    let mut stage = Stage::new().await?;
    let url = stage.room.url();
    let executions = async {
        let all_in = Arc::new(Barrier::new(EXECUTIONS));
        let mut executions = JoinSet::new();
        for number in 1..=EXECUTIONS {
            let alone = Alone::new(number, plugin.clone(), &url, PASSWORD, lock.clone());
            let all_in = Arc::clone(&all_in);
            executions.spawn(async move { alone.run(&all_in).await });
        }
        executions.join_all().await;
    };
    stage.run(incidents, executions).await?;
    Ok(stage.story(title))
}

/// Executions with the shared session in several processes.
async fn in_processes(options: &Options) -> Result<Story, Box<dyn Error>> {
    let mut stage = Stage::new().await?;
    let url = stage.room.url();
    let store = match &options.store {
        Some(store) => store.url.clone(),
        None => format!("directory:{}", stage.folder.path().join("store").display()),
    };
    let each = EXECUTIONS / PROCESSES;
    let ranges = (0..PROCESSES).map(|process| process * each + 1..=(process + 1) * each);
    let workers = Workers::start(&store, &url, &stage.password_file(), ranges).await?;
    stage.run(options.incidents, workers.run()).await??;
    Ok(stage.story(SHARED))
}

/// Executions with the shared session in this process.
async fn in_this_process() -> Result<Story, Box<dyn Error>> {
    let mut stage = Stage::new().await?;
    let keys = Keys::random()?.for_sessions()?;
    let sessions = Plugin::builder().build_sessions(Store::default(), keys)?;
    let (url, file) = (stage.room.url(), stage.password_file());
    let executions = share(&sessions, &url, &file, 1..=EXECUTIONS);
    stage.run(Incidents::default(), executions).await??;
    Ok(stage.story(SHARED))
}
