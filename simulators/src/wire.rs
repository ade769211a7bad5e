//! What goes wrong on the wire, as data: a raw server for each case of
//! `host-test/cases/wire`, whose README says what its keys mean.
//!
//! Every test of every language starts this one server, so that all of them judge the
//! same bytes. It counts what came, so that a runner sees what was sent, and how often.
//!
//! Invariants:
//! - A connection does what its script says and nothing else. How many bytes a step reads
//!   does not depend on how they arrive.
//! - With CORS a preflight (Fetch, section 4.8) is answered before the script begins, and
//!   counts nowhere.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::task::JoinSet;

mod case;
mod certificates;
mod control;
mod cors;
mod incoming;
mod port;
mod script;
mod seen;

use case::Port;
use certificates::Certificates;
use port::Service;
use seen::Counts;
pub use seen::Seen;

/// The servers of all cases. Dropping it stops them and cuts their connections.
pub struct Wire {
    places: BTreeMap<String, Place>,
    control: String,
    certificate: PathBuf,
    /// Holds the certificates.
    _folder: TempDir,
    /// Aborted when dropped.
    _servers: JoinSet<()>,
}

/// Where a case is served.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Place {
    /// What the call is made at: `scheme://host:port`.
    pub url: String,
    /// The case's second origin, where it has one.
    pub other: Option<String>,
    /// The proxy that the call has to be made through, where it has one.
    pub proxy: Option<String>,
    /// The certificate in PEM that a client has to trust, where the case speaks TLS: the
    /// same file for all cases.
    pub ca: Option<PathBuf>,
    #[serde(skip)]
    counts: Arc<Counts>,
}

impl Wire {
    /// Starts a server for each case of the TOML files in `cases`. With `cors` a page of
    /// any origin may call, and read every answer that is HTTP.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read, or does not hold cases.
    pub async fn start(cases: &Path, cors: bool) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let ca = folder.path().join("ca.pem");
        let certificates = Certificates::new();
        std::fs::write(&ca, certificates.ca())?;
        let certificate = folder.path().join("server.pem");
        std::fs::write(&certificate, certificates.trusted())?;
        let mut servers = JoinSet::new();
        let mut places = BTreeMap::new();
        for case in case::read_all(cases)? {
            let counts = Arc::new(Counts::default());
            let service = |scripts| Service {
                scripts,
                tls: None,
                cors,
                counts: Arc::clone(&counts),
            };
            let other = if case.other.is_empty() {
                None
            } else {
                let service = service(case.other.clone());
                let port = port::open("127.0.0.1", Port::Open, service, &mut servers).await?;
                Some(format!("http://127.0.0.1:{port}"))
            };
            let scripts = case.server.clone();
            let service = Service {
                tls: case.tls.map(|tls| certificates.config(tls)),
                ..service(case::put_in(scripts, other.as_deref()))
            };
            let port = port::open(&case.at, case.port, service, &mut servers).await?;
            let origin = case.origin(port);
            let (url, proxy) = if case.proxy {
                ("https://platform.invalid".to_owned(), Some(origin))
            } else {
                (origin, None)
            };
            let ca = case.is_https().then(|| ca.clone());
            let place = Place {
                url,
                other,
                proxy,
                ca,
                counts,
            };
            if places.insert(case.name.clone(), place).is_some() {
                return Err(case.wrong("its name stands twice"));
            }
        }
        let counts = places.iter();
        let counts = counts.map(|(name, place)| (name.clone(), Arc::clone(&place.counts)));
        let control = control::open(counts.collect(), cors, &mut servers).await?;
        Ok(Self {
            places,
            control,
            certificate,
            _folder: folder,
            _servers: servers,
        })
    }

    /// Returns where each case is served, by its name.
    pub fn places(&self) -> &BTreeMap<String, Place> {
        &self.places
    }

    /// The certificate in PEM of every server that is to be trusted, for a client that
    /// cannot be given a CA.
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// `http://127.0.0.1:PORT`: a GET there says what each case has seen.
    pub fn control(&self) -> &str {
        &self.control
    }
}

impl Place {
    /// Returns what the case has seen so far.
    pub fn seen(&self) -> Seen {
        self.counts.seen()
    }
}
