//! Puts the faults of the catalogue into the protocol, one at a time, from outside:
//! the production code has no place for them.
//!
//! The protocol, the flows and this search are copied into a folder below `target`. For
//! each fault a text of the protocol is replaced there, and the named scenario is
//! searched. The fault is caught if the search says what goes wrong; a text that does
//! not occur exactly once is an error, so that the catalogue keeps up with the code.

mod catalogue;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use catalogue::{CATALOGUE, Edit, Mutant};

/// What is copied, from the workspace's folder.
const COPIED: [&str; 3] = ["flows", "sharing/protocol", "sharing/search"];

/// A search that has found nothing by then does not find the fault.
const LIMIT: Duration = Duration::from_secs(180);

/// How often to look whether it has.
const LOOK: Duration = Duration::from_millis(50);

/// A small workspace: quick to build, and quick enough to run.
const PROFILE: &str = "
[profile.dev]
opt-level = 1
debug = false
incremental = true
";

/// Whether all faults are caught whose name contains `part`.
pub fn all_are_caught(part: &str) -> bool {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let copy = match copy_of(&workspace) {
        Ok(copy) => copy,
        Err(error) => {
            eprintln!("the workspace cannot be copied: {error}");
            return false;
        }
    };
    let began = Instant::now();
    let chosen: Vec<&Mutant> = CATALOGUE.iter().filter(|m| m.name.contains(part)).collect();
    if chosen.is_empty() {
        eprintln!("no fault has `{part}` in its name");
        return false;
    }
    let mut missed = 0;
    for mutant in &chosen {
        let since = Instant::now();
        let verdict = judge(mutant, &workspace, &copy);
        let seconds = since.elapsed().as_secs_f64();
        match verdict {
            Ok(()) => println!("caught: {} ({seconds:.1} s)", mutant.name),
            Err(why) => {
                println!("MISSED: {}: {why} ({seconds:.1} s)", mutant.name);
                missed += 1;
            }
        }
    }
    let seconds = began.elapsed().as_secs();
    println!("{} faults, {missed} missed, {seconds} s", chosen.len());
    missed == 0
}

/// Copies what is needed, and makes a workspace of it.
fn copy_of(workspace: &Path) -> io::Result<PathBuf> {
    let copy = workspace.join("target/mutants");
    for folder in COPIED {
        let from = workspace.join(folder);
        fs::create_dir_all(copy.join(folder))?;
        copy_file(&from, &copy.join(folder), "Cargo.toml")?;
        copy_folder(&from.join("src"), &copy.join(folder).join("src"))?;
    }
    copy_file(workspace, &copy, "Cargo.lock")?;
    let manifest = fs::read_to_string(workspace.join("Cargo.toml"))?;
    let sections = manifest.split("\n[").skip(1);
    let kept = sections
        .filter(|s| s.starts_with("workspace.package]") || s.starts_with("workspace.lints"));
    let kept: String = kept.map(|section| format!("\n[{section}\n")).collect();
    let members = COPIED.map(|folder| format!("\"{folder}\"")).join(", ");
    let head = format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n");
    fs::write(copy.join("Cargo.toml"), head + &kept + PROFILE)?;
    Ok(copy)
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to.join(entry.file_name()))?;
        } else {
            copy_file(from, to, &entry.file_name().to_string_lossy())?;
        }
    }
    Ok(())
}

/// Copies a file that has changed: one that has not is not compiled again.
fn copy_file(from: &Path, to: &Path, name: &str) -> io::Result<()> {
    let text = fs::read(from.join(name))?;
    let is_same = fs::read(to.join(name)).is_ok_and(|there| there == text);
    if is_same {
        return Ok(());
    }
    fs::write(to.join(name), text)
}

/// Puts a fault in, searches, and takes it out again.
fn judge(mutant: &Mutant, workspace: &Path, copy: &Path) -> Result<(), String> {
    let mut originals: Vec<(PathBuf, String)> = Vec::new();
    let put_in = mutant
        .edits
        .iter()
        .try_for_each(|edit| put_in(edit, workspace, copy, &mut originals));
    let verdict = put_in.and_then(|()| search(mutant, copy));
    for (path, text) in originals {
        fs::write(path, text).map_err(|error| error.to_string())?;
    }
    verdict
}

fn put_in(
    edit: &Edit,
    workspace: &Path,
    copy: &Path,
    originals: &mut Vec<(PathBuf, String)>,
) -> Result<(), String> {
    let file = Path::new("sharing/protocol/src").join(edit.file);
    let path = copy.join(&file);
    let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let count = text.matches(edit.old).count();
    if count != 1 {
        return Err(format!("its text occurs {count} times in {}", edit.file));
    }
    if originals.iter().all(|(known, _)| *known != path) {
        let original = fs::read_to_string(workspace.join(&file));
        originals.push((path.clone(), original.map_err(|error| error.to_string())?));
    }
    fs::write(&path, text.replace(edit.old, edit.new)).map_err(|error| error.to_string())
}

/// Builds the search with the fault in it, and searches the named scenario.
fn search(mutant: &Mutant, copy: &Path) -> Result<(), String> {
    let cargo = || {
        let mut cargo = Command::new("cargo");
        let arguments = ["--quiet", "--offline", "--package", "session-search"];
        cargo.current_dir(copy).env_remove("CARGO_TARGET_DIR");
        (cargo, arguments)
    };
    let (mut build, arguments) = cargo();
    let built = build.arg("build").args(arguments).output();
    let built = built.map_err(|error| error.to_string())?;
    if !built.status.success() {
        let text = String::from_utf8_lossy(&built.stderr);
        let errors: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("error"))
            .collect();
        return Err(format!("it does not compile: {}", errors.join("; ")));
    }
    let mut searching = Command::new(copy.join("target/debug/session-search"))
        .args(["small", mutant.scenario])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let since = Instant::now();
    while searching
        .try_wait()
        .map_err(|error| error.to_string())?
        .is_none()
    {
        if since.elapsed() > LIMIT {
            searching.kill().map_err(|error| error.to_string())?;
            return Err("the search does not end".to_owned());
        }
        std::thread::sleep(LOOK);
    }
    let output = searching
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let broken = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("broken: "));
    match broken {
        Some(found) if found == mutant.violation => Ok(()),
        Some(found) => Err(format!("the search says: {found}")),
        None if !text.contains(" states, ") => Err("the search did not run".to_owned()),
        None => Err(format!("\"{}\" holds", mutant.scenario)),
    }
}
