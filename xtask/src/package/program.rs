//! Loads the components of the packaged library, and asks for a store that it was built
//! without.

use rpa_auth_host::{Plugin, SessionKeys, Store, StoreOpenError};

fn main() {
    let keys = SessionKeys::new([1; 32], [2; 32]);
    let store = Store::open("memory:").expect("this store is always there");
    Plugin::builder().build().expect("the plugin loads");
    Plugin::builder()
        .build_sessions(store, keys)
        .expect("the shared session loads");

    let error = Store::open("redis://localhost").expect_err("the feature is off");
    assert!(matches!(error, StoreOpenError::WithoutRedis), "{error:?}");
    assert!(error.to_string().contains("feature `redis`"), "{error}");
    println!("the packaged library works");
}
