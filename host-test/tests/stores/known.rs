//! What a directory says of a version that it has seen, without reading the file again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use rpa_auth_host::{Store, StoreError, Version};

use crate::places::{Directory, Place};
use crate::{key, make, set, soon};

struct Seen {
    place: Directory,
    store: Store,
    version: Version,
}

/// A directory with one entry, whose version was asked for.
async fn seen() -> Seen {
    let place = Directory::start();
    let store = place.open();
    let version = make(&store, &key('a'), "value").await;
    let seen = Seen {
        place,
        store,
        version,
    };
    assert_eq!(seen.is_still().await, Ok(true));
    assert_eq!(seen.is_still().await, Ok(true), "it is known now");
    seen
}

impl Seen {
    async fn is_still(&self) -> Result<bool, StoreError> {
        soon(self.store.is_still(&key('a'), &self.version)).await
    }

    fn entry(&self) -> PathBuf {
        self.place.path().join(format!("{}.entry", key('a')))
    }
}

#[tokio::test]
async fn what_another_process_would_write_is_seen_at_once() {
    let seen = seen().await;
    let other = seen.place.open();
    let mut version = seen.version.clone();
    for round in 0..50 {
        let next = set(&other, &key('a'), Some(&version), &format!("{round}")).await;
        let next = next.unwrap().expect("nobody else writes");
        let is_still = async |version| soon(seen.store.is_still(&key('a'), version)).await;
        assert_eq!(is_still(&version).await, Ok(false), "{round}");
        assert_eq!(is_still(&next).await, Ok(true), "{round}");
        version = next;
    }
}

#[tokio::test]
async fn a_file_that_was_changed_in_its_place_is_read_again() {
    let seen = seen().await;
    fs::write(seen.entry(), "something else").unwrap();
    let Err(StoreError::Other(Some(text))) = seen.is_still().await else {
        panic!("a damaged file is an error");
    };
    assert!(text.contains("damaged"), "{text}");
}

#[tokio::test]
async fn a_copy_in_its_place_has_the_same_version() {
    let seen = seen().await;
    let copy = seen.place.path().join("copy");
    fs::copy(seen.entry(), &copy).unwrap();
    fs::rename(&copy, seen.entry()).unwrap();
    assert_eq!(seen.is_still().await, Ok(true));
}

#[tokio::test]
async fn an_entry_that_is_gone_and_a_directory_that_is_are_seen_at_once() {
    let seen = seen().await;
    fs::remove_file(seen.entry()).unwrap();
    assert_eq!(seen.is_still().await, Ok(false));

    let seen = self::seen().await;
    let path = seen.place.path();
    let away = path.with_extension("away");
    fs::rename(&path, &away).unwrap();
    assert_eq!(seen.is_still().await, Ok(false), "moved away");
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    fs::copy(away.join(seen.entry().file_name().unwrap()), seen.entry()).unwrap();
    assert_eq!(seen.is_still().await, Ok(true), "a copy of the directory");
    fs::remove_dir_all(away).unwrap();
}

#[tokio::test]
async fn a_directory_that_everybody_may_write_to_by_now_is_refused() {
    let seen = seen().await;
    let mode = |mode| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(seen.place.path(), permissions).unwrap();
    };
    mode(0o777);
    let Err(StoreError::Other(Some(text))) = seen.is_still().await else {
        panic!("it is refused");
    };
    assert!(text.contains("chmod o-w"), "{text}");
    mode(0o700);
    assert_eq!(seen.is_still().await, Ok(true));
}

#[tokio::test]
async fn an_entry_that_was_kept_long_enough_is_not_there_any_more() {
    let place = Directory::start();
    let store = place.open();
    let keep = Some(Duration::from_secs(1));
    let version = soon(store.compare_and_set(&key('a'), None, b"value".to_vec(), keep)).await;
    let version = version.unwrap().unwrap();
    let is_still = async || soon(store.is_still(&key('a'), &version)).await.unwrap();
    let is_over = async {
        let mut seen = 0;
        while is_still().await {
            seen += 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        seen
    };
    assert!(soon(is_over).await > 1, "it was known");
}

/// One for each entry would be too many for a program with thousands of sessions.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn only_so_many_files_are_kept_open() {
    let place = Directory::start();
    let store = place.open();
    let within = || {
        let open = fs::read_dir("/proc/self/fd").unwrap().flatten();
        let open = open.filter_map(|file| fs::read_link(file.path()).ok());
        open.filter(|file| file.starts_with(place.path())).count()
    };
    let mut most = 0;
    for number in 0..400 {
        let key = format!("{number:064x}");
        let version = make(&store, &key, "value").await;
        for _ in 0..2 {
            let is_still = soon(store.is_still(&key, &version)).await;
            assert_eq!(is_still, Ok(true));
        }
        most = most.max(within());
    }
    assert!((100..300).contains(&most), "{most}");
    drop(store);
    assert_eq!(within(), 0, "and none longer than the store");
}
