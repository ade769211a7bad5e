//! The account's entry in the store: where it stands, how it is sealed, and how it
//! goes along when keys are rotated.
//!
//! What stands sealed at a place is an entry, or the mark that it has moved. A place
//! key is rotated in three steps, so that nobody ever uses two entries:
//!
//! 1. Everybody knows the new key as `next-place-key`: who finds the mark follows it.
//! 2. Everybody has the new key as `place-key`, and the old one among
//!    `former-place-keys`: who finds nothing at the new place marks the old one as
//!    moved, with its entry in the mark, and then writes that to the new place. So
//!    nothing is lost wherever it stops, and a new account leaves a mark as well.
//! 3. The old key is dropped, or kept for as long as some account was not used.
//!
//! A session knows only its own secret's tags, so a secret that nobody used in step 2 is a
//! new one afterwards: it logs in once more.
//!
//! At each place a secret is known by the tag that the place's own key gives it. An
//! entry that was sealed with another key than the first, or knows this session's
//! secret by a former tag, is written anew by whoever reads it, unless an attempt is
//! under way: its holder writes soon.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;

use rpa_auth_session_protocol::{Entry, Event, Found, Platform, StoreError, Tag, Version};

use crate::driver::random_bytes;
use crate::keys::SealingKey;
use crate::seal::{self, LATER, NONCE_LENGTH, Opened};
use crate::world::rpa::auth::token_store;

/// After this many writes in a row that somebody else came before, the store is taken
/// for one that takes none: otherwise each means that somebody got on.
const CONFLICTS: u16 = 1_000;

/// How often an entry is looked for while others move it.
const LOOKS: u8 = 4;

/// What stands before an entry.
const ENTRY: u8 = 0;

/// What stands before a mark.
const MOVED: u8 = 1;

/// Where the entry may stand, and what the secret is known by there.
pub(crate) struct Place {
    pub(crate) key: String,
    pub(crate) tag: Tag,
}

/// The entry of one account.
pub(crate) struct Stored {
    pub(crate) platform: Platform,
    pub(crate) sealing_keys: Vec<SealingKey>,
    /// Where the entry stands.
    pub(crate) place: Place,
    /// Where it stands once somebody has moved it.
    pub(crate) next: Option<Place>,
    /// Where it stood.
    pub(crate) former: Vec<Place>,
    /// Whether it was last seen at the next place.
    has_moved: Cell<bool>,
    /// Writes in a row that somebody else came before.
    conflicts: Cell<u16>,
}

/// What stands at a place.
enum Content {
    /// The entry, and whether the first key has sealed it and this session's secret has
    /// the tag of this place.
    Entry(Found, bool),
    /// What was moved from here, and how long ago, if there was anything.
    Moved(Option<(u64, Entry)>),
}

/// What a look for the entry finds: none where others move it just now.
type Look = Result<Option<Option<Found>>, StoreError>;

impl Stored {
    pub(crate) fn new(
        platform: Platform,
        sealing_keys: Vec<SealingKey>,
        place: Place,
        next: Option<Place>,
        former: Vec<Place>,
    ) -> Self {
        Self {
            platform,
            sealing_keys,
            place,
            next,
            former,
            has_moved: Cell::new(false),
            conflicts: Cell::new(0),
        }
    }

    /// Where the entry was last seen, or will be written.
    pub(crate) fn place(&self) -> &Place {
        match &self.next {
            Some(next) if self.has_moved.get() => next,
            _ => &self.place,
        }
    }

    /// Reads the entry, and lets it go along where keys were rotated.
    pub(crate) fn read(&self, unless: Option<&str>, wait_ms: u64) -> Event {
        let read = || {
            if unless.is_some()
                && let Some(Content::Entry(found, _)) = self.look(self.place(), unless, wait_ms)?
            {
                return Ok(Some(found));
            }
            for _ in 0..LOOKS {
                if let Some(found) = self.find(true)? {
                    return Ok(found);
                }
            }
            Err(StoreError::Unavailable(None))
        };
        event(read())
    }

    /// Reads the entry and changes nothing.
    pub(crate) fn peek(&self) -> Event {
        event(self.find(false).map(Option::flatten))
    }

