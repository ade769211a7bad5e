//! The steps as they are made: a line each for people, all in one object for
//! programs.

use serde_json::{Map, Value, json};

use super::Verdict;
use crate::output::{print_line, print_object};
use crate::stop::Stop;

pub(super) struct Report {
    json: bool,
    steps: Vec<Value>,
    facts: Map<String, Value>,
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        Self {
            json,
            steps: Vec::new(),
            facts: Map::new(),
        }
    }

    /// A step that went well.
    pub(super) fn good(&mut self, step: &str, text: &str) -> Result<(), Stop> {
        self.step(step, true, text)
    }

    /// A step that did not.
    pub(super) fn bad(&mut self, step: &str, text: &str) -> Result<(), Stop> {
        self.step(step, false, text)
    }

    /// For programs only.
    pub(super) fn fact(&mut self, name: &str, value: Value) {
        self.facts.insert(name.to_owned(), value);
    }

    pub(super) fn end(mut self, verdict: &Verdict) -> Result<(), Stop> {
        if !self.json {
            return line(&verdict.text);
        }
        self.facts.insert("steps".into(), self.steps.into());
        self.facts
            .insert("verdict".into(), verdict.text.clone().into());
        self.facts
            .insert("exit-code".into(), verdict.exit.code().into());
        print_object(&self.facts.into()).map_err(|error| Stop::internal(&error))
    }

    fn step(&mut self, step: &str, ok: bool, text: &str) -> Result<(), Stop> {
        let text = printable(text);
        if !self.json {
            let mark = if ok { "" } else { "FAILED: " };
            return line(&format!("{step:<12}{mark}{text}"));
        }
        self.steps
            .push(json!({ "step": step, "ok": ok, "text": text }));
        Ok(())
    }
}

fn line(text: &str) -> Result<(), Stop> {
    print_line(text).map_err(|error| Stop::internal(&error))
}

/// A server's words may steer a terminal.
pub(super) fn printable(text: &str) -> String {
    let printable = |c: char| if c.is_control() { '?' } else { c };
    text.chars().map(printable).take(500).collect()
}
