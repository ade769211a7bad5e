//! A directory and several users of the machine. Root alone can act as others, so
//! these tests need it: a container will do.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rpa_auth_host::{Store, StoreError};
use tempfile::TempDir;

use crate::{entry, key, make, read, set};

const SERVICE: u32 = 54_001;
const OTHER: u32 = 54_002;
const GROUP: u32 = 54_100;
const ROOT: u32 = 0;

/// A directory that all users can reach, and the program that they run there.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        let is_root = rustix::process::geteuid().is_root();
        assert!(is_root, "run this test as root, in a container say");
        let folder = tempfile::tempdir().unwrap();
        // Below it everybody may make a directory, as in /tmp.
        let permissions = fs::Permissions::from_mode(0o1777);
        fs::set_permissions(folder.path(), permissions).unwrap();
        // By another process: a file that this one has open for writing cannot be run,
        // and children of other tests inherit it for a moment.
        let mut copy = Command::new("cp");
        copy.arg(env!("CARGO_BIN_EXE_store_worker"))
            .arg(folder.path());
        assert!(copy.status().unwrap().success());
        Self { folder }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn url(&self) -> String {
        format!("directory:{}", self.store().display())
    }

    /// Runs `store_worker` for entry `a`: what it prints, or what it complains of.
    fn run(&self, user: u32, group: Option<u32>, command: &[&str]) -> Result<String, String> {
        let mut worker = Command::new(self.folder.path().join("store_worker"));
        worker
            .args([&self.url(), &key('a')])
            .args(command)
            .current_dir("/")
            .uid(user)
            .gid(group.unwrap_or(user));
        if let Some(group) = group {
            worker.env("STORE_WORKER_GROUP", group.to_string());
        }
        let output = worker.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        if output.status.success() {
            Ok(text(output.stdout))
        } else {
            Err(text(output.stderr))
        }
    }

    fn increment(&self, user: u32, group: Option<u32>) -> Result<String, String> {
        self.run(user, group, &["increment", "1"])
    }

    fn entry(&self) -> PathBuf {
        self.store().join(format!("{}.entry", key('a')))
    }

    /// User and group of everything in the store, and of itself.
    fn owners(&self) -> Vec<(u32, u32)> {
        let files = fs::read_dir(self.store()).unwrap();
        let files = files.map(|file| file.unwrap().path());
        let owner = |path: PathBuf| {
            let there = fs::metadata(path).unwrap();
            (there.uid(), there.gid())
        };
        std::iter::once(self.store())
            .chain(files)
            .map(owner)
            .collect()
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn a_write_of_root_locks_the_service_out_of_nothing() {
    let machine = Machine::new();
    machine.increment(SERVICE, None).unwrap();
    // An operator, once in an entry that is there, once in a new one.
    let root = Store::open(&machine.url()).unwrap();
    let version = entry(&root, &key('a')).await.version;
    let written = set(&root, &key('a'), Some(&version), "7").await.unwrap();
    assert!(written.is_some());
    make(&root, &key('b'), "new").await;
    for owner in machine.owners() {
        assert_eq!(owner, (SERVICE, SERVICE));
    }
    machine.increment(SERVICE, None).unwrap();
    assert_eq!(entry(&root, &key('a')).await.value, b"8");
}

#[tokio::test]
async fn a_directory_that_root_makes_again_is_still_the_services() {
    let machine = Machine::new();
    machine.increment(SERVICE, None).unwrap();
    let root = Store::open(&machine.url()).unwrap();
    fs::remove_dir_all(machine.store()).unwrap();
    make(&root, &key('a'), "1").await;
    for owner in machine.owners() {
        assert_eq!(owner, (SERVICE, SERVICE));
    }
    assert_eq!(mode(&machine.store()), 0o700);
    machine.increment(SERVICE, None).unwrap();
}

#[tokio::test]
async fn a_file_that_may_not_be_opened_is_named_with_its_owner() {
    let machine = Machine::new();
    machine.increment(SERVICE, None).unwrap();
    // As an earlier release left it.
    chown(machine.entry(), Some(ROOT), Some(ROOT)).unwrap();
    let complaint = machine.increment(SERVICE, None).unwrap_err();
    for word in [&*key('a'), "user 0", "54001", "chown"] {
        assert!(complaint.contains(word), "{complaint}");
    }
}

#[tokio::test]
async fn a_directory_of_another_user_is_refused_with_the_way_out() {
    let machine = Machine::new();
    machine.increment(SERVICE, None).unwrap();
    let permissions = fs::Permissions::from_mode(0o755);
    fs::set_permissions(machine.store(), permissions).unwrap();
    let complaint = machine.increment(OTHER, None).unwrap_err();
    for word in ["54001", "54002", "chown", "directory_group"] {
        assert!(complaint.contains(word), "{complaint}");
    }
}

#[tokio::test]
async fn users_of_a_group_share_a_directory() {
    let machine = Machine::new();
    for user in [SERVICE, OTHER, SERVICE, OTHER] {
        machine.increment(user, Some(GROUP)).unwrap();
    }
    let root = Store::options().directory_group(GROUP);
    let root = root.open(&machine.url()).unwrap();
    assert_eq!(entry(&root, &key('a')).await.value, b"4");
    let version = entry(&root, &key('a')).await.version;
    set(&root, &key('a'), Some(&version), "9").await.unwrap();
    machine.increment(OTHER, Some(GROUP)).unwrap();
    assert_eq!(mode(&machine.store()), 0o2770);
    assert_eq!(mode(&machine.entry()), 0o660);
    for (_, group) in machine.owners() {
        assert_eq!(group, GROUP);
    }
    // Another group, and nobody who does not say so.
    let refused = machine.increment(SERVICE, Some(GROUP + 1)).unwrap_err();
    assert!(refused.contains("54100"), "{refused}");
    let refused = Store::open(&machine.url()).unwrap_err();
    assert!(refused.to_string().contains("directory_group"), "{refused}");
}

#[tokio::test]
async fn a_device_in_the_place_of_an_entry_is_not_read() {
    use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

    let machine = Machine::new();
    let root = Store::open(&machine.url()).unwrap();
    let zeros = makedev(1, 5);
    let mode = Mode::RUSR | Mode::WUSR;
    mknodat(CWD, machine.entry(), FileType::CharacterDevice, mode, zeros).unwrap();
    let seen = read(&root, &key('a')).await;
    let Err(StoreError::Other(Some(text))) = seen else {
        panic!("{seen:?}");
    };
    assert!(text.contains("regular"), "{text}");
}
