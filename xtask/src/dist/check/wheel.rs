//! The wheels: the one with the program, and then the other one in its place.

use std::path::Path;

use super::Tried;
use super::bare::printed;
use super::simulated::is_token;
use crate::dist::licences;
use crate::{Failure, files};

/// A login with the module.
const LOGIN: &str = include_str!("login.py");

/// Says for which Linux a wheel is, from what its program asks of the C library.
const AUDITWHEEL: &str = "auditwheel==6.7.0";

/// What the wheel of a release promises.
const OLDEST: &str = "manylinux_2_17_x86_64";

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

    let name = with_program.to_string_lossy();
    if name.contains("manylinux") {
        install(&[AUDITWHEEL])?;
        let mut audit = bare.command(&python);
        audit.args(["-m", "auditwheel", "show"]).arg(&with_program);
        let said = printed(&mut audit)?;
        if !said.contains(&format!("\"{OLDEST}\"")) {
            return Err(format!("it is not for every {OLDEST}: {said}"));
        }
    }
    install(&[&name])?;
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