    /// Looks for the entry.
    fn find(&self, changes: bool) -> Look {
        self.has_moved.set(false);
        match self.look(&self.place, None, 0)? {
            Some(Content::Entry(found, false)) if changes => self.seal_anew(found),
            Some(Content::Entry(found, _)) => Ok(Some(Some(found))),
            Some(Content::Moved(entry)) => self.follow(entry, changes),
            None => self.take_along(&self.place, None, changes),
        }
    }

    /// Takes the entry from a former place to `place`, where nothing stands: from where
    /// it still is, or from the youngest mark. `moved` stands in the mark at this
    /// session's own place.
    fn take_along(&self, place: &Place, moved: Option<(u64, Entry)>, changes: bool) -> Look {
        let mut youngest = moved;
        let mut empty = Vec::new();
        let mut here = None;
        for former in &self.former {
            match self.look(former, None, 0)? {
                None => empty.push(former),
                Some(Content::Entry(found, _)) => here = here.or(Some((former, found))),
                Some(Content::Moved(Some((age_ms, entry))))
                    if youngest.as_ref().is_none_or(|(age, _)| age_ms < *age) =>
                {
                    youngest = Some((age_ms, entry));
                }
                Some(Content::Moved(_)) => {}
            }
        }
        if !changes {
            let marked = youngest.map(|(_, entry)| Found {
                entry,
                age_ms: 0,
                version: Version::new(),
            });
            return Ok(Some(here.map(|(_, found)| found).or(marked)));
        }
        let entry = match here {
            Some((former, found)) => {
                let entry = found.at_receipt(self.platform);
                let mark = self.sealed(former, MOVED, Some(&entry))?;
                if cas(&former.key, Some(&found.version), &mark)?.is_none() {
                    return Ok(None);
                }
                entry
            }
            None => match youngest {
                Some((_, entry)) => entry,
                None => return Ok(Some(None)),
            },
        };
        // Where nothing stands somebody of the step before would put it, too.
        for former in empty {
            if !self.leave_a_mark(former)? {
                return Ok(None);
            }
        }
        self.put(place, None, entry)
    }

    /// Goes to the place that a mark points to.
    fn follow(&self, moved: Option<(u64, Entry)>, changes: bool) -> Look {
        let Some(next) = &self.next else {
            return other("the entry was moved under a place key that is not known here");
        };
        self.has_moved.set(true);
        match self.look(next, None, 0)? {
            Some(Content::Entry(found, _)) => Ok(Some(Some(found))),
            Some(Content::Moved(_)) => {
                other("the entry was moved twice; give everybody the next place key first")
            }
            None => self.take_along(next, moved, changes),
        }
    }

    /// Writes an entry with the first key and this session's own tag.
    fn seal_anew(&self, found: Found) -> Look {
        let entry = found.at_receipt(self.platform);
        if entry.attempt.is_some() {
            return Ok(Some(Some(found)));
        }
        self.put(&self.place, Some(&found.version), entry)
    }

    /// Writes an entry that goes along, and gives it as it then stands.
    fn put(&self, place: &Place, expected: Option<&str>, entry: Entry) -> Look {
        let value = self.sealed(place, ENTRY, Some(&entry))?;
        let version = cas(&place.key, expected, &value)?;
        Ok(version.map(|version| {
            Some(Found {
                entry,
                age_ms: 0,
                version,
            })
        }))
    }

    /// Writes the entry where it was last seen.
    pub(crate) fn write(&self, expected: Option<&str>, entry: &Entry) -> Event {
        let written = self.write_entry(expected, entry);
        let conflicts = match &written {
            Ok(None) => self.conflicts.get().saturating_add(1),
            _ => 0,
        };
        self.conflicts.set(conflicts);
        match written {
            Ok(None) if conflicts >= CONFLICTS => Event::StoreFailed(StoreError::Unavailable(None)),
            Ok(version) => Event::Written(version),
            Err(error) => Event::StoreFailed(error),
        }
    }

