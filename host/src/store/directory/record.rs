//! What a file holds: one line of words, then the value.
//!
//! ```text
//! rpa-auth-entry 1 VERSION BOOT SINCE-BOOT-MS WALL-MS KEEP-MS|- LENGTH
//! ```
//!
//! A file that is anything else was not written by us, or not by this release. It is
//! an error, and never overwritten.

use std::time::Duration;

use super::super::{Entry, Store, Version};
use super::clock::Moment;

/// Longer than any line that is written.
const MAX_LINE: usize = 256;

/// The longest file that is one of ours.
pub(super) const MAX_LENGTH: usize = MAX_LINE + Store::MAX_VALUE;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) version: Version,
    pub(super) written: Moment,
    pub(super) keep: Option<Duration>,
    pub(super) value: Vec<u8>,
}

impl Record {
    /// `None` where it has been kept long enough.
    pub(super) fn entry(self, now: &Moment) -> Option<Entry> {
        if self.is_over(now) {
            return None;
        }
        Some(Entry {
            age: self.written.age(now),
            value: self.value,
            version: self.version,
        })
    }

    /// Whether it has been kept long enough.
    pub(super) fn is_over(&self, now: &Moment) -> bool {
        self.keep.is_some_and(|keep| self.written.age(now) >= keep)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let keep = match self.keep {
            Some(keep) => keep.as_millis().to_string(),
            None => "-".to_owned(),
        };
        let mut bytes = format!(
            "rpa-auth-entry 1 {} {} {keep} {}\n",
            self.version.as_str(),
            self.written.to_text(),
            self.value.len(),
        )
        .into_bytes();
        bytes.extend_from_slice(&self.value);
        bytes
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes
            .iter()
            .take(MAX_LINE)
            .position(|&byte| byte == b'\n')?;
        let (line, value) = (&bytes[..end], &bytes[end + 1..]);
        let words: Vec<&str> = str::from_utf8(line).ok()?.split(' ').collect();
        let &[
            "rpa-auth-entry",
            "1",
            version,
            boot,
            since_boot,
            wall,
            keep,
            length,
        ] = &words[..]
        else {
            return None;
        };
        if length.parse() != Ok(value.len()) {
            return None;
        }
        let keep = match keep {
            "-" => None,
            millis => Some(Duration::from_millis(millis.parse().ok()?)),
        };
        Some(Self {
            version: version.into(),
            written: Moment::parse(boot, since_boot, wall)?,
            keep,
            value: value.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            version: Version::random().unwrap(),
            written: Moment::now(),
            keep: Some(Duration::from_secs(u32::MAX.into())),
            value: vec![b'\n'; Store::MAX_VALUE],
        }
    }

    #[test]
    fn a_record_survives_the_way_through_a_file() {
        for keep in [None, record().keep] {
            let record = Record { keep, ..record() };
            let bytes = record.to_bytes();
            assert!(bytes.len() <= MAX_LENGTH);
            assert_eq!(Record::parse(&bytes), Some(record));
        }
    }

    #[test]
    fn a_file_that_is_cut_or_longer_or_of_another_format_is_no_record() {
        let bytes = record().to_bytes();
        for length in [0, 1, 20, 100, 1000, bytes.len() - 1] {
            assert_eq!(Record::parse(&bytes[..length]), None, "{length}");
        }
        assert_eq!(Record::parse(&[&bytes[..], b"x"].concat()), None);
        let mut newer = bytes.clone();
        newer[15] = b'2';
        assert_eq!(Record::parse(&newer), None);
    }
}
