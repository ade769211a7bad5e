//! What goes on beside the work: warnings to the person, and Ctrl-C.

use rpa_auth_host::Secret;

use crate::interrupt::Interrupts;
use crate::output::say;
use crate::secret::Wanted;
use crate::stop::Stop;

pub struct Session {
    pub json: bool,
    pub quiet: bool,
    pub interrupts: Interrupts,
}

impl Session {
    /// Says something on standard error, unless it is to be quiet.
    pub fn warn(&self, text: &str) {
        warn(self.quiet, text);
    }

    /// Reads a secret, if one is wanted.
    pub async fn read(&mut self, wanted: Option<Wanted>) -> Result<Option<Secret>, Stop> {
        let quiet = self.quiet;
        match wanted {
            None => Ok(None),
            Some(wanted) => {
                let secret = wanted.read(&mut self.interrupts, |text| warn(quiet, text));
                secret.await.map(Some)
            }
        }
    }
}

fn warn(quiet: bool, text: &str) {
    if !quiet {
        say(text);
    }
}
