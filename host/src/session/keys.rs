//! The keys of sessions.

use std::fmt;

use zeroize::Zeroizing;

/// The keys that everybody who shares sessions has. `Debug` shows none of them,
/// and they are wiped when the value is dropped.
///
/// The place key hides which account an entry of the store belongs to. The sealing keys
/// encrypt what stands there: the first one seals, all of them open. A key that stands
/// here twice, and one of zeros, are refused by the first call.
///
/// Both are rotated without an outage, in steps that each reach everybody before the
/// next begins:
///
/// | | sealing key | place key |
/// |---|---|---|
/// | 1 | `new(place, old).also_opens(new)` | `new(old, seal).next_place(new)` |
/// | 2 | `new(place, new).also_opens(old)` | `new(new, seal).former_place(old)` |
/// | 3 | `new(place, new)` | `new(new, seal)` |
///
/// In step 2 whoever calls for an account's token, or ends, reopens or resets it, takes
/// its entry along. Go to step 3 once each account was called, ended ones included: an
/// entry that is still under the old sealing key is an error then, and one at the old
/// place is not found any more. A secret that was not used in step 2 of a place key logs in
/// once more. The old keys may also stay.
#[derive(Clone)]
pub struct SessionKeys {
    place: Zeroizing<[u8; 32]>,
    next_place: Option<Zeroizing<[u8; 32]>>,
    former_places: Vec<Zeroizing<[u8; 32]>>,
    sealing: Vec<Zeroizing<[u8; 32]>>,
}

impl SessionKeys {
    /// The place key and the key that seals: 32 bytes each, from a source of random
    /// bytes such as `openssl rand -hex 32`, and not the same.
    pub fn new(place: [u8; 32], sealing: [u8; 32]) -> Self {
        Self {
            place: Zeroizing::new(place),
            next_place: None,
            former_places: Vec::new(),
            sealing: vec![Zeroizing::new(sealing)],
        }
    }

    /// The same from 64 hexadecimal digits each.
    pub fn from_hex(place: &str, sealing: &str) -> Result<Self, KeyError> {
        Ok(Self::new(from_hex(place)?, from_hex(sealing)?))
    }

    /// One more key that opens what others have sealed.
    pub fn also_opens(mut self, key: [u8; 32]) -> Self {
        self.sealing.push(Zeroizing::new(key));
        self
    }

    /// The place key that others will use next.
    pub fn next_place(mut self, key: [u8; 32]) -> Self {
        self.next_place = Some(Zeroizing::new(key));
        self
    }

    /// One more place key under which entries may still stand.
    pub fn former_place(mut self, key: [u8; 32]) -> Self {
        self.former_places.push(Zeroizing::new(key));
        self
    }

    pub(super) fn place(&self) -> &[u8] {
        self.place.as_slice()
    }

    pub(super) fn next_place_key(&self) -> Option<&[u8]> {
        self.next_place.as_ref().map(|key| key.as_slice())
    }

    pub(super) fn former_places(&self) -> Vec<&[u8]> {
        self.former_places
            .iter()
            .map(|key| key.as_slice())
            .collect()
    }

    pub(super) fn sealing(&self) -> Vec<&[u8]> {
        self.sealing.iter().map(|key| key.as_slice()).collect()
    }
}

impl fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A key that is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyError;

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key is 64 hexadecimal digits: make one with `openssl rand -hex 32`")
    }
}

impl std::error::Error for KeyError {}

fn from_hex(text: &str) -> Result<[u8; 32], KeyError> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(KeyError);
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| KeyError)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| KeyError)?;
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_64_hexadecimal_digits() {
        let keys = SessionKeys::from_hex(&"0f".repeat(32), &"A1".repeat(32)).unwrap();
        assert_eq!(keys.place(), [0x0f; 32]);
        assert_eq!(keys.sealing(), [[0xa1; 32]]);
        for bad in [
            "",
            "0f",
            &"0g".repeat(32),
            &"+1".repeat(32),
            &"0".repeat(65),
        ] {
            assert!(from_hex(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let keys = SessionKeys::new([0x5e; 32], [0xc2; 32]);
        assert_eq!(format!("{keys:?}"), "[redacted]");
    }
}
