//! Values of arguments, as they are read and completed.

use std::time::Duration;

use clap::builder::{PossibleValue, TypedValueParser};

/// A number of seconds, in the contract's limits: milliseconds, of which there is
/// at least one.
pub fn duration(seconds: f64) -> Result<Duration, &'static str> {
    const NONE: &str = "not a number of seconds, 0.001 at least";
    let duration = Duration::try_from_secs_f64(seconds).map_err(|_| NONE)?;
    match u32::try_from(duration.as_millis()) {
        Ok(1..) => Ok(duration),
        _ => Err(NONE),
    }
}

/// Reads a number of seconds.
pub fn seconds(text: &str) -> Result<Duration, &'static str> {
    duration(text.parse().map_err(|_| "not a number of seconds")?)
}

/// Any text, of which a shell can complete the beginning. What is no source is
/// refused later, without repeating it.
#[derive(Clone)]
pub struct SourceText;

impl TypedValueParser for SourceText {
    type Value = String;

    fn parse_ref(
        &self,
        _command: &clap::Command,
        _argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        // What is not UTF-8 is no source.
        Ok(value.to_str().unwrap_or_default().to_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue>>> {
        let forms = [
            "prompt",
            "stdin",
            "env:",
            "file:",
            "fd:",
            "credential:",
            "keyring:",
            "command:",
        ];
        Some(Box::new(forms.into_iter().map(PossibleValue::new)))
    }
}
