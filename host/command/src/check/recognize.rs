//! Who answers: a Control Room, an Orchestrator, an identity server, or something
//! else.

use rpa_auth_host::{ControlRoom, ControlRoomApi, Orchestrator, Plugin, Probe, Transport};
use serde_json::json;

use super::reach::Reached;
use super::reply::{MADE_UP_TOKEN, Reply};
use super::report::Report;
use super::versions::{both, versions};
use super::{Target, Verdict};
use crate::cli::Platform;
use crate::exit::Exit;
use crate::stop::Stop;

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
) -> Result<Verdict, Stop> {
    let lacks = reached.lacks_client_certificate;
    let prefix = path_of(&target.orchestrator.url);
    if prefix.ends_with(TOKEN_PATH) {
        return token_endpoint(probe, prefix, lacks, report).await;
    }
    let mut last = None;
    if target.platform != Some(Platform::Orchestrator) {
        let room = ControlRoom {
            url: target.orchestrator.url.clone(),
            api: ControlRoomApi::V2,
            transport: in_the_clear_too(&target.orchestrator.transport),
        };
        let reply = match control_room(plugin, &room, report).await? {
            Ok(()) => {
                report.fact("platform", json!("control-room"));
                return versions(plugin, probe, &room, prefix, report).await;
            }
            Err(reply) => reply,
        };
        if matches!(reply, Reply::Lost(_) | Reply::Unusable(_) | Reply::Stopped) {
            return Ok(reply.verdict(lacks));
        }
        last = Some(reply);
    }
    if target.platform != Some(Platform::ControlRoom) {
        let orchestrator = Orchestrator {
            transport: in_the_clear_too(&target.orchestrator.transport),
            ..target.orchestrator.clone()
        };
        let user = plugin.current_user(&orchestrator, MADE_UP_TOKEN).await;
        let reply = Reply::of(user);
        report.good("answer", &format!("as an Orchestrator: {}", reply.text()))?;
        if let Reply::Refused {
            status: 401,
            coded: true,
        } = reply
        {
            report.fact("platform", json!("orchestrator"));
            return beside_an_orchestrator(probe, report).await;
        }
        // A page that answers everywhere says more than an address that is not
        // there.
        let keeps = matches!(
            (&last, &reply),
            (
                Some(Reply::Foreign { .. } | Reply::Elsewhere { .. }),
                Reply::Absent(_)
            )
        );
        if !keeps {
            last = Some(reply);
        }
    }
    report.fact("platform", json!(null));
    let found = identity_servers(probe, report).await?;
    if let (Some(url), Some(Reply::Absent(_)), None) = (found.first(), &last, target.platform) {
        return Ok(Verdict::new(
            Exit::Done,
            format!(
                "Likely an identity server answers, and no Orchestrator at this path: use {url} \
                 for client-credentials-authenticate, and --organization and --tenant for the \
                 Orchestrator."
            ),
        ));
    }
    Ok(match last {
        Some(reply) => reply.verdict(lacks),
        None => Verdict::new(Exit::NotFound, "No platform was looked for."),
    })
}

/// Validates the made-up token in both forms. Only a Control Room says of it that
/// it is not valid.
async fn control_room(
    plugin: &Plugin,
    room: &ControlRoom,
    report: &mut Report,
) -> Result<Result<(), Reply>, Stop> {
    let mut seen = false;
    let mut last = Reply::Stopped;
    for (name, api) in both() {
        let room = ControlRoom {
            api,
            ..room.clone()
        };
        last = Reply::of(plugin.validate(&room, MADE_UP_TOKEN).await);
        let text = format!("as a Control Room ({name} validate): {}", last.text());
        report.good("answer", &text)?;
        seen |= matches!(last, Reply::Good);
        // Without an answer to the first there is none to the second.
        if matches!(last, Reply::Lost(_) | Reply::Unusable(_) | Reply::Stopped) {
            break;
        }
    }
    Ok(match seen {
        true => Ok(()),
        false => Err(last),
    })
}

async fn beside_an_orchestrator(probe: &Probe, report: &mut Report) -> Result<Verdict, Stop> {
    let found = identity_servers(probe, report).await?;
    let beside = match found.first() {
        Some(url) => format!(" External applications likely get their tokens at {url}."),
        None => String::new(),
    };
    Ok(Verdict::new(
        Exit::Done,
        format!(
            "This is likely an Orchestrator: use ropc-authenticate with a user, or \
             client-credentials-authenticate with an external application.{beside}"
        ),
    ))
}

/// The token endpoints that are there: a GET is refused for its method, or as no
/// request for a token (RFC 6749, section 3.2: the method is POST).
async fn identity_servers(probe: &Probe, report: &mut Report) -> Result<Vec<String>, Stop> {
    let mut found = Vec::new();
    for path in TOKEN_PATHS {
        if is_token_endpoint(probe, path).await? {
            let scheme = if probe.is_over_tls() { "https" } else { "http" };
            let url = format!("{scheme}://{}:{}{path}", probe.host(), probe.port());
            report.good("identity", &format!("{url} is likely there"))?;
            found.push(url);
        }
    }
    report.fact("token-urls", json!(found));
    Ok(found)
}

async fn token_endpoint(
    probe: &Probe,
    path: &str,
    lacks_client_certificate: bool,
    report: &mut Report,
) -> Result<Verdict, Stop> {
    let sighting = match probe.look_at(path).await {
        Ok(sighting) => sighting,
        Err(failure) => {
            report.bad("answer", &failure.to_string())?;
            let no_answer = rpa_auth_host::NoAnswer {
                failure,
                may_have_acted: true,
                why: None,
            };
            return Ok(Reply::Lost(no_answer).verdict(lacks_client_certificate));
        }
    };
    report.good(
        "answer",
        &format!("as a token endpoint: {}", sighting.status),
    )?;
    let likely = is_refused_get(sighting.status);
    report.fact("platform", json!(likely.then_some("identity-server")));
    Ok(match (likely, sighting.status) {
        (true, _) => Verdict::new(
            Exit::Done,
            "This is likely an identity server's token endpoint: use \
             client-credentials-authenticate with it.",
        ),
        (false, status @ 300..=399) => Reply::Elsewhere {
            status,
            origin: None,
        }
        .verdict(false),
        (false, status @ (404 | 410)) => Reply::Absent(status).verdict(false),
        (false, status @ (429 | 503)) => Reply::Busy(status).verdict(false),
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

async fn is_token_endpoint(probe: &Probe, path: &str) -> Result<bool, Stop> {
    let sighting = probe.look_at(path).await;
    Ok(sighting.is_ok_and(|sighting| is_refused_get(sighting.status)))
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

/// The path of a URL, without a slash at its end.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_ends_without_a_slash_or_a_query() {
        assert_eq!(path_of("https://h"), "");
        assert_eq!(path_of("https://h:1/"), "");
        assert_eq!(path_of("https://h/a/b/?q#f"), "/a/b");
    }
}
