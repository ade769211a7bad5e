//! The package for Debian: the program with its manual pages, completions and units.

use std::path::Path;

use super::licences::{self, Licences};
use super::{Form, Release, said_by};
use crate::Failure;
use crate::files::{copy, copy_all, read_text, write};
use crate::step::Step;

/// The completion script of each shell, as the shell wants it named.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "rpa-auth"),
    ("fish", "rpa-auth.fish"),
    ("zsh", "_rpa-auth"),
];

/// Lays out what `packages/debian` packs, and packs it.
pub fn build(release: &Release<'_>, licences: &Licences) -> Result<(), Failure> {
    let work = release.work_folder("debian")?;
    let source = work.join("rpa-auth");
    let root = release.workspace.root();
    copy_all(&root.join("packages/debian"), &source.join("debian"))?;
    copy(&release.program, &source.join("rpa-auth"))?;
    for document in read_text(&root.join("packages/debian/docs"))?.lines() {
        if document != licences::FILE {
            copy(&root.join(document), &source.join(document))?;
        }
    }
    write(&source.join(licences::FILE), &licences.of_program)?;
    for unit in ["rpa-auth.service", "rpa-auth.socket"] {
        let file = root.join("packages/systemd").join(unit);
        let text = read_text(&file)?.replace("/usr/local/bin/rpa-auth", "/usr/bin/rpa-auth");
        write(&source.join("debian").join(unit), text)?;
    }
    for (shell, file) in COMPLETIONS {
        let script = said_by(&release.program, &["completion", shell])?;
        write(&source.join("completions").join(file), &script)?;
    }
    write_pages(release, &source.join("man"), &[])?;
    write(&source.join("debian/changelog"), &changelog(release)?)?;

    // What the quick one is compressed with takes an instant.
    let compression = match release.form {
        Form::Release => "-Zxz",
        Form::Quick => "-Zgzip -z1",
    };
    Step::new("dpkg-buildpackage", &["--build=binary", "--no-sign"])
        .with("DEB_COMPRESSION", compression)
        .inside(&source)
        .run()?;
    let into = release.folder_for("debian")?;
    let package = format!("rpa-auth_{}_amd64.deb", env!("CARGO_PKG_VERSION"));
    copy(&work.join(&package), &into.join(package))
}

/// Writes the manual page of the program, or of a subcommand, and those that it refers to.
fn write_pages(release: &Release<'_>, folder: &Path, words: &[&str]) -> Result<(), Failure> {
    let page = said_by(&release.program, &[&["man"], words].concat())?;
    let name = [&["rpa-auth"], words].concat().join("-");
    for subcommand in subcommands(&page, &name) {
        write_pages(release, folder, &[words, &[&subcommand]].concat())?;
    }
    write(&folder.join(format!("{name}.1")), &page)
}

/// Returns the subcommands that the page of `name` names a page of. `help` has none.
fn subcommands(page: &str, name: &str) -> Vec<String> {
    let plain = page.replace("\\-", "-");
    let start = format!("{name}-");
    let named = plain
        .lines()
        .filter_map(|line| line.strip_prefix(&*start)?.strip_suffix("(1)"));
    named
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Returns a changelog with the one entry that Debian's tools take the version from.
fn changelog(release: &Release<'_>) -> Result<String, Failure> {
    let at = format!("@{}", release.time);
    let date = said_by("date".as_ref(), &["--utc", "--rfc-email", "--date", &at])?;
    let control = release.workspace.root().join("packages/debian/control");
    let text = read_text(&control)?;
    let maintainer = text
        .lines()
        .find_map(|line| line.strip_prefix("Maintainer: "));
    let maintainer = maintainer.ok_or_else(|| format!("{}: no maintainer", control.display()))?;
    let entry = format!(
        "rpa-auth ({}) unstable; urgency=medium\n\n  * See CHANGELOG.md of the sources.\n\n -- \
         {maintainer}  {date}",
        env!("CARGO_PKG_VERSION"),
    );
    Ok(entry)
}
