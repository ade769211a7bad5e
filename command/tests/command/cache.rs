//! Compiled components are kept, where nobody else could put others.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::{Files, login, plain_room};

/// The files below a folder, in their order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort_unstable();
    found
}

#[tokio::test]
async fn a_component_is_compiled_once_and_a_damaged_one_anew() {
    let room = plain_room().await;
    let home = Files::new();
    let folder = home.0.path().display().to_string();
    let run = async || {
        let ended = login(&room.url())
            .env("XDG_CACHE_HOME", &folder)
            .end()
            .await;
        assert_eq!(ended.code, 0, "{ended:?}");
    };
    run().await;
    let kept = home.0.path().join("rpa-auth");
    assert_eq!(
        fs::metadata(&kept).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let compiled = |path: &PathBuf| path.extension().is_none();
    let first: Vec<PathBuf> = files(&kept).into_iter().filter(compiled).collect();
    assert_eq!(first.len(), 1, "{first:?}");
    let made = fs::metadata(&first[0]).unwrap().modified().unwrap();

    run().await;
    let again: Vec<PathBuf> = files(&kept).into_iter().filter(compiled).collect();
    assert_eq!(again, first);
    assert_eq!(fs::metadata(&first[0]).unwrap().modified().unwrap(), made);

    fs::write(&first[0], "no component").unwrap();
    run().await;
    assert_ne!(fs::read(&first[0]).unwrap(), b"no component");
}

#[tokio::test]
async fn a_folder_that_others_can_write_into_is_left_alone() {
    let room = plain_room().await;
    let home = Files::new();
    let kept = home.0.path().join("rpa-auth");
    fs::create_dir(&kept).unwrap();
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o777)).unwrap();
    let folder = home.0.path().display().to_string();
    let ended = login(&room.url())
        .env("XDG_CACHE_HOME", &folder)
        .end()
        .await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(files(&kept), Vec::<PathBuf>::new());
}
