//! The steps as they are made: a line each for people, all in one object for
//! programs.

use std::io::{self, IsTerminal};

use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value, json};

use super::Verdict;
use crate::cli_error::CliError;
use crate::exit::Exit;
use crate::output::{print_line, print_object, printable, printable_lines, wrapped};

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// As it should.
    Ok,
    /// Something is wrong.
    Failed,
    /// Neither: it was tried and tells something.
    Neutral,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Neutral => "neutral",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Ok => AnsiColor::Green.on_default(),
            Self::Failed => AnsiColor::Red.on_default().bold(),
            Self::Neutral => Style::new(),
        }
    }
}

/// How the steps are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A line each.
    Lines,
    /// The last sentence alone.
    Verdict,
    /// One object at the end.
    Json,
    /// Not at all.
    Silent,
}

pub(super) struct Report {
    form: Form,
    steps: Vec<Value>,
    facts: Map<String, Value>,
}

impl Report {
    pub(super) fn new(json: bool, quiet: bool) -> Self {
        Self::of(match (json, quiet) {
            (true, _) => Form::Json,
            (false, true) => Form::Verdict,
            (false, false) => Form::Lines,
        })
    }

    /// For a look that shows nothing but what it comes to.
    pub(super) fn silent() -> Self {
        Self::of(Form::Silent)
    }

    /// Every key is there from the start: what was not found out is null, or empty.
    fn of(form: Form) -> Self {
        let facts = [
            ("platform", Value::Null),
            ("proxy", Value::Null),
            ("addresses", json!([])),
            ("tls", Value::Null),
            ("api_versions", Value::Null),
            ("token_urls", json!([])),
        ];
        let facts = facts.map(|(name, value)| (name.to_owned(), value));
        Self {
            form,
            steps: Vec::new(),
            facts: facts.into_iter().collect(),
        }
    }

    /// A step that went well.
    pub(super) fn good(&mut self, step: &str, text: &str) -> Result<(), CliError> {
        self.step(step, State::Ok, text)
    }

    /// A step that did not.
    pub(super) fn bad(&mut self, step: &str, text: &str) -> Result<(), CliError> {
        self.step(step, State::Failed, text)
    }

    pub(super) fn step(&mut self, step: &str, state: State, text: &str) -> Result<(), CliError> {
        let text = printable(text);
        match self.form {
            Form::Lines => {
                let mark = if state == State::Failed {
                    "FAILED: "
                } else {
                    ""
                };
                line(step, state, &format!("{mark}{text}"))?;
            }
            Form::Json => self
                .steps
                .push(json!({ "step": step, "state": state.name(), "text": text })),
            Form::Verdict | Form::Silent => {}
        }
        Ok(())
    }

    /// For programs only.
    pub(super) fn fact(&mut self, name: &str, value: Value) {
        self.facts.insert(name.to_owned(), value);
    }

    pub(super) fn end(mut self, verdict: &Verdict) -> Result<(), CliError> {
        let text = printable_lines(&verdict.text);
        match self.form {
            Form::Lines | Form::Verdict => {
                let state = match verdict.exit {
                    Exit::Done => State::Ok,
                    _ => State::Failed,
                };
                line("verdict", state, &text)
            }
            Form::Json => {
                self.facts.insert("steps".into(), self.steps.into());
                self.facts.insert("verdict".into(), text.into());
                self.facts
                    .insert("exit_code".into(), verdict.exit.code().into());
                print_object(&self.facts.into()).map_err(|error| CliError::unwritten(&error))
            }
            Form::Silent => Ok(()),
        }
    }
}

/// Column, state and text; at a terminal in colours and in lines that it holds.
fn line(step: &str, state: State, text: &str) -> Result<(), CliError> {
    const INDENT: &str = "            ";
    let stdout = io::stdout();
    let text = if stdout.is_terminal() {
        wrapped(&format!("{step:<12}{text}"), INDENT)
    } else {
        format!("{step:<12}{text}")
    };
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let style = state.style();
    let text = if stdout.is_terminal() && !is_plain {
        format!("{style}{text}{style:#}")
    } else {
        text
    };
    print_line(&text).map_err(|error| CliError::unwritten(&error))
}
