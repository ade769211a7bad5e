//! What `token-store` promises of a read and of a write: the library's suite for all
//! stores, and what the library refuses before a store is asked.

use rpa_auth_host::{Store, StoreError, store_contract};

use crate::places::{Place, for_every_store};
use crate::{entry, key, make, read, set, soon};

for_every_store! {
    what_every_store_promises_is_kept,
    a_longer_value_is_refused_and_changes_nothing,
    a_key_that_is_none_is_refused,
}

async fn what_every_store_promises_is_kept(place: impl Place) {
    store_contract::check(|| place.open()).await;
}

async fn a_longer_value_is_refused_and_changes_nothing(place: impl Place) {
    let store = place.open();
    let version = make(&store, &key('a'), "old").await;
    let long = vec![b'x'; Store::MAX_VALUE + 1];
    let written = soon(store.compare_and_set(&key('a'), Some(&version), long, None)).await;
    assert!(matches!(written, Err(StoreError::Other(Some(_)))));
    assert_eq!(entry(&store, &key('a')).await.version, version);
}

async fn a_key_that_is_none_is_refused(place: impl Place) {
    let store = place.open();
    let (short, long) = ("a".repeat(63), "a".repeat(65));
    let (upper, path) = ("A".repeat(64), format!("../{}", "a".repeat(61)));
    for bad in ["", &short, &long, &upper, &path] {
        let (seen, written) = (
            read(&store, bad).await,
            set(&store, bad, None, "value").await,
        );
        assert!(matches!(seen, Err(StoreError::Other(Some(_)))), "{bad}");
        assert!(matches!(written, Err(StoreError::Other(Some(_)))), "{bad}");
    }
}