    fn write_entry(
        &self,
        expected: Option<&str>,
        entry: &Entry,
    ) -> Result<Option<Version>, StoreError> {
        if expected.is_none() && !self.has_moved.get() {
            for former in &self.former {
                if !self.leave_a_mark(former)? {
                    return Ok(None);
                }
            }
        }
        let place = self.place();
        let value = self.sealed(place, ENTRY, Some(entry))?;
        cas(&place.key, expected, &value)
    }

    /// Says at a former place that a new entry stands elsewhere. False where
    /// somebody has just written an entry there.
    fn leave_a_mark(&self, former: &Place) -> Result<bool, StoreError> {
        Ok(match self.look(former, None, 0)? {
            Some(Content::Moved(_)) => true,
            Some(Content::Entry(..)) => false,
            None => {
                let mark = self.sealed(former, MOVED, None)?;
                cas(&former.key, None, &mark)?.is_some()
            }
        })
    }

    /// Reads what stands at a place. Damage is as good as an empty entry, but for its
    /// version: it is overwritten by whoever is first. What is authentic and not
    /// understood is never overwritten.
    fn look(
        &self,
        place: &Place,
        unless: Option<&str>,
        wait_ms: u64,
    ) -> Result<Option<Content>, StoreError> {
        let wait_ms = u32::try_from(wait_ms).unwrap_or(u32::MAX);
        let found = token_store::read(&place.key, unless, wait_ms)?;
        let Some(found) = found else {
            return Ok(None);
        };
        let (bytes, mut is_fresh) = match seal::open(&self.sealing_keys, &place.key, &found.value) {
            Opened::Bytes(bytes, is_first_key) => (bytes, is_first_key),
            Opened::Damaged => (Vec::new(), true),
            Opened::Unknown(what) => return other(what),
        };
        let content = match bytes.split_first() {
            None => (ENTRY, Some(Entry::default())),
            Some((&MOVED, [])) => (MOVED, None),
            Some((&kind, bytes)) if kind <= MOVED => match Entry::from_bytes(bytes) {
                Some(mut entry) => {
                    is_fresh &= !self.rename(&mut entry);
                    (kind, Some(entry))
                }
                None => return other(LATER),
            },
            Some(_) => return other(LATER),
        };
        Ok(Some(match content {
            (ENTRY, entry) => {
                let found = Found {
                    entry: entry.unwrap_or_default(),
                    age_ms: found.age_ms,
                    version: found.version,
                };
                Content::Entry(found, is_fresh)
            }
            (_, entry) => Content::Moved(entry.map(|mut entry| {
                entry.elapse(found.age_ms, self.platform);
                (found.age_ms, entry)
            })),
        }))
    }

    /// Knows this session's secret by one tag, whichever place key it was written down
    /// with. Returns whether it had another.
    fn rename(&self, entry: &mut Entry) -> bool {
        let mut had_another = false;
        for place in self.next.iter().chain(&self.former) {
            had_another |= entry.rename_secret(&place.tag, &self.place.tag);
        }
        had_another
    }

    fn sealed(
        &self,
        place: &Place,
        kind: u8,
        entry: Option<&Entry>,
    ) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::from([kind]);
        if let Some(entry) = entry {
            let mut entry = entry.clone();
            entry.rename_secret(&self.place.tag, &place.tag);
            let Some(entry) = entry.into_bytes() else {
                return other(UNWRITABLE);
            };
            bytes.extend_from_slice(&entry);
        }
        let nonce = random_bytes::<NONCE_LENGTH>();
        match seal::seal(&self.sealing_keys, &place.key, &nonce, &bytes) {
            Some(value) => Ok(value),
            None => other(UNWRITABLE),
        }
    }
}

/// What is said of an entry that is too large to be sealed.
const UNWRITABLE: &str = "the entry is too large";

fn cas(key: &str, expected: Option<&str>, value: &[u8]) -> Result<Option<Version>, StoreError> {
    token_store::compare_and_set(key, expected, value, None)
}

fn event(found: Result<Option<Found>, StoreError>) -> Event {
    match found {
        Ok(found) => Event::Entry(found),
        Err(error) => Event::StoreFailed(error),
    }
}

fn other<T>(what: &str) -> Result<T, StoreError> {
    Err(StoreError::Other(Some(what.into())))
}
