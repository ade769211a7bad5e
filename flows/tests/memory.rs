//! How much memory an answer takes to be read, whatever is in it: a component's is
//! limited, and what passes the limit is a trap instead of an error.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use rpa_auth_flows::control_room::{
    Api, Authenticate, ControlRoom, Credentials, Refresh, Secret, Validate,
};
use rpa_auth_flows::oauth::{
    ClientAuthentication, ClientCredentials, ClientCredentialsAuthenticate, IdentityServer,
};
use rpa_auth_flows::orchestrator::{CurrentUser, Orchestrator, RopcAuthenticate, RopcCredentials};
use rpa_auth_flows::{ANSWER_LIMIT, Answer, Flow, Options};

/// The most that reading takes beside the answer itself, in answers of that size.
const TIMES: usize = 4;

/// What is not in proportion to the answer: the error, the places of the members.
const MORE: usize = 16 * 1024;

/// The system's allocator, which keeps count for each thread.
struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.get() + layout.size();
        HELD.set(held);
        PEAK.set(PEAK.get().max(held));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.set(HELD.get().saturating_sub(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How much more than before is held at one time while `what` runs, in bytes. A
/// block that grows is held twice for a moment, as it is where it has to move.
fn peak(what: impl FnOnce()) -> usize {
    let before = HELD.get();
    PEAK.set(before);
    what();
    PEAK.get() - before
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        content_type: Some("text/plain".into()),
        retry_after: None,
        date: None,
        location: None,
        www_authenticate: None,
        body: Some(body.into()),
        received_at_seconds: 0,
    }
}

/// Every call reads the answer; what it makes of it is dropped.
fn read_by_every_call(answer: &Answer) -> usize {
    let url = "https://platform.example/base";
    let room = ControlRoom::new(url, Api::V2, Options::default())
        .ok()
        .unwrap();
    let platform = Orchestrator::new(url, None, None, None, Options::default());
    let platform = platform.ok().unwrap();
    let how = ClientAuthentication::Basic;
    let server = IdentityServer::new(url, how, Options::default())
        .ok()
        .unwrap();
    let credentials = Credentials {
        username: "ada",
        secret: Secret::Password("s3cret\u{e4}"),
        mfa_code: Some(123_456),
        multiple_login: None,
    };
    let ropc = RopcCredentials {
        tenancy_name: None,
        username_or_email_address: "ada",
        password: "s3cret",
    };
    let client = ClientCredentials {
        client_id: "id",
        client_secret: "s3cret",
        scopes: &[],
    };
    [
        peak(|| drop(Authenticate::new(&room, credentials).unwrap().read(answer))),
        peak(|| drop(Refresh::new(&room, "t0k3n").unwrap().read(answer))),
        peak(|| drop(Validate::new(&room, "t0k3n").unwrap().read(answer))),
        peak(|| drop(RopcAuthenticate::new(&platform, ropc).unwrap().read(answer))),
        peak(|| drop(CurrentUser::new(&platform, "t0k3n").unwrap().read(answer))),
        peak(|| {
            let flow = ClientCredentialsAuthenticate::new(&server, client);
            drop(flow.unwrap().read(answer));
        }),
    ]
    .into_iter()
    .max()
    .unwrap()
}

/// A body of a length at which the proportion shows, and that a test can read often.
const LENGTH: usize = ANSWER_LIMIT / 8;

fn filled(open: &str, piece: &str, close: &str) -> String {
    let count = (LENGTH - open.len() - close.len()) / piece.len();
    [open, &piece.repeat(count), close].concat()
}

#[test]
fn no_answer_takes_more_memory_than_a_small_multiple_of_its_length() {
    let nested = "[[[[[1]]]]],";
    let mut bodies = vec![
        filled(r#"{"token":""#, "t", r#""}"#),
        filled(r#"{"token":""#, r"\u0074", r#""}"#),
        filled(r#"{"access_token":""#, "t", r#"","scope":"a b"}"#),
        filled(r#"{"access_token":"t","scope":""#, "a ", r#""}"#),
        filled(r#"{"UserName":""#, "\u{85}", r#""}"#),
        filled(r#"{"message":""#, "\\n", r#""}"#),
        filled(r#"{"message":""#, "\u{20ac}", r#""}"#),
        filled(r#"{"message":""#, "s3cret", r#""}"#),
        filled(r#"{"message":""#, r"s3cret\u00c4", r#""}"#),
        filled(r#"{"code":""#, "1", r#""}"#),
        filled("{", r#""code":0,"#, r#""code":1}"#),
        filled(r#"{"error":{"#, r#""code":0,"#, r#""code":1}}"#),
        filled("{", r#""error":{"code":1},"#, r#""code":1}"#),
        filled(r#"{"errors":["#, r#""a","b","#, r#"""]}"#),
        filled(r#"{"errors":["#, r#"{"message":"a"},"#, "0]}"),
        filled(r#"{"errors":{"#, r#""a":["b"],"#, r#""":0}}"#),
        filled("", "words ", ""),
        filled("<html>", "x", "</html>"),
        "[".repeat(LENGTH),
    ];
    for name in [
        "details",
        "error",
        "errors",
        "message",
        "code",
        "validationErrors",
        "result",
        "user",
    ] {
        let open = format!(r#"{{"token":"x","{name}":["#);
        bodies.push(filled(&open, nested, "0]}"));
        bodies.push(filled(&open, "{},", "0]}"));
        bodies.push(filled(&open, "0,", "0]}"));
    }
    for body in bodies {
        for status in [200, 400, 401, 403, 429, 500] {
            let taken = read_by_every_call(&answer(status, &body));
            let most = TIMES * body.len() + MORE;
            let start: String = body.chars().take(40).collect();
            assert!(
                taken <= most,
                "{status}, {start}: {taken} bytes, at most {most}"
            );
        }
    }
}
