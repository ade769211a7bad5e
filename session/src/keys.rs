//! What is derived from the two kinds of keys.
//!
//! HKDF (RFC 5869) gives each purpose a key of its own. From the place key, which
//! never changes, come the place of an entry in the store and the tags by which
//! secrets and tokens are known again; from each sealing key its cipher key and
//! its identifier. None of it leads back to a key, an account or a secret.

use alloc::boxed::Box;
use alloc::string::String;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The length of a key that is passed in.
pub(crate) const KEY_LENGTH: usize = 32;

/// What a sealing key is known by.
pub(crate) type KeyId = [u8; 8];

/// A key that a tag is made with.
type Key = Box<[u8; KEY_LENGTH]>;

/// What comes of the place key.
pub(crate) struct PlaceKeys {
    place: Key,
    secret: Key,
    token: Key,
}

impl PlaceKeys {
    /// None where the key has not the right length.
    pub(crate) fn new(place_key: &[u8]) -> Option<Self> {
        is_key(place_key).then(|| Self {
            place: derive(place_key, b"rpa-auth place"),
            secret: derive(place_key, b"rpa-auth secret"),
            token: derive(place_key, b"rpa-auth token"),
        })
    }

    /// Where the entry of an account stands: 64 hexadecimal digits.
    pub(crate) fn place(&self, account: &[&str]) -> String {
        let digest = mac(&self.place, account);
        let mut place = String::with_capacity(64);
        for byte in digest {
            for half in [byte >> 4, byte & 0x0f] {
                let digit = b"0123456789abcdef".get(usize::from(half));
                place.push(digit.map_or('0', |&digit| digit.into()));
            }
        }
        place
    }

    /// What a secret of an account is known by. A password and an API key of the
    /// same letters are two.
    pub(crate) fn secret_tag(&self, place: &str, kind: &str, secret: &str) -> [u8; 16] {
        shortened(&mac(&self.secret, &[place, kind, secret]))
    }

    /// What a token is known by.
    pub(crate) fn token_digest(&self, token: &str) -> [u8; 16] {
        shortened(&mac(&self.token, &[token]))
    }
}

/// What comes of a sealing key.
pub(crate) struct SealingKey {
    pub(crate) cipher: Key,
    pub(crate) id: KeyId,
}

impl SealingKey {
    /// None where the key has not the right length.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        is_key(key).then(|| {
            let [a, b, c, d, e, f, g, h, ..] = *derive(key, b"rpa-auth key id");
            Self {
                cipher: derive(key, b"rpa-auth seal"),
                id: [a, b, c, d, e, f, g, h],
            }
        })
    }
}

fn is_key(bytes: &[u8]) -> bool {
    bytes.len() == KEY_LENGTH
}

fn derive(key: &[u8], purpose: &[u8]) -> Key {
    let mut derived = Box::new([0; KEY_LENGTH]);
    // Fails only for more than 8160 bytes (RFC 5869, section 2.3).
    let _ = Hkdf::<Sha256>::new(None, key).expand(purpose, derived.as_mut_slice());
    derived
}

/// HMAC-SHA-256 (RFC 2104) over the parts, each after its length, so that no two
/// lists of parts run together to the same bytes.
fn mac(key: &Key, parts: &[&str]) -> [u8; 32] {
    // A key of 32 bytes is shorter than a block and never refused.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_slice()) else {
        return [0; 32];
    };
    for part in parts {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        mac.update(&length.to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

fn shortened(digest: &[u8; 32]) -> [u8; 16] {
    let (short, _) = digest.split_at(16);
    short.try_into().unwrap_or([0; 16])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(byte: u8) -> PlaceKeys {
        PlaceKeys::new(&[byte; 32]).unwrap()
    }

    #[test]
    fn a_key_of_another_length_is_none() {
        for length in [0, 16, 31, 33, 64] {
            assert!(PlaceKeys::new(&vec![1; length]).is_none(), "{length}");
            assert!(SealingKey::new(&vec![1; length]).is_none(), "{length}");
        }
    }

    #[test]
    fn a_place_is_64_lower_case_hexadecimal_digits() {
        let place = keys(1).place(&["control-room", "https://cr"]);
        assert_eq!(place.len(), 64);
        assert!(
            place
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        );
    }

    #[test]
    fn parts_that_run_together_alike_have_different_places() {
        let keys = keys(1);
        assert_ne!(keys.place(&["a", "c"]), keys.place(&["a", "bc"]));
        assert_ne!(keys.place(&["a"]), keys.place(&["a", ""]));
    }

    #[test]
    fn another_key_gives_other_places_tags_and_ids() {
        let (one, two) = (keys(1), keys(2));
        assert_ne!(one.place(&["a"]), two.place(&["a"]));
        assert_ne!(
            one.secret_tag("a", "password", "s"),
            two.secret_tag("a", "password", "s")
        );
        assert_ne!(one.token_digest("t"), two.token_digest("t"));
        let ids = [1, 2].map(|byte| SealingKey::new(&[byte; 32]).unwrap().id);
        assert_ne!(ids[0], ids[1]);
    }

    #[test]
    fn one_secret_has_another_tag_in_another_account() {
        let keys = keys(1);
        assert_ne!(
            keys.secret_tag("a", "password", "s"),
            keys.secret_tag("b", "password", "s")
        );
        assert_eq!(
            keys.secret_tag("a", "password", "s"),
            keys.secret_tag("a", "password", "s")
        );
    }

    #[test]
    fn derivation_is_hkdf_with_sha_256() {
        // RFC 5869, appendix A.3, has an empty info; the library is held to it
        // here so that a change of digest or salt cannot pass unseen.
        let mut derived = [0; 42];
        let hkdf = Hkdf::<Sha256>::new(None, &[0x0b; 22]);
        hkdf.expand(&[], &mut derived).unwrap();
        assert_eq!(derived[..4], [0x8d, 0xa4, 0xe7, 0x75]);
    }
}
