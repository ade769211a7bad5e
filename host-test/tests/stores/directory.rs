//! What is the directory's own: writers that die at any point, locks, and what its
//! files look like.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rpa_auth_host::{Entry, Store, StoreError, StoreOpenError};

use crate::places::{Directory, Place};
use crate::worker::Worker;
use crate::{LONG, entry, key, make, read, set, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_is_killed_leaves_the_old_value_or_the_new_and_keeps_nobody_out() {
    let place = Directory::start();
    let store = place.open();
    let url = place.url().unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    // Somebody reads all the time.
    let reader = tokio::spawn({
        let (store, is_over) = (place.open(), is_over.clone());
        async move {
            while !is_over.load(Ordering::Relaxed) {
                if let Some(entry) = read(&store, &key('a')).await.unwrap() {
                    number_in(&entry);
                }
            }
        }
    });
    for round in 0..30 {
        let mut worker = Worker::start(&url, &key('a'), &["write"]);
        let first = worker.line().expect("it writes");
        // Somewhere in the middle of a write: the rounds spread over several.
        tokio::time::sleep(Duration::from_micros(700 * round)).await;
        let said = worker.kill();
        let said: u64 = said.last().unwrap_or(&first).parse().unwrap();
        let left = entry(&store, &key('a')).await;
        let number = number_in(&left);
        assert!(
            number == said || number == said + 1,
            "{said}, then {number}"
        );
        // The next writer neither waits nor minds.
        let written = set(&store, &key('a'), Some(&left.version), "0 0").await;
        assert!(written.unwrap().is_some());
    }
    is_over.store(true, Ordering::Relaxed);
    soon(reader).await.unwrap();
}

/// A value of `store_worker`, which must be whole: a number, and its last digit all
/// the way.
fn number_in(entry: &Entry) -> u64 {
    let text = str::from_utf8(&entry.value).unwrap();
    let (number, rest) = text.split_once(' ').unwrap();
    let digit = number.chars().last().unwrap();
    assert!(rest.chars().all(|other| other == digit), "{number}");
    let number: u64 = number.parse().unwrap();
    let length = match text {
        "0 0" => 1,
        _ => 8000 + number * 7919 % 52_000,
    };
    assert_eq!(rest.len() as u64, length);
    number
}

#[tokio::test]
async fn a_holder_of_the_lock_that_stands_still_holds_up_no_reader_and_writers_for_a_while() {
    let place = Directory::start();
    let store = place.open();
    let version = make(&store, &key('a'), "old").await;
    let lock = File::open(place.path().join("lock-a")).unwrap();
    lock.lock().unwrap();
    assert_eq!(entry(&store, &key('a')).await.value, b"old");
    // The locks of other entries are other locks.
    make(&store, &key('b'), "other").await;
    let written = set(&store, &key('a'), Some(&version), "new").await;
    let Err(StoreError::Unavailable(Some(text))) = written else {
        panic!("{written:?}");
    };
    assert!(text.contains("lock"), "{text}");
    drop(lock);
    let written = set(&store, &key('a'), Some(&version), "new").await;
    assert!(written.unwrap().is_some());
}

#[tokio::test]
async fn a_directory_that_is_deleted_under_way_is_made_again() {
    let mut place = Directory::start();
    let store = place.open();
    let version = make(&store, &key('a'), "old").await;
    place.forget();
    assert_eq!(read(&store, &key('a')).await, Ok(None));
    assert_eq!(
        set(&store, &key('a'), Some(&version), "late").await,
        Ok(None)
    );
    assert_ne!(make(&store, &key('a'), "new").await, version);
}

#[tokio::test]
async fn what_is_made_is_its_owners_alone() {
    let place = Directory::start();
    make(&place.open(), &key('a'), "value").await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.path()), 0o700);
    for file in files(&place) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn a_damaged_file_is_an_error_and_is_not_overwritten() {
    let place = Directory::start();
    let store = place.open();
    let version = make(&store, &key('a'), "value").await;
    let path = place.path().join(format!("{}.entry", key('a')));
    let whole = fs::read(&path).unwrap();
    let mut longer = whole.clone();
    longer.resize(1 << 20, b'x');
    for damaged in [&whole[..whole.len() - 1], &whole[..10], b"", &longer] {
        fs::write(&path, damaged).unwrap();
        for expected in [None, Some(&version)] {
            let written = set(&store, &key('a'), expected, "new").await;
            assert!(matches!(written, Err(StoreError::Other(Some(_)))));
        }
        let seen = read(&store, &key('a')).await;
        let Err(StoreError::Other(Some(text))) = seen else {
            panic!("{seen:?}");
        };
        assert!(text.contains("damaged"), "{text}");
        assert_eq!(fs::read(&path).unwrap(), damaged);
    }
    fs::write(&path, whole).unwrap();
    assert_eq!(entry(&store, &key('a')).await.version, version);
}

