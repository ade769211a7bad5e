//! The page with the timeline: one file, without scripts, and nothing is loaded.
//!
//! It is well-formed XML too, so that a simple reader can check it. All of its text is
//! from here or a number: nothing that came over the wire gets into it.

use std::fmt::{self, Write};
use std::time::Duration;

use super::options::Incidents;
use super::story::{Figures, Kind, Lane, Request, Story, Token};
use super::{CALLS, EXECUTIONS};

/// The drawing's width. It is as wide as a telephone's screen, and grows with the page.
const WIDTH: f64 = 400.0;

/// Where the lanes begin and end; their names stand before.
const LEFT: f64 = 42.0;
const RIGHT: f64 = 392.0;

/// How far lanes are apart, and lines of text above them, which begin below the axis.
const LANE: f64 = 14.0;
const LINE: f64 = 11.0;
const AXIS: f64 = 14.0;

const STYLE: &str = "
:root { color-scheme: light dark; --back: #fff; --text: #1c1c1c; --faint: #d4d4d4; --served: #6b6b6b;
  --login: #0a58ca; --token: #a9cbf5; --displaced: #a85500; --bad: #c01818; --away: #f3e3c3; }
@media (prefers-color-scheme: dark) { :root { --back: #16181b; --text: #e8e8e8; --faint: #3c4046;
  --served: #a2a2a2; --login: #6fb1ff; --token: #27486f; --displaced: #f0a850; --bad: #ff6f6f; --away: #43371d; } }
body { background: var(--back); color: var(--text); font: 1rem/1.45 system-ui, sans-serif;
  max-width: 60rem; margin: 0 auto; padding: 0.75rem; }
h1 { font-size: 1.35rem; line-height: 1.2; } h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.85rem; }
th, td { border-bottom: 1px solid var(--faint); padding: 0.3rem; text-align: right; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
td { white-space: nowrap; } svg { display: block; width: 100%; max-width: 44rem; height: auto; } svg text { fill: var(--text); font-size: 10px; }
ul.legend { list-style: none; padding: 0; font-size: 0.85rem; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; }
ul.legend li { display: flex; align-items: center; gap: 0.4rem; } ul.legend svg { width: 24px; flex: none; }
summary { cursor: pointer; margin-top: 0.5rem; font-size: 0.85rem; }
.lane { stroke: var(--faint); stroke-width: 0.6; } .token { stroke: var(--token); stroke-width: 5; }
.served { stroke: var(--served); stroke-width: 1.2; } .failed { stroke: var(--bad); stroke-width: 1.6; fill: none; }
.login { fill: var(--login); } .denied { fill: var(--back); stroke: var(--bad); stroke-width: 1.6; }
.check { fill: none; stroke: var(--login); stroke-width: 1.2; }
.displaced { stroke: var(--displaced); stroke-width: 0.8; } .head { fill: var(--displaced); }
.moment { stroke: var(--text); stroke-width: 0.8; stroke-dasharray: 3 2; }
.disabled { stroke: var(--bad); stroke-width: 1.4; stroke-dasharray: 5 2; } .away { fill: var(--away); }
";

/// The legend: a drawing of 24 by 14, and what it means.
const LEGEND: [(&str, &str); 8] = [
    (
        r#"<circle class="login" cx="12" cy="7" r="3"/>"#,
        "a login that got a token",
    ),
    (
        r#"<circle class="denied" cx="12" cy="7" r="3"/>"#,
        "a login that got no token",
    ),
    (
        r#"<line class="token" x1="2" y1="7" x2="22" y2="7"/>"#,
        "how long that token lived",
    ),
    (
        r#"<line class="displaced" x1="12" y1="0" x2="12" y2="9"/><path class="head" d="M12 13l-3-5h6z"/>"#,
        "a login displaced the token of another",
    ),
    (
        r#"<line class="served" x1="12" y1="3" x2="12" y2="11"/>"#,
        "a call that was served",
    ),
    (
        r#"<path class="failed" d="M9 4l6 6m0-6l-6 6"/>"#,
        "a call that failed",
    ),
    (
        r#"<path class="check" d="M12 3l4 4-4 4-4-4z"/>"#,
        "a question whether a token is good",
    ),
    (
        r#"<line class="disabled" x1="12" y1="0" x2="12" y2="14"/>"#,
        "the user was disabled",
    ),
];

/// The whole page.
pub fn write(stories: &[Story], incidents: Incidents) -> String {
    let mut page = String::new();
    // A String takes all that is written to it.
    let _ = write_to(&mut page, stories, incidents);
    page
}

fn write_to(out: &mut String, stories: &[Story], incidents: Incidents) -> fmt::Result {
    write!(
        out,
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<title>Twenty executions with one user of a Control Room</title>
<style>{STYLE}</style>
</head>
<body>
<h1>Twenty executions with one user of a Control Room</h1>
<p>Each execution makes {CALLS} calls with pauses. Where its token is refused it logs in again, three times at most.
Each login displaces the user’s earlier token, and three refused logins disable the user.{}
The Control Room is simulated, and all that stands here is what it recorded.</p>
"#,
        about(incidents)
    )?;
    table(out, stories)?;
    out.push_str("<h2>Legend</h2>\n<ul class=\"legend\">\n");
    for (drawing, meaning) in LEGEND {
        writeln!(
            out,
            r#"<li><svg viewBox="0 0 24 14" aria-hidden="true">{drawing}</svg>{meaning}</li>"#
        )?;
    }
    out.push_str("</ul>\n");
    for (number, story) in (1..).zip(stories) {
        section(out, number, story)?;
    }
    out.push_str("</body>\n</html>\n");
    Ok(())
}

fn about(incidents: Incidents) -> String {
    let happened = [
        (
            incidents.rival,
            "somebody outside logs in with the same user",
        ),
        (
            incidents.rotate,
            "somebody logs in with the same user and changes its password",
        ),
        (incidents.outage, "the Control Room goes away for a while"),
    ];
    let happened = happened.iter().filter(|(happens, _)| *happens);
    happened
        .map(|(_, what)| format!(" Half-way {what}."))
        .collect()
}

fn table(out: &mut String, stories: &[Story]) -> fmt::Result {
    out.push_str(
        "<table>\n<thead><tr><th scope=\"col\">the executions have</th>\
        <th scope=\"col\">logins on the wire</th><th scope=\"col\">calls that failed</th>\
        <th scope=\"col\">ended well</th><th scope=\"col\">accounts disabled</th></tr></thead>\n<tbody>\n",
    );
    for story in stories {
        let Figures {
            logins,
            failed_calls,
            ended_well,
            disabled,
        } = story.figures();
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{logins}</td><td>{failed_calls}</td>\
            <td>{ended_well} of {EXECUTIONS}</td><td>{disabled}</td></tr>",
            story.title
        )?;
    }
    out.push_str("</tbody>\n</table>\n");
    Ok(())
}

fn section(out: &mut String, number: usize, story: &Story) -> fmt::Result {
    let displaced = story.tokens.iter().filter(|one| one.displaced.is_some());
    let displaced = displaced.count();
    let Figures {
        logins,
        failed_calls,
        ended_well,
        ..
    } = story.figures();
    let drawing = Drawing::of(story);
    writeln!(
        out,
        r#"<h2>{title}</h2>
<svg role="img" aria-labelledby="title-{number} about-{number}" viewBox="0 0 {WIDTH} {height}">
<title id="title-{number}">Timeline: {title}</title>
<desc id="about-{number}">One lane for each of {EXECUTIONS} executions, over {seconds:.1} seconds. {logins} logins on the wire; {displaced} tokens were displaced; {failed_calls} calls failed; {ended_well} executions ended well.</desc>"#,
        title = story.title,
        height = drawing.bottom() + LINE + 2.0,
        seconds = story.length.as_secs_f64(),
    )?;
    drawing.draw(out)?;
    out.push_str("</svg>\n");
    in_words(out, story)
}

/// The same for those who do not see it.
fn in_words(out: &mut String, story: &Story) -> fmt::Result {
    out.push_str(
        "<details><summary>Tokens in words</summary>\n<table>\n<thead><tr><th scope=\"col\">token</th>\
        <th scope=\"col\">given at</th><th scope=\"col\">to</th><th scope=\"col\">displaced at</th>\
        <th scope=\"col\">by</th></tr></thead>\n<tbody>\n",
    );
    for token in &story.tokens {
        let (when, by) = match token.displaced {
            Some((at, number)) => (seconds(at), by_whom(story, number)),
            None => ("never".to_owned(), String::new()),
        };
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{when}</td><td>{by}</td></tr>",
            token.number,
            seconds(token.from),
            name(token.lane),
        )?;
    }
    out.push_str("</tbody>\n</table>\n</details>\n");
    Ok(())
}

fn by_whom(story: &Story, number: u64) -> String {
    let lane = story.token(number).map_or(0, |token| token.lane);
    format!("{}, token {number}", name(lane))
}

fn name(lane: Lane) -> String {
    match lane {
        0 => "somebody outside".to_owned(),
        number => format!("execution {number}"),
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// A timeline: a lane for each execution, and time from left to right.
struct Drawing<'a> {
    story: &'a Story,
    /// One above the executions, for somebody outside.
    has_outside: bool,
}

impl<'a> Drawing<'a> {
    fn of(story: &'a Story) -> Self {
        Self {
            story,
            has_outside: story.tokens.iter().any(|token| token.lane == 0),
        }
    }

    fn x(&self, time: Duration) -> f64 {
        let whole = self.story.length.as_secs_f64().max(0.001);
        LEFT + (RIGHT - LEFT) * (time.as_secs_f64() / whole).min(1.0)
    }

    fn y(&self, lane: Lane) -> f64 {
        let first = if self.has_outside { 0 } else { 1 };
        self.top() + LANE * (lane.saturating_sub(first) as f64 + 0.5)
    }

    fn top(&self) -> f64 {
        AXIS + LINE * self.story.moments.len() as f64
    }

    /// Of the lanes. The last line of text is below.
    fn bottom(&self) -> f64 {
        self.y(EXECUTIONS) + LANE / 2.0
    }

    fn draw(&self, out: &mut String) -> fmt::Result {
        self.draw_moments(out)?;
        self.draw_axis(out)?;
        for token in &self.story.tokens {
            self.draw_life(out, token)?;
        }
        for token in &self.story.tokens {
            self.draw_displacement(out, token)?;
        }
        for request in &self.story.requests {
            self.draw_request(out, request)?;
        }
        for token in &self.story.tokens {
            self.draw_login(out, token)?;
        }
        if let Some(at) = self.story.disabled {
            let below = self.bottom() + LINE - 2.0;
            self.draw_across(out, at, "disabled", "the user is disabled", below)?;
        }
        Ok(())
    }

    fn draw_axis(&self, out: &mut String) -> fmt::Result {
        let whole = self.story.length.as_secs_f64();
        let steps = [0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];
        let step = steps.into_iter().find(|step| whole / step <= 8.0);
        let step = step.unwrap_or(60.0);
        let mut time = 0.0;
        while time <= whole {
            let x = self.x(Duration::from_secs_f64(time));
            // The last one ends with the drawing.
            let anchor = if x > RIGHT - 10.0 { "end" } else { "middle" };
            writeln!(
                out,
                r#"<text x="{x:.1}" y="10" text-anchor="{anchor}">{time:.1}</text>"#
            )?;
            time += step;
        }
        writeln!(out, r#"<text x="2" y="10">s</text>"#)?;
        let first = if self.has_outside { 0 } else { 1 };
        for lane in first..=EXECUTIONS {
            let y = self.y(lane);
            let label = match lane {
                0 => "outside".to_owned(),
                number => number.to_string(),
            };
            writeln!(
                out,
                r#"<text x="2" y="{:.1}">{label}</text><line class="lane" x1="{LEFT}" y1="{y:.1}" x2="{RIGHT}" y2="{y:.1}"/>"#,
                y + 3.5
            )?;
        }
        Ok(())
    }

    /// What happens to the Control Room itself: a line, or a field while it is away.
    fn draw_moments(&self, out: &mut String) -> fmt::Result {
        let moments = &self.story.moments;
        // Fields first: they would hide the text of what happened just before.
        for (number, (at, what)) in moments.iter().enumerate() {
            if *what == super::IS_AWAY {
                let back = moments.get(number + 1);
                let back = back.map_or(self.story.length, |(at, _)| *at);
                let (from, until) = (self.x(*at), self.x(back));
                writeln!(
                    out,
                    r#"<rect class="away" x="{from:.1}" y="{AXIS}" width="{:.1}" height="{:.1}"><title>{what}</title></rect>"#,
                    until - from,
                    self.bottom() - AXIS
                )?;
            }
        }
        let mut line = AXIS + LINE - 2.0;
        for (at, what) in moments {
            self.draw_across(out, *at, "moment", what, line)?;
            line += LINE;
        }
        Ok(())
    }

    /// A line through all lanes, and what it means at the height `y`.
    fn draw_across(
        &self,
        out: &mut String,
        at: Duration,
        class: &str,
        what: &str,
        y: f64,
    ) -> fmt::Result {
        let x = self.x(at);
        let (anchor, beside) = if x > WIDTH / 2.0 {
            ("end", x - 3.0)
        } else {
            ("start", x + 3.0)
        };
        writeln!(
            out,
            r#"<line class="{class}" x1="{x:.1}" y1="{AXIS}" x2="{x:.1}" y2="{:.1}"><title>{what}, {}</title></line><text x="{beside:.1}" y="{y:.1}" text-anchor="{anchor}">{what}</text>"#,
            self.bottom(),
            seconds(at)
        )
    }

    fn draw_life(&self, out: &mut String, token: &Token) -> fmt::Result {
        let until = token.displaced.map_or(self.story.length, |(at, _)| at);
        let y = self.y(token.lane);
        writeln!(
            out,
            r#"<line class="token" x1="{:.1}" y1="{y:.1}" x2="{:.1}" y2="{y:.1}"/>"#,
            self.x(token.from),
            self.x(until)
        )
    }

    /// An arrow from the login to the token that it displaced.
    fn draw_displacement(&self, out: &mut String, token: &Token) -> fmt::Result {
        let Some((at, number)) = token.displaced else {
            return Ok(());
        };
        let by = self.story.token(number).map_or(0, |by| by.lane);
        let (x, from, to) = (self.x(at), self.y(by), self.y(token.lane));
        let back = if to < from { 5.0 } else { -5.0 };
        let what = format!(
            "{} displaces token {} of {}, {}",
            by_whom(self.story, number),
            token.number,
            name(token.lane),
            seconds(at)
        );
        writeln!(
            out,
            r#"<g><title>{what}</title><line class="displaced" x1="{x:.1}" y1="{from:.1}" x2="{x:.1}" y2="{to:.1}"/><path class="head" d="M{x:.1} {to:.1}l-3 {back}h6z"/></g>"#
        )
    }

    fn draw_login(&self, out: &mut String, token: &Token) -> fmt::Result {
        writeln!(
            out,
            r#"<circle class="login" cx="{:.1}" cy="{:.1}" r="3"><title>{} logs in: token {}, {}</title></circle>"#,
            self.x(token.from),
            self.y(token.lane),
            name(token.lane),
            token.number,
            seconds(token.from)
        )
    }

    /// All but the logins that got a token.
    fn draw_request(&self, out: &mut String, request: &Request) -> fmt::Result {
        let (x, y) = (self.x(request.at), self.y(request.lane));
        let (mark, what) = match (request.kind, request.is_served()) {
            (Kind::Login, true) => return Ok(()),
            (Kind::Login, false) => (
                format!(r#"<circle class="denied" cx="{x:.1}" cy="{y:.1}" r="3">"#),
                "login without a token",
            ),
            (Kind::Call, true) => (
                format!(
                    r#"<line class="served" x1="{x:.1}" y1="{:.1}" x2="{x:.1}" y2="{:.1}">"#,
                    y - 4.0,
                    y + 4.0
                ),
                "call served",
            ),
            (Kind::Call, false) => (
                format!(
                    r#"<path class="failed" d="M{:.1} {:.1}l6 6m0-6l-6 6">"#,
                    x - 3.0,
                    y - 3.0
                ),
                "call failed",
            ),
            (Kind::Check, _) => (
                format!(
                    r#"<path class="check" d="M{x:.1} {:.1}l4 4-4 4-4-4z">"#,
                    y - 4.0
                ),
                "asks whether a token is good",
            ),
        };
        let element = mark.split([' ', '<']).nth(1).unwrap_or_default();
        let status = request
            .status
            .map_or("no answer".to_owned(), |status| status.to_string());
        writeln!(
            out,
            "{mark}<title>{}: {what}, {status}, {}</title></{element}>",
            name(request.lane),
            seconds(request.at)
        )
    }
}
