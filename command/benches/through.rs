//! What passing a call through adds: `cargo bench -p rpa-auth-command --bench through`.
//!
//! The service, the simulated Control Room and the caller share the machine. One call goes
//! after another over a connection that is kept, in turns: straight to the Control Room with
//! the token, and through the service without.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use simulators::ControlRoom;
use simulators::control_room::User;

const TURNS: usize = 40;
const CALLS: usize = 200;
const SECRET: &str = "callers-secret-0123456789";

type Caller = Client<HttpConnector, Empty<Bytes>>;

#[tokio::main]
async fn main() {
    let room = ControlRoom::builder().user(User::new("ada", "password"));
    let room = room
        .token_lifetime(Duration::from_secs(24 * 60 * 60))
        .start()
        .await;
    let folder = tempfile::tempdir().expect("a folder can be had");
    let (service, address) = serve(folder.path(), &room.url());
    let caller: Caller = Client::builder(TokioExecutor::new()).build_http();
    let item = room.work_item_path();
    let through = format!("http://{address}/robots{item}");
    call(
        &caller,
        &through,
        ("authorization", &format!("Bearer {SECRET}")),
    )
    .await;
    let token = room.live_token("ada").expect("the service has logged in");

    let mut times = [const { Vec::new() }; 2];
    // The first turn is for warming up.
    for turn in 0..=TURNS {
        for (number, (url, header)) in [
            (
                format!("{}{item}", room.url()),
                ("x-authorization", token.clone()),
            ),
            (
                through.clone(),
                ("authorization", format!("Bearer {SECRET}")),
            ),
        ]
        .into_iter()
        .enumerate()
        {
            for _ in 0..CALLS {
                let took = call(&caller, &url, (header.0, &header.1)).await;
                if turn > 0 {
                    times[number].push(took);
                }
            }
            // What is recorded is looked through at each answer.
            room.take_requests();
        }
    }
    end(service);
    let [straight, through] = times.map(|mut times| {
        times.sort_unstable();
        [times.len() / 2, times.len() * 99 / 100].map(|at| times[at].as_secs_f64() * 1e3)
    });
    println!("| | straight | through the service | added |");
    println!("|---|---|---|---|");
    for (at, name) in ["median", "99th percentile"].into_iter().enumerate() {
        println!(
            "| {name} | {:.3} ms | {:.3} ms | {:.3} ms |",
            straight[at],
            through[at],
            through[at] - straight[at]
        );
    }
}

async fn call(caller: &Caller, url: &str, header: (&str, &str)) -> Duration {
    let request = Request::get(url)
        .header("accept", "application/json")
        .header(header.0, header.1)
        .body(Empty::new())
        .expect("it is a request");
    let began = Instant::now();
    let answer = caller.request(request).await.expect("there is an answer");
    assert_eq!(answer.status(), 200);
    answer
        .into_body()
        .collect()
        .await
        .expect("the answer has an end");
    began.elapsed()
}

/// Starts the service. Returns where it listens.
fn serve(folder: &Path, url: &str) -> (Child, String) {
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        fs::write(&file, text).expect("a file can be written");
        fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("it is ours");
        file
    };
    let secret = write("secret", SECRET);
    write("password", "password");
    let account = write(
        "robots.toml",
        &format!(
            "platform = \"control-room\"\nurl = \"{url}\"\nallow-http = true\nuser = \"ada\"\n\
             password-from = \"file:password\"\n"
        ),
    );
    let mut service = Command::new(env!("CARGO_BIN_EXE_rpa-auth"))
        .arg("serve")
        .arg(account)
        .args(["--listen", "127.0.0.1:0", "--secret-file"])
        .arg(secret)
        .env("XDG_CONFIG_HOME", folder)
        .env("XDG_STATE_HOME", folder)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let said = service.stderr.take().expect("it is piped");
    let mut lines = BufReader::new(said).lines();
    let line = lines
        .next()
        .expect("it says where it listens")
        .expect("it is text");
    std::thread::spawn(move || lines.for_each(drop));
    let (_, address) = line.split_once("http://").expect("it listens");
    let address = address.split(';').next().unwrap_or_default().to_owned();
    (service, address)
}

fn end(mut service: Child) {
    service.kill().expect("it runs");
    service.wait().expect("it ends");
}
