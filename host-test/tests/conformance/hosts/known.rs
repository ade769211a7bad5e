//! What is known not to work in a host, and why.

use super::case::Case;
use super::host::Host;

/// What a host makes of a login instead of what it should.
#[derive(Clone, Copy)]
pub struct Known {
    pub gives: &'static str,
    why: usize,
}

impl Known {
    /// The number of the reason in the table's notes.
    pub fn number(self) -> usize {
        self.why + 1
    }
}

/// The notes of the table.
pub const REASONS: [&str; 7] = [
    "The host looks at no variable of the environment, and takes no proxy from its program.",
    "The roots of Mozilla are compiled in, and the host takes no others.",
    "wasmtime 48 says that TLS failed, and not when. Version 50, which the one for Python is, says that it was the certificate.",
    "The shim sets this limit when the answer has begun. A timer of the plugin's ends the wait after both limits, that of the \
     connection (10 s where it is not given) and this one.",
    "The shim takes `connect-timeout-ms` for the time in which nothing may come, so the plugin tells it of that limit only where \
     it is given. Leave it out.",
    "The shim takes the address apart at its first colon, and refuses it. Nothing is sent.",
    "The shim has no code for it and says it in words, which the plugin reads. They do not prove that nothing was sent.",
];

/// What is known of a login in a host; none where it gives what it should.
pub fn of(host: Host, case: Case) -> Option<Known> {
    let known = |gives, why| Some(Known { gives, why });
    match (host, case) {
        (_, Case::Proxy) => known("a token, past the proxy", 0),
        (Host::Wasmtime, Case::NamedCa) => known("`tls`, may have acted", 1),
        (Host::Python, Case::NamedCa) => known("`tls`, not sent", 1),
        (Host::Wasmtime, Case::UnknownCa) => known("`tls`, may have acted", 2),
        (Host::Node, Case::FirstByte) => known("a token", 3),
        (Host::Node, Case::ConnectIsShorter) => known("`timeout`, may have acted", 4),
        (Host::Node, Case::Ipv6) => known("`invalid-argument`", 5),
        (Host::Node, Case::UnknownCa) => known("`tls`, may have acted", 6),
        _ => None,
    }
}
