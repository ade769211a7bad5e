//! Who answers: a Control Room, an Orchestrator, an identity server, or something
//! else.

use rpa_auth_host::{ControlRoom, ControlRoomApi, Orchestrator, Plugin, Probe, Transport};
use serde_json::json;

use super::reach::Reached;
use super::reply::{MADE_UP_TOKEN, Reply};
use super::report::{Report, State};
use super::versions::{both, versions};
use super::{Target, Verdict};
use crate::address::path_of;
use crate::cli::Platform;
use crate::cli_error::CliError;
use crate::exit::Exit;

/// What every token endpoint's path ends with.
const TOKEN_PATH: &str = "/connect/token";

/// Where an identity server stands beside an Orchestrator: in Automation Suite
/// and the cloud, and standalone.
const TOKEN_PATHS: [&str; 2] = ["/identity_/connect/token", "/identity/connect/token"];

pub(super) async fn recognize(
    plugin: &Plugin,
    probe: &Probe,
    target: &Target,
    reached: &Reached,
    report: &mut Report,
) -> Result<Verdict, CliError> {
    let lacks = reached.lacks_client_certificate;
    let prefix = path_of(&target.orchestrator.url);
    if prefix.ends_with(TOKEN_PATH) {
        return token_endpoint(probe, prefix, lacks, report).await;
    }
    let room = ControlRoom {
        url: target.orchestrator.url.clone(),
        api: ControlRoomApi::V2,
        transport: in_the_clear_too(&target.orchestrator.transport),
    };
    let mut last = None;
    if target.platform != Some(Platform::Orchestrator) {
        let reply = match control_room(plugin, &room, report).await? {
            Ok(()) => {
                report.fact("platform", json!("control-room"));
                return versions(plugin, probe, &room, prefix, report).await;
            }
            Err(reply) => reply,
        };
        if reply.ends_here() {
            return Ok(reply.verdict(lacks));
        }
        last = Some(reply);
    }
    let reply = orchestrator(plugin, target, report).await?;
    if reply.is_of_an_orchestrator() {
        report.fact("platform", json!("orchestrator"));
        let found = identity_servers(probe, report).await?;
        return Ok(match target.platform {
            Some(Platform::ControlRoom) => Verdict::new(
                Exit::NotFound,
                "This is an Orchestrator, not a Control Room: use --platform orchestrator, and \
                 ropc-authenticate or client-credentials-authenticate.",
            ),
            _ => beside_an_orchestrator(&found),
        });
    }
    if target.platform == Some(Platform::Orchestrator) && !reply.ends_here() {
        let seen = control_room(plugin, &room, report).await?;
        if seen.is_ok() {
            report.fact("platform", json!("control-room"));
            return Ok(Verdict::new(
                Exit::NotFound,
                "This is a Control Room, not an Orchestrator: use --platform control-room, and \
                 authenticate.",
            ));
        }
    }
    // A page that answers everywhere says more than an address that is not there.
    let keeps = matches!(
        (&last, &reply),
        (
            Some(Reply::Foreign { .. } | Reply::Elsewhere { .. } | Reply::Back(_)),
            Reply::Absent(_)
        )
    );
    let last = match last {
        Some(last) if keeps || target.platform == Some(Platform::ControlRoom) => last,
        _ => reply,
    };
    if last.ends_here() {
        return Ok(last.verdict(lacks));
    }
    let found = identity_servers(probe, report).await?;
    if let (Some(url), Reply::Absent(_), None) = (found.first(), &last, target.platform) {
        return Ok(Verdict::new(
            Exit::Done,
            format!(
                "Likely an identity server answers, and no Orchestrator at this path: use {url} \
                 for client-credentials-authenticate, and --organization and --tenant for the \
                 Orchestrator."
            ),
        ));
    }
    Ok(last.verdict(lacks))
}

/// Asks who the made-up token speaks for.
async fn orchestrator(
    plugin: &Plugin,
    target: &Target,
    report: &mut Report,
) -> Result<Reply, CliError> {
    let orchestrator = Orchestrator {
        transport: in_the_clear_too(&target.orchestrator.transport),
        ..target.orchestrator.clone()
    };
    let user = plugin.current_user(&orchestrator, MADE_UP_TOKEN).await;
    let reply = Reply::of(user, &orchestrator.url);
    report.step(
        "answer",
        reply.state(reply.is_of_an_orchestrator()),
        &format!("as an Orchestrator: {}", reply.text()),
    )?;
    Ok(reply)
}

