//! Which API versions a Control Room has.
//!
//! Validate stays under v1 in every release, so it tells nothing. Refresh has a
//! path in each version, names no user and is no login: with a made-up token a
//! version that is there refuses the token, and one that is not has no such
//! address (documented; what exactly a refused token gets is open). A gateway
//! that refuses whatever it does not know would look like the former: so an
//! address that no release has is asked for too.

use rpa_auth_host::{ControlRoom, ControlRoomApi, Plugin, Probe};
use serde_json::json;

use super::Verdict;
use super::reply::{MADE_UP_TOKEN, Reply};
use super::report::{Report, State};
use crate::cli_error::CliError;
use crate::exit::Exit;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    There,
    Absent,
    Unknown,
}

impl Presence {
    fn of(refreshed: &Reply, nowhere: Option<u16>) -> Self {
        // What is refused everywhere says nothing about here.
        if refreshed.status().is_some() && refreshed.status() == nowhere {
            return match refreshed {
                Reply::Absent(_) => Self::Absent,
                _ => Self::Unknown,
            };
        }
        match refreshed {
            Reply::Refused { .. } | Reply::Broken { coded: true, .. } => Self::There,
            Reply::Absent(_) => Self::Absent,
            _ => Self::Unknown,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::There => "there",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}

/// Asks, says and judges.
pub(super) async fn versions(
    plugin: &Plugin,
    probe: &Probe,
    room: &ControlRoom,
    prefix: &str,
    report: &mut Report,
) -> Result<Verdict, CliError> {
    let nowhere = probe.look_at(&format!("{prefix}/v2/rpa-auth-check")).await;
    let nowhere = nowhere.ok().map(|sighting| sighting.status);
    let mut found = [Presence::Unknown; 2];
    for (presence, (name, api)) in found.iter_mut().zip(both()) {
        let room = ControlRoom {
            api,
            ..room.clone()
        };
        let refreshed = Reply::of(plugin.refresh(&room, MADE_UP_TOKEN).await, &room.url);
        *presence = Presence::of(&refreshed, nowhere);
        let text = match presence {
            Presence::There => format!("{name} likely there: refresh {}", refreshed.text()),
            Presence::Absent => format!("{name} likely absent: refresh has {}", refreshed.text()),
            Presence::Unknown => format!("{name} cannot be told: refresh {}", refreshed.text()),
        };
        let state = match presence {
            Presence::There => State::Ok,
            Presence::Absent | Presence::Unknown => State::Neutral,
        };
        report.step("api", state, &text)?;
    }
    let [v1, v2] = found;
    report.fact("api_versions", json!({ "v1": v1.name(), "v2": v2.name() }));
    Ok(judged(v1, v2))
}

pub(super) fn both() -> [(&'static str, ControlRoomApi); 2] {
    [("v1", ControlRoomApi::V1), ("v2", ControlRoomApi::V2)]
}

fn judged(v1: Presence, v2: Presence) -> Verdict {
    use Presence::{Absent, There};

    match (v1, v2) {
        (There, There) => Verdict::new(
            Exit::Done,
            "This is a Control Room with v1 and v2, so likely Automation 360 v.31 or v.32: use \
             --api v2.",
        ),
        (Absent, There) => Verdict::new(
            Exit::Done,
            "This is a Control Room with v2 alone, so likely Automation 360 from v.33 on: use \
             --api v2.",
        ),
        (There, Absent) => Verdict::new(
            Exit::Done,
            "This is a Control Room with v1 alone, so likely Enterprise 11 or Automation 360 \
             before v.31: use --api v1.",
        ),
        _ => Verdict::new(
            Exit::UnexpectedResponse,
            "This is a Control Room, but which API versions it has cannot be told from outside: \
             use --api v2 for Automation 360 from v.31 on and --api v1 for anything older.",
        ),
    }
}
