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
    /// bytes such as `openssl rand -hex 32`.
    /// [`build_sessions`](crate::Builder::build_sessions) refuses two that are equal,
    /// and one of zeros.
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
        let key = |text, name| from_hex(text).ok_or(KeyError::NotHex(name));
        Ok(Self::new(
            key(place, KeyName::Place)?,
            key(sealing, KeyName::Sealing(1))?,
        ))
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

    /// Refuses keys that were not set (zeros), and equal ones: a key that is both
    /// would hide a place with what seals, and one that stands twice was forgotten
    /// when it should have been replaced.
    pub(crate) fn check(&self) -> Result<(), KeyError> {
        let sealing = self.sealing.iter().zip(1..);
        let sealing = sealing.map(|(key, number)| (KeyName::Sealing(number), key));
        let keys: Vec<_> = std::iter::once((KeyName::Place, &self.place))
            .chain(sealing)
            .collect();
        for (index, (name, key)) in keys.iter().enumerate() {
            if key.iter().all(|&byte| byte == 0) {
                return Err(KeyError::Zeros(*name));
            }
            let same = keys[..index].iter().find(|(_, earlier)| earlier == key);
            if let Some((earlier, _)) = same {
                return Err(KeyError::Equal(*earlier, *name));
            }
        }
        Ok(())
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

/// Which of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyName {
    /// The place key.
    Place,
    /// A sealing key. Number 1 is the one that seals, the others were added by
    /// [`also_opens`](SessionKeys::also_opens), in that order.
    Sealing(usize),
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place => f.write_str("the place key"),
            Self::Sealing(number) => write!(f, "sealing key {number}"),
        }
    }
}

/// Why keys cannot be used. It holds none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The key is not 64 hexadecimal digits.
    NotHex(KeyName),
    /// The key is 32 zeros: nobody set it.
    Zeros(KeyName),
    /// Both keys are the same.
    Equal(KeyName, KeyName),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHex(key) => write!(f, "{key} is not 64 hexadecimal digits")?,
            Self::Zeros(key) => write!(f, "{key} is all zeros")?,
            Self::Equal(one, other) => write!(f, "{one} and {other} are equal")?,
        }
        f.write_str(": make a key with `openssl rand -hex 32`")
    }
}

impl std::error::Error for KeyError {}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(key)
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
            let good = &"0f".repeat(32);
            for (place, sealing, name) in [
                (bad, good.as_str(), KeyName::Place),
                (good, bad, KeyName::Sealing(1)),
            ] {
                let error = SessionKeys::from_hex(place, sealing).unwrap_err();
                assert_eq!(error, KeyError::NotHex(name), "{bad}");
            }
        }
    }

    #[test]
    fn equal_keys_and_keys_of_zeros_are_refused_by_name() {
        let (a, b, zeros) = ([0xa1; 32], [0xb2; 32], [0; 32]);
        for (keys, expected) in [
            (SessionKeys::new(a, b), None),
            (SessionKeys::new(a, b).also_opens([3; 32]), None),
            (
                SessionKeys::new(zeros, b),
                Some("the place key is all zeros"),
            ),
            (
                SessionKeys::new(a, zeros),
                Some("sealing key 1 is all zeros"),
            ),
            (
                SessionKeys::new(a, b).also_opens(zeros),
                Some("sealing key 2 is all zeros"),
            ),
            (
                SessionKeys::new(a, a),
                Some("the place key and sealing key 1 are equal"),
            ),
            (
                SessionKeys::new(a, b).also_opens(a),
                Some("the place key and sealing key 2 are equal"),
            ),
            (
                SessionKeys::new(a, b).also_opens(b),
                Some("sealing key 1 and sealing key 2 are equal"),
            ),
        ] {
            let said = keys.check().err().map(|error| error.to_string());
            let said = said.as_deref().and_then(|text| text.split(':').next());
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let keys = SessionKeys::new([0x5e; 32], [0xc2; 32]);
        assert_eq!(format!("{keys:?}"), "[redacted]");
    }
}