/// Validates the made-up token in both forms. Only a Control Room says of it that
/// it is not valid.
async fn control_room(
    plugin: &Plugin,
    room: &ControlRoom,
    report: &mut Report,
) -> Result<Result<(), Reply>, CliError> {
    let mut seen = false;
    let mut last = Reply::Stopped;
    for (name, api) in both() {
        let room = ControlRoom {
            api,
            ..room.clone()
        };
        last = Reply::of(plugin.validate(&room, MADE_UP_TOKEN).await, &room.url);
        let text = format!("as a Control Room ({name} validate): {}", last.text());
        let is_good = matches!(last, Reply::Good);
        report.step("answer", last.state(is_good), &text)?;
        seen |= is_good;
        // Without an answer to the first there is none to the second.
        if last.ends_here() {
            break;
        }
    }
    Ok(if seen { Ok(()) } else { Err(last) })
}

fn beside_an_orchestrator(token_urls: &[String]) -> Verdict {
    let beside = match token_urls.first() {
        Some(url) => format!(" External applications likely get their tokens at {url}."),
        None => String::new(),
    };
    Verdict::new(
        Exit::Done,
        format!(
            "This is likely an Orchestrator: use ropc-authenticate with a user, or \
             client-credentials-authenticate with an external application.{beside}"
        ),
    )
}

/// The token endpoints that are there: a GET is refused for its method, or as no
/// request for a token (RFC 6749, section 3.2: the method is POST). A server that
/// refuses so whatever is asked for tells nothing by it.
async fn identity_servers(probe: &Probe, report: &mut Report) -> Result<Vec<String>, CliError> {
    let nowhere = probe.look_at("/identity_/rpa-auth-check").await;
    let mut found = Vec::new();
    if !nowhere.is_ok_and(|sighting| is_refused_get(sighting.status)) {
        for path in TOKEN_PATHS {
            let sighting = probe.look_at(path).await;
            if sighting.is_ok_and(|sighting| is_refused_get(sighting.status)) {
                let scheme = if probe.is_over_tls() { "https" } else { "http" };
                let url = format!("{scheme}://{}:{}{path}", probe.host(), probe.port());
                report.good("identity", &format!("{url} is likely there"))?;
                found.push(url);
            }
        }
    }
    report.fact("token_urls", json!(found));
    Ok(found)
}

async fn token_endpoint(
    probe: &Probe,
    path: &str,
    lacks_client_certificate: bool,
    report: &mut Report,
) -> Result<Verdict, CliError> {
    let sighting = match probe.look_at(path).await {
        Ok(sighting) => sighting,
        Err(no_answer) => {
            let reply = Reply::of_no_answer(no_answer);
            report.bad("answer", &reply.text())?;
            return Ok(reply.verdict(lacks_client_certificate));
        }
    };
    let likely = is_refused_get(sighting.status);
    let state = if likely { State::Ok } else { State::Failed };
    report.step(
        "answer",
        state,
        &format!("as a token endpoint: {}", sighting.status),
    )?;
    report.fact("platform", json!(likely.then_some("identity-server")));
    Ok(match (likely, sighting.status) {
        (true, _) => Verdict::new(
            Exit::Done,
            "This is likely an identity server's token endpoint: use \
             client-credentials-authenticate with it.",
        ),
        (false, status @ 300..=399) => Reply::Elsewhere {
            status,
            origin: sighting.leads_to.map(|origin| origin.to_string()),
        }
        .verdict(false),
        (false, status @ (404 | 410)) => Reply::Absent(status).verdict(false),
        (false, status @ (429 | 503)) => Reply::Busy {
            status,
            retry_after_seconds: sighting.retry_after_seconds,
        }
        .verdict(false),
        (false, status @ 500..) => Reply::Broken {
            status,
            coded: false,
        }
        .verdict(false),
        (false, status) => Reply::Foreign {
            status,
            what: format!("status {status}"),
        }
        .verdict(false),
    })
}

fn is_refused_get(status: u16) -> bool {
    matches!(status, 400 | 405)
}

/// No credentials travel, so that a plain address may be looked at.
fn in_the_clear_too(transport: &Transport) -> Transport {
    Transport {
        allow_http: true,
        ..transport.clone()
    }
}
