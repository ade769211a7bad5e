//! Signed tokens and random strings.

use std::{
    hash::{BuildHasher, RandomState},
    sync::LazyLock,
};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_RSA_SHA512};
use serde_json::Value;

/// One RSA key of 2048 bits per process: making one takes a good part of a
/// second, and nobody can verify a Control Room's token anyway.
static KEY: LazyLock<EncodingKey> = LazyLock::new(|| {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA512).expect("an RSA key can be made");
    EncodingKey::from_rsa_pem(key.serialize_pem().as_bytes()).expect("the key reads its own PEM")
});

/// Signs `claims` under the header `{"alg": ...}`, with `typ` where there is one.
pub(super) fn sign(algorithm: Algorithm, typ: Option<&str>, claims: &Value) -> String {
    let mut header = Header::new(algorithm);
    header.typ = typ.map(str::to_owned);
    encode(&header, claims, &KEY).expect("claims are JSON and the key is RSA")
}

/// `words` times 16 hexadecimal digits that nobody can tell beforehand.
pub(super) fn random_hex(words: usize) -> String {
    // The standard library seeds each `RandomState` differently; that is
    // enough for a simulator and spares a random number crate.
    (0..words)
        .map(|n| format!("{:016x}", RandomState::new().hash_one(n)))
        .collect()
}