#[tokio::test]
async fn what_killed_writers_left_and_what_ran_out_is_swept_up() {
    let place = Directory::start();
    let store = place.open();
    let keep = Some(Duration::from_millis(1));
    // One lock is enough for all of these: it is the first digit that chooses it.
    let name = |end: &str| format!("{}{end}", &key('a')[..60]);
    let (over, kept, other) = (name("0000"), name("0001"), key('b'));
    let old = soon(store.compare_and_set(&over, None, b"old".to_vec(), keep)).await;
    make(&store, &kept, "kept").await;
    let gone = soon(store.read(&over, old.unwrap().as_ref(), LONG)).await;
    assert_eq!(gone, Ok(None));
    let left = format!("{}.new", name("0002"));
    let elsewhere = format!("{other}.new");
    for name in [&left, &elsewhere, "notes.txt"] {
        fs::write(place.path().join(name), "cut o").unwrap();
    }
    // The first write of a program that starts.
    make(&place.open(), &name("0003"), "value").await;
    let names: Vec<String> = files(&place).iter().map(|path| name_of(path)).collect();
    let has = |name: &str| names.contains(&name.to_owned());
    assert!(!has(&left) && !has(&format!("{over}.entry")), "{names:?}");
    assert!(has(&format!("{kept}.entry")), "{names:?}");
    // Another lock's writer may be at work on the one, and the other is not ours.
    assert!(has(&elsewhere) && has("notes.txt"), "{names:?}");
}

#[tokio::test]
async fn the_file_of_a_killed_writer_is_in_nobodys_way() {
    let place = Directory::start();
    let store = place.open();
    make(&store, &key('a'), "first").await;
    // After the sweep of the first write.
    let left = place.path().join(format!("{}.new", key('b')));
    fs::write(&left, "cut o").unwrap();
    fs::write(place.path().join(format!("{}.new", key('a'))), "cut o").unwrap();
    let version = entry(&store, &key('a')).await.version;
    let written = set(&store, &key('a'), Some(&version), "second").await;
    assert!(written.unwrap().is_some());
    make(&store, &key('b'), "first").await;
    assert_eq!(entry(&store, &key('a')).await.value, b"second");
    assert!(!left.exists());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_entry_of_an_earlier_boot_is_as_old_as_this_boot_at_least() {
    let place = Directory::start();
    let store = place.open();
    let before = std::time::Instant::now();
    make(&store, &key('a'), "value").await;
    let path = place.path().join(format!("{}.entry", key('a')));
    let text = fs::read_to_string(&path).unwrap();
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    assert!(text.contains(boot.trim()), "{text}");
    let earlier = boot.trim().replace(|digit: char| digit != '-', "0");
    fs::write(&path, text.replace(boot.trim(), &earlier)).unwrap();
    let uptime = fs::read_to_string("/proc/uptime").unwrap();
    let uptime: f64 = uptime.split(' ').next().unwrap().parse().unwrap();
    let age = entry(&store, &key('a')).await.age;
    // The file shows hundredths of a second.
    assert!(age + Duration::from_millis(10) >= Duration::from_secs_f64(uptime));
    assert!(age > before.elapsed());
}

#[test]
fn a_url_that_names_no_directory_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let below = file.join("below");
    for path in [&file, &below, Path::new("")] {
        let error = Store::open(&format!("directory:{}", path.display())).unwrap_err();
        assert!(matches!(error, StoreOpenError::Directory(..)), "{error}");
    }
}

/// Puts something that is no regular file at the first path. A link may lead to the
/// second.
type MakeStrange = fn(&Path, &Path);

fn strange_things() -> Vec<MakeStrange> {
    vec![
        |at, _| {
            let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
            let kind = rustix::fs::FileType::Fifo;
            rustix::fs::mknodat(rustix::fs::CWD, at, kind, mode, 0).unwrap();
        },
        |at, _| drop(std::os::unix::net::UnixListener::bind(at).unwrap()),
        |at, _| fs::create_dir(at).unwrap(),
        |at, victim| std::os::unix::fs::symlink(victim, at).unwrap(),
        |at, _| std::os::unix::fs::symlink("/dev/zero", at).unwrap(),
        |at, _| std::os::unix::fs::symlink(at, at).unwrap(),
    ]
}

