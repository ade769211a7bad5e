//! What is derived from the two kinds of keys.
//!
//! HKDF (RFC 5869) gives each purpose a key of its own. From a place key come the
//! place of an entry in the store and the tags by which secrets are known again; from
//! each sealing key its cipher key and its identifier. None of it leads back to a key,
//! an account or a secret. A token has too much randomness to be guessed, so its
//! digest needs no key.

use alloc::boxed::Box;
use alloc::string::String;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};

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
}

impl PlaceKeys {
    /// `place_key` has the right length.
    pub(crate) fn new(place_key: &[u8]) -> Self {
        Self {
            place: derive(place_key, b"rpa-auth place"),
            secret: derive(place_key, b"rpa-auth secret"),
        }
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
}

/// What a token is known by.
pub(crate) fn token_digest(token: &str) -> [u8; 16] {
    let hash = Sha256::new()
        .chain_update(b"rpa-auth token")
        .chain_update(token);
    shortened(&hash.finalize().into())
}

/// What comes of a sealing key.
pub(crate) struct SealingKey {
    pub(crate) cipher: Key,
    pub(crate) id: KeyId,
}

impl SealingKey {
    /// `key` has the right length.
    pub(crate) fn new(key: &[u8]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *derive(key, b"rpa-auth key id");
        Self {
            cipher: derive(key, b"rpa-auth seal"),
            id: [a, b, c, d, e, f, g, h],
        }
    }
}

/// Says what is wrong with keys that are passed in: each is 32 bytes that no other
/// one has, and not zeros only. Each comes with the name of its option.
pub(crate) fn check_keys(
    keys: &[(&'static str, &[u8])],
) -> Result<(), (&'static str, &'static str)> {
    for (place, (name, key)) in keys.iter().enumerate() {
        if key.len() != KEY_LENGTH {
            return Err((*name, "is not 32 bytes long"));
        }
        if key.iter().all(|&byte| byte == 0) {
            return Err((*name, "is zeros; make keys of random bytes"));
        }
        if keys.iter().take(place).any(|(_, before)| before == key) {
            return Err((
                *name,
                "is the same as another key; each key has one purpose",
            ));
        }
    }
    Ok(())
}

/// Random bytes that a host gave once, and what is derived from them.
pub struct Randomness(Key);

impl Randomness {
    /// None where `entropy` is not 32 bytes that could be random.
    pub fn new(entropy: &[u8]) -> Option<Self> {
        check_keys(&[("", entropy)]).ok()?;
        Some(Self(derive(entropy, b"rpa-auth randomness")))
    }

    /// Returns bytes for the draw of this number and for this purpose. Whoever gives the
    /// same entropy twice gets the same bytes for the same purpose alone: a nonce's is
    /// what is sealed with it.
    pub fn draw<const N: usize>(&self, number: u64, what_for: &[&[u8]]) -> [u8; N] {
        const { assert!(N <= KEY_LENGTH, "a digest has no more") };
        let mut bytes = [0; N];
        for (byte, drawn) in bytes.iter_mut().zip(self.digest(number, what_for)) {
            *byte = drawn;
        }
        bytes
    }

    #[inline(never)]
    fn digest(&self, number: u64, what_for: &[&[u8]]) -> [u8; KEY_LENGTH] {
        let mut hash = Sha256::new()
            .chain_update(*self.0)
            .chain_update(number.to_le_bytes());
        for part in what_for {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            hash = hash.chain_update(length.to_le_bytes()).chain_update(part);
        }
        // The key at both ends: nobody lengthens what was hashed.
        hash.chain_update(*self.0).finalize().into()
    }
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
        PlaceKeys::new(&[byte; 32])
    }

    #[test]
    fn a_key_is_32_bytes_that_no_other_key_has_and_not_zeros() {
        for length in [0, 16, 31, 33, 64] {
            let key = vec![1; length];
            let refused = check_keys(&[("a", &key)]).unwrap_err();
            assert_eq!(refused, ("a", "is not 32 bytes long"), "{length}");
        }
        let (one, two) = ([1; 32], [2; 32]);
        assert_eq!(check_keys(&[("a", &one), ("b", &two)]), Ok(()));
        let refused = check_keys(&[("a", &one), ("b", &two), ("c", &one)]).unwrap_err();
        assert!(refused.0 == "c" && refused.1.contains("the same"));
        let refused = check_keys(&[("a", &one), ("b", &[0; 32])]).unwrap_err();
        assert!(refused.0 == "b" && refused.1.contains("zeros"));
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
        let ids = [1, 2].map(|byte| SealingKey::new(&[byte; 32]).id);
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
    fn a_token_is_known_by_a_digest_that_needs_no_key() {
        // `printf 'rpa-auth tokenabc' | sha256sum`
        let digest = token_digest("abc");
        assert_eq!(digest[..4], [0x3d, 0xc6, 0xc7, 0xfd]);
        assert_ne!(digest, token_digest("abd"));
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

    #[test]
    fn randomness_differs_by_draw_and_purpose_and_is_never_of_zeros() {
        let drawn = |entropy: u8, number, what_for: &[&[u8]]| -> [u8; 24] {
            let randomness = Randomness::new(&[entropy; 32]).unwrap();
            randomness.draw(number, what_for)
        };
        let first = drawn(1, 0, &[b"nonce", b"a"]);
        assert_eq!(first, drawn(1, 0, &[b"nonce", b"a"]));
        for other in [
            drawn(2, 0, &[b"nonce", b"a"]),
            drawn(1, 1, &[b"nonce", b"a"]),
            drawn(1, 0, &[b"nonce", b"b"]),
            drawn(1, 0, &[b"noncea"]),
            drawn(1, 0, &[b"nonce", b"a", b""]),
        ] {
            assert_ne!(first, other);
        }
        assert!(Randomness::new(&[0; 32]).is_none());
        assert!(Randomness::new(&[1; 31]).is_none());
    }
}
