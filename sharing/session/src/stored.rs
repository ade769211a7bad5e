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

use rpa_auth_session_protocol::{Entry, Found, Platform, StoreError, Tag, Version};

use crate::keys::SealingKey;
use crate::outside::Outside;
use crate::seal::{self, LATER, NONCE_LENGTH, Opened};

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
pub struct Stored {
    pub(crate) platform: Platform,
    pub(crate) sealing_keys: Vec<SealingKey>,
    /// Where the entry stands.
    pub(crate) place: Place,
    /// Where it stands once somebody has moved it.
    pub(crate) next: Option<Place>,
    /// Where it stood.
    pub(crate) former: Vec<Place>,
}

/// What one call knows of the entry's place.
#[derive(Clone, Default)]
pub struct Visit {
    /// Whether it was last seen at the next place.
    has_moved: Cell<bool>,
    /// Writes in a row that somebody else came before.
    conflicts: Cell<u16>,
}

/// The entry, as one call goes to it.
struct Visiting<'a, O> {
    stored: &'a Stored,
    visit: &'a Visit,
    outside: &'a O,
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
type Look<E> = Result<Option<Option<Found>>, E>;

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
        }
    }

    /// Returns where the entry was last seen, or will be written.
    pub(crate) fn place(&self, visit: &Visit) -> &Place {
        match &self.next {
            Some(next) if visit.has_moved.get() => next,
            _ => &self.place,
        }
    }

    /// Reads the entry, and lets it go along where keys were rotated.
    pub fn read<O: Outside>(
        &self,
        visit: &Visit,
        outside: &O,
        unless: Option<&str>,
        wait_ms: u64,
    ) -> Result<Option<Found>, O::Error> {
        self.visiting(visit, outside).read(unless, wait_ms)
    }

    /// Reads the entry and changes nothing.
    pub fn peek<O: Outside>(&self, visit: &Visit, outside: &O) -> Result<Option<Found>, O::Error> {
        self.visiting(visit, outside)
            .find(false)
            .map(Option::flatten)
    }

    /// Writes the entry where it was last seen.
    pub fn write<O: Outside>(
        &self,
        visit: &Visit,
        outside: &O,
        expected: Option<&str>,
        entry: &Entry,
    ) -> Result<Option<Version>, O::Error> {
        self.visiting(visit, outside).write(expected, entry)
    }

    fn visiting<'a, O>(&'a self, visit: &'a Visit, outside: &'a O) -> Visiting<'a, O> {
        Visiting {
            stored: self,
            visit,
            outside,
        }
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
}