#[tokio::test]
async fn what_is_no_regular_file_is_an_error_at_once_and_is_not_followed() {
    let place = Directory::start();
    let store = place.open();
    let victim = place.path().join("victim");
    for name in [format!("{}.entry", key('5')), "lock-5".to_owned()] {
        let at = place.path().join(&name);
        for make_strange in strange_things() {
            make_strange(&at, &victim);
            let written = set(&store, &key('5'), None, "value").await;
            let Err(StoreError::Other(Some(text))) = written else {
                panic!("{name}: {written:?}");
            };
            assert!(text.contains(&name) && text.contains("regular"), "{text}");
            if name.ends_with(".entry") {
                let seen = read(&store, &key('5')).await;
                assert!(matches!(seen, Err(StoreError::Other(_))), "{seen:?}");
            }
            assert!(!victim.exists(), "{name}");
            if fs::symlink_metadata(&at).unwrap().is_dir() {
                fs::remove_dir(&at).unwrap()
            } else {
                fs::remove_file(&at).unwrap()
            }
        }
    }
    make(&store, &key('5'), "value").await;
}

#[tokio::test]
async fn a_directory_that_others_can_write_to_is_refused_with_the_way_out() {
    let place = Directory::start();
    let store = place.open();
    let version = make(&store, &key('a'), "value").await;
    let mode = |mode| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(place.path(), permissions).unwrap();
    };
    for (bits, way_out) in [
        (0o777, "chmod o-w"),
        (0o1777, "chmod o-w"),
        (0o770, "chmod g-w"),
    ] {
        mode(bits);
        let error = Store::open(&place.url().unwrap()).unwrap_err();
        assert!(
            matches!(error, StoreOpenError::UnsafeDirectory(_)),
            "{error}"
        );
        assert!(error.to_string().contains(way_out), "{error}");
        // Under way too.
        let written = set(&store, &key('a'), Some(&version), "new").await;
        let Err(StoreError::Other(Some(text))) = written else {
            panic!("{written:?}");
        };
        assert!(text.contains(way_out), "{text}");
        assert!(read(&store, &key('a')).await.is_err());
    }
    mode(0o755);
    assert_eq!(entry(&store, &key('a')).await.version, version);
    // Whoever can rename it away can put another one in its place.
    mode(0o700);
    let above = |mode| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(place.0.path(), permissions).unwrap();
    };
    above(0o777);
    let error = Store::open(&place.url().unwrap()).unwrap_err();
    assert!(error.to_string().contains("chmod +t"), "{error}");
    above(0o1777);
    assert_eq!(entry(&place.open(), &key('a')).await.version, version);
}

/// Counts how often a file is opened, as the kernel tells it.
#[cfg(target_os = "linux")]
struct Opened(std::os::fd::OwnedFd);

#[cfg(target_os = "linux")]
impl Opened {
    fn of(path: &Path) -> Self {
        use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
        let watch = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
        // Equal events that follow each other are counted as one: each opening is
        // told from the next by the closing.
        add_watch(&watch, path, WatchFlags::OPEN | WatchFlags::CLOSE).unwrap();
        Self(watch)
    }

    /// Since the last time that this was asked.
    fn times(&self) -> u32 {
        use rustix::fs::inotify::{ReadFlags, Reader};
        let mut buffer = [std::mem::MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&self.0, &mut buffer);
        let mut times = 0;
        while let Ok(event) = reader.next() {
            assert!(!event.events().contains(ReadFlags::QUEUE_OVERFLOW));
            times += u32::from(event.events().contains(ReadFlags::OPEN));
        }
        times
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_that_wait_for_one_entry_share_one_look() {
    let place = Directory::start();
    let store = place.open();
    let version = make(&store, &key('a'), "value").await;
    let opened = Opened::of(&place.path().join(format!("{}.entry", key('a'))));
    let read = |_| {
        let (store, version) = (store.clone(), version.clone());
        tokio::spawn(async move { store.read(&key('a'), Some(&version), LONG).await })
    };
    let readers: Vec<_> = (0..500).map(read).collect();
    // Each looks once by itself. Then it is quiet.
    let quiet = async {
        loop {
            opened.times();
            let began = std::time::Instant::now();
            tokio::time::sleep(Duration::from_millis(500)).await;
            let looks = u128::from(opened.times());
            // One more for a look that had begun before.
            if looks >= 1 && looks <= began.elapsed().as_millis() / 50 + 1 {
                return;
            }
        }
    };
    soon(quiet).await;
    let new = set(&place.open(), &key('a'), Some(&version), "new").await;
    let new = new.unwrap();
    for reader in readers {
        let seen = soon(reader).await.unwrap().unwrap();
        assert_eq!(seen.map(|entry| entry.version), new);
    }
}

fn files(place: &Directory) -> Vec<PathBuf> {
    let entries = fs::read_dir(place.path()).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
