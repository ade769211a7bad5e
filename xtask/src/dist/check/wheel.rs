//! The wheels: the one with the program, and then the other one in its place.

use std::path::Path;

use super::Tried;
use super::bare::printed;
use super::simulated::is_token;
use crate::dist::licences;
use crate::{Failure, files};

/// A login with the module.
const LOGIN: &str = include_str!("login.py");

pub fn check(tried: &Tried<'_>) -> Result<(), Failure> {
    let (bare, simulators) = (&tried.bare, &tried.simulators);
    let with_program = tried.file("pypi", "x86_64.whl")?;
    let for_any = tried.file("pypi", "-py3-none-any.whl")?;

    let environment = bare.folder("python")?;
    printed(
        bare.command("python3")
            .args(["-m", "venv"])
            .arg(&environment),
    )?;
    let python = environment.join("bin/python");
    let program = environment.join("bin/rpa-auth");
    let install = |arguments: &[&str]| {
        let mut pip = bare.command(&python);
        pip.args(["-m", "pip", "install", "--quiet"])
            .args(arguments);
        printed(&mut pip)
    };
    let login = || {
        let script = environment.join("login.py");
        files::write(&script, LOGIN)?;
        is_token(&printed(
            bare.command(&python).arg(script).arg(&simulators.url),
        )?)
    };

    let packages = "import sysconfig; print(sysconfig.get_path('purelib'))";
    let packages = printed(bare.command(&python).args(["-c", packages]))?;
    let about = format!("rpa_auth-{}.dist-info/licenses", env!("CARGO_PKG_VERSION"));
    let about = Path::new(&packages).join(about);

    install(&[&with_program.to_string_lossy()])?;
    licences::are_told(&about, "wasmtime 48.")?;
    simulators.login(bare, &program)?;
    login()?;

    let replaced = ["--force-reinstall", "--no-deps", &for_any.to_string_lossy()];
    install(&replaced)?;
    licences::are_told(&about, "serde_json 1.")?;
    if program.exists() {
        return Err("the wheel for any platform has a program".to_owned());
    }
    login()
}