impl<O: Outside> Visiting<'_, O> {
    fn place(&self) -> &Place {
        self.stored.place(self.visit)
    }

    fn read(&self, unless: Option<&str>, wait_ms: u64) -> Result<Option<Found>, O::Error> {
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
        Err(StoreError::Unavailable(None).into())
    }

    /// Looks for the entry.
    fn find(&self, changes: bool) -> Look<O::Error> {
        self.visit.has_moved.set(false);
        match self.look(&self.stored.place, None, 0)? {
            Some(Content::Entry(found, false)) if changes => self.seal_anew(found),
            Some(Content::Entry(found, _)) => Ok(Some(Some(found))),
            Some(Content::Moved(entry)) => self.follow(entry, changes),
            None => self.take_along(&self.stored.place, None, changes),
        }
    }

    /// Takes the entry from a former place to `place`, where nothing stands: from where
    /// it still is, or from the youngest mark. `moved` stands in the mark at this
    /// session's own place.
    fn take_along(
        &self,
        place: &Place,
        moved: Option<(u64, Entry)>,
        changes: bool,
    ) -> Look<O::Error> {
        let mut youngest = moved;
        let mut empty = Vec::new();
        let mut here = None;
        for former in &self.stored.former {
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
                let entry = found.at_receipt(self.stored.platform);
                let mark = self.sealed(former, MOVED, Some(&entry))?;
                if self.cas(&former.key, Some(&found.version), mark)?.is_none() {
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
    fn follow(&self, moved: Option<(u64, Entry)>, changes: bool) -> Look<O::Error> {
        let Some(next) = &self.stored.next else {
            return other("the entry was moved under a place key that is not known here");
        };
        self.visit.has_moved.set(true);
        match self.look(next, None, 0)? {
            Some(Content::Entry(found, _)) => Ok(Some(Some(found))),
            Some(Content::Moved(_)) => {
                other("the entry was moved twice; give everybody the next place key first")
            }
            None => self.take_along(next, moved, changes),
        }
    }

    /// Writes an entry with the first key and this session's own tag.
    fn seal_anew(&self, found: Found) -> Look<O::Error> {
        let entry = found.at_receipt(self.stored.platform);
        if entry.attempt.is_some() {
            return Ok(Some(Some(found)));
        }
        self.put(&self.stored.place, Some(&found.version), entry)
    }

    /// Writes an entry that goes along, and gives it as it then stands.
    fn put(&self, place: &Place, expected: Option<&str>, entry: Entry) -> Look<O::Error> {
        let value = self.sealed(place, ENTRY, Some(&entry))?;
        let version = self.cas(&place.key, expected, value)?;
        Ok(version.map(|version| {
            Some(Found {
                entry,
                age_ms: 0,
                version,
            })
        }))
    }

    fn write(&self, expected: Option<&str>, entry: &Entry) -> Result<Option<Version>, O::Error> {
        let version = self.write_entry(expected, entry)?;
        let conflicts = match version {
            None => self.visit.conflicts.get().saturating_add(1),
            Some(_) => 0,
        };
        self.visit.conflicts.set(conflicts);
        if conflicts >= CONFLICTS {
            return Err(StoreError::Unavailable(None).into());
        }
        Ok(version)
    }

    fn write_entry(
        &self,
        expected: Option<&str>,
        entry: &Entry,
    ) -> Result<Option<Version>, O::Error> {
        if expected.is_none() && !self.visit.has_moved.get() {
            for former in &self.stored.former {
                if !self.leave_a_mark(former)? {
                    return Ok(None);
                }
            }
        }
        let place = self.place();
        let value = self.sealed(place, ENTRY, Some(entry))?;
        self.cas(&place.key, expected, value)
    }

    /// Says at a former place that a new entry stands elsewhere. False where
    /// somebody has just written an entry there.
    fn leave_a_mark(&self, former: &Place) -> Result<bool, O::Error> {
        Ok(match self.look(former, None, 0)? {
            Some(Content::Moved(_)) => true,
            Some(Content::Entry(..)) => false,
            None => {
                let mark = self.sealed(former, MOVED, None)?;
                self.cas(&former.key, None, mark)?.is_some()
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
    ) -> Result<Option<Content>, O::Error> {
        let wait_ms = u32::try_from(wait_ms).unwrap_or(u32::MAX);
        let found = self.outside.read(&place.key, unless, wait_ms)?;
        let Some(found) = found else {
            return Ok(None);
        };
        let (bytes, mut is_fresh) =
            match seal::open(&self.stored.sealing_keys, &place.key, &found.value) {
                Opened::Bytes(bytes, is_first_key) => (bytes, is_first_key),
                Opened::Damaged => (Vec::new(), true),
                Opened::Unknown(what) => return other(what),
            };
        let content = match bytes.split_first() {
            None => (ENTRY, Some(Entry::default())),
            Some((&MOVED, [])) => (MOVED, None),
            Some((&kind, bytes)) if kind <= MOVED => match Entry::from_bytes(bytes) {
                Some(mut entry) => {
                    is_fresh &= !self.stored.rename(&mut entry);
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
                entry.elapse(found.age_ms, self.stored.platform);
                (found.age_ms, entry)
            })),
        }))
    }

    fn sealed(&self, place: &Place, kind: u8, entry: Option<&Entry>) -> Result<Vec<u8>, O::Error> {
        let mut bytes = Vec::from([kind]);
        if let Some(entry) = entry {
            let mut entry = entry.clone();
            entry.rename_secret(&self.stored.place.tag, &place.tag);
            let Some(entry) = entry.into_bytes() else {
                return other(UNWRITABLE);
            };
            bytes.extend_from_slice(&entry);
        }
        let nonce = self
            .outside
            .random::<NONCE_LENGTH>(&[b"nonce", place.key.as_bytes(), &bytes]);
        match seal::seal(&self.stored.sealing_keys, &place.key, &nonce, &bytes) {
            Some(value) => Ok(value),
            None => other(UNWRITABLE),
        }
    }

    fn cas(
        &self,
        key: &str,
        expected: Option<&str>,
        value: Vec<u8>,
    ) -> Result<Option<Version>, O::Error> {
        self.outside.compare_and_set(key, expected, value)
    }
}

/// What is said of an entry that is too large to be sealed.
const UNWRITABLE: &str = "the entry is too large";

fn other<T, E: From<StoreError>>(what: &str) -> Result<T, E> {
    Err(StoreError::Other(Some(what.into())).into())
}
