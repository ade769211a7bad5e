//! How an entry is sealed, written down a second time: for entries of a version that
//! does not exist yet.
//!
//! ```text
//! format (1 byte) | key id (8) | nonce (24) | ciphertext and tag
//! ```

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use hkdf::Hkdf;
use sha2::Sha256;

/// Format and key id are authenticated, and so is the key of the entry.
const CLEAR: usize = 9;

const NONCE: usize = 24;

/// What stands in an entry that was sealed with `key`.
pub fn open(key: [u8; 32], place: &str, value: &[u8]) -> Vec<u8> {
    let (head, sealed) = value.split_at(CLEAR + NONCE);
    let (clear, nonce) = head.split_at(CLEAR);
    assert_eq!(clear[1..], derive::<8>(key, "rpa-auth key id"));
    let nonce: [u8; NONCE] = nonce.try_into().unwrap();
    let aad = [clear, place.as_bytes()].concat();
    let payload = Payload {
        msg: sealed,
        aad: &aad,
    };
    cipher(key).decrypt(&nonce.into(), payload).unwrap()
}

/// An entry with this in it, in the format of `before`.
pub fn seal(key: [u8; 32], place: &str, before: &[u8], bytes: &[u8]) -> Vec<u8> {
    let clear = &before[..CLEAR];
    let nonce = [5; NONCE];
    let aad = [clear, place.as_bytes()].concat();
    let payload = Payload {
        msg: bytes,
        aad: &aad,
    };
    let sealed = cipher(key).encrypt(&nonce.into(), payload).unwrap();
    [clear, &nonce, &sealed].concat()
}

fn cipher(key: [u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&derive::<32>(key, "rpa-auth seal").into())
}

fn derive<const N: usize>(key: [u8; 32], purpose: &str) -> [u8; N] {
    let mut derived = [0; N];
    let hkdf = Hkdf::<Sha256>::new(None, &key);
    hkdf.expand(purpose.as_bytes(), &mut derived).unwrap();
    derived
}
