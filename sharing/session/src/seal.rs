//! How an entry is sealed before it goes to the store.
//!
//! ```text
//! format (1 byte) | key id (8) | nonce (24) | ciphertext and tag
//! ```
//!
//! XChaCha20-Poly1305 with a random nonce; what stands in clear, and the place of
//! the entry, are authenticated with it, so that a value is good at its own place
//! only. An unknown format or key is never taken for damage: another fleet may
//! know it.

use alloc::vec::Vec;

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{AeadInOut, KeyInit};

use crate::keys::{KeyId, SealingKey};

/// The only format there is.
const FORMAT: u8 = 2;

/// The length of a nonce.
pub(crate) const NONCE_LENGTH: usize = 24;

/// What is said of an entry that is not damaged and not understood.
pub(crate) const LATER: &str = "the entry is of a later version; update this program";

/// What a sealed value turns out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// What was sealed, and whether the first key has sealed it.
    Bytes(Vec<u8>, bool),
    /// A format or key that this instance does not know.
    Unknown(&'static str),
    /// Not what a holder of the key has written.
    Damaged,
}

/// Seals with the first key. None where there is none, or the value is too long
/// for the cipher.
pub(crate) fn seal(
    keys: &[SealingKey],
    place: &str,
    nonce: &[u8; NONCE_LENGTH],
    bytes: &[u8],
) -> Option<Vec<u8>> {
    let key = keys.first()?;
    let mut sealed = bytes.to_vec();
    let bound = bound_to(&key.id, place);
    let tag = cipher(key)
        .encrypt_inout_detached(nonce.into(), &bound, sealed.as_mut_slice().into())
        .ok()?;
    Some([&[FORMAT], &key.id[..], nonce, &sealed, &tag].concat())
}

/// Opens with whichever key it was sealed with.
pub(crate) fn open(keys: &[SealingKey], place: &str, value: &[u8]) -> Opened {
    let Some((format, rest)) = value.split_first() else {
        return Opened::Damaged;
    };
    if *format != FORMAT {
        return Opened::Unknown(LATER);
    }
    let Some((id, rest)) = rest.split_first_chunk::<8>() else {
        return Opened::Damaged;
    };
    let mut known = keys.iter().enumerate();
    let Some((place_of_key, key)) = known.find(|(_, key)| key.id == *id) else {
        return Opened::Unknown("the entry is sealed with a key that is none of `sealing-keys`");
    };
    let Some((nonce, sealed)) = rest.split_first_chunk::<NONCE_LENGTH>() else {
        return Opened::Damaged;
    };
    let Some((sealed, tag)) = sealed.split_last_chunk::<16>() else {
        return Opened::Damaged;
    };
    let mut bytes = sealed.to_vec();
    let opened = cipher(key).decrypt_inout_detached(
        nonce.into(),
        &bound_to(id, place),
        bytes.as_mut_slice().into(),
        tag.into(),
    );
    match opened {
        Ok(()) => Opened::Bytes(bytes, place_of_key == 0),
        Err(_) => Opened::Damaged,
    }
}

#[inline(never)]
fn cipher(key: &SealingKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.cipher.as_ref().into())
}

fn bound_to(id: &KeyId, place: &str) -> Vec<u8> {
    let mut bound = Vec::with_capacity(place.len().saturating_add(9));
    bound.push(FORMAT);
    bound.extend_from_slice(id);
    bound.extend_from_slice(place.as_bytes());
    bound
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: [u8; NONCE_LENGTH] = [7; NONCE_LENGTH];

    fn keys(bytes: &[u8]) -> Vec<SealingKey> {
        let keys = bytes.iter().map(|&byte| SealingKey::new(&[byte; 32]));
        keys.collect()
    }

    fn sealed(key: u8, place: &str) -> Vec<u8> {
        seal(&keys(&[key]), place, &NONCE, b"a token").unwrap()
    }

    #[test]
    fn what_is_sealed_is_opened_with_any_of_the_keys() {
        for (order, is_first) in [([1, 2], true), ([2, 1], false)] {
            let opened = open(&keys(&order), "place", &sealed(1, "place"));
            assert_eq!(opened, Opened::Bytes(b"a token".to_vec(), is_first));
        }
    }

    #[test]
    fn the_first_key_seals() {
        let value = seal(&keys(&[2, 1]), "place", &NONCE, b"a token").unwrap();
        let opened = open(&keys(&[2]), "place", &value);
        assert_eq!(opened, Opened::Bytes(b"a token".to_vec(), true));
    }

    #[test]
    fn a_sealed_value_shows_nothing_of_what_it_holds() {
        let value = sealed(1, "place");
        assert!(!value.windows(5).any(|w| w == b"token"));
    }

    #[test]
    fn a_value_at_another_place_is_damaged() {
        assert_eq!(
            open(&keys(&[1]), "other", &sealed(1, "place")),
            Opened::Damaged
        );
    }

    #[test]
    fn a_flipped_bit_is_damage_or_an_unknown_key() {
        let value = sealed(1, "place");
        for at in 0..value.len() {
            let mut flipped = value.clone();
            flipped[at] ^= 1;
            let opened = open(&keys(&[1]), "place", &flipped);
            let is_header = at < 9;
            assert_eq!(matches!(opened, Opened::Unknown(_)), is_header, "{at}");
            assert_eq!(opened == Opened::Damaged, !is_header, "{at}");
        }
    }

    #[test]
    fn a_value_that_was_cut_is_damaged() {
        let value = sealed(1, "place");
        for length in 0..value.len() {
            let opened = open(&keys(&[1]), "place", &value[..length]);
            assert_eq!(opened, Opened::Damaged, "{length}");
        }
    }

    #[test]
    fn an_unknown_format_or_key_is_not_taken_for_damage() {
        let mut value = sealed(1, "place");
        assert!(matches!(
            open(&keys(&[2]), "place", &value),
            Opened::Unknown(_)
        ));
        value[0] = 1;
        assert!(matches!(
            open(&keys(&[1]), "place", &value),
            Opened::Unknown(_)
        ));
    }

    #[test]
    fn without_a_key_nothing_is_sealed() {
        assert_eq!(seal(&[], "place", &NONCE, b"a token"), None);
    }
}
