//! From the name to the end of the TLS handshake.

use std::net::IpAddr;
use std::path::Path;

use rpa_auth_host::{CertificateProblem, Handshake, Obstacle, Probe, ProxyOnTheWay, RootSource};
use serde_json::json;

use super::Verdict;
use super::certificate::{Certificate, pem};
use super::reply::proxy_wants;
use super::report::{Report, State};
use crate::cli_error::CliError;
use crate::connection::Means;
use crate::exit::Exit;

/// The server can be spoken to.
pub(super) struct Reached {
    /// The server asked for a client certificate, and there was none to show.
    pub(super) lacks_client_certificate: bool,
}

type Step<T> = Result<Result<T, Verdict>, CliError>;

pub(super) async fn reach(
    probe: &Probe,
    means: &Means,
    save_chain: Option<&Path>,
    report: &mut Report,
) -> Step<Reached> {
    let proxy = probe.proxy();
    if let Err(verdict) = say_proxy(proxy.as_ref(), report)? {
        return Ok(Err(verdict));
    }
    if let Err(verdict) = name(probe, proxy.as_ref(), report).await? {
        return Ok(Err(verdict));
    }
    let place = format!("{}:{}", probe.host(), probe.port());
    let connection = match probe.connect().await {
        Ok(connection) => connection,
        Err(obstacle) => {
            report.bad("connection", &format!("{place}: {obstacle}"))?;
            return Ok(Err(no_connection(&obstacle, probe, means, proxy.as_ref())));
        }
    };
    match connection.peer() {
        Some(peer) if peer.to_string() != probe.host().trim_matches(['[', ']']) => {
            report.good("connection", &format!("{place} via {peer}"))?;
        }
        _ => report.good("connection", &place)?,
    }
    if !probe.is_over_tls() {
        let text = "none: credentials would travel in the clear; the flows want --allow-http";
        report.step("tls", State::Neutral, text)?;
        return Ok(Ok(Reached {
            lacks_client_certificate: false,
        }));
    }
    let handshake = match connection.handshake().await {
        Ok(handshake) => handshake,
        Err(obstacle) => {
            report.bad("tls", &obstacle.to_string())?;
            return Ok(Err(no_handshake(&obstacle, &[], probe, means)));
        }
    };
    let chain = say_chain(&handshake, report)?;
    if let Some(file) = save_chain {
        save(&handshake.chain, file, report)?;
    }
    if let Some(obstacle) = &handshake.obstacle {
        return Ok(Err(no_handshake(obstacle, &chain, probe, means)));
    }
    let asked = handshake.asked_for_client_certificate;
    Ok(Ok(Reached {
        lacks_client_certificate: asked && !means.has_client_certificate,
    }))
}

fn say_proxy(proxy: Option<&ProxyOnTheWay>, report: &mut Report) -> Step<()> {
    let Some(proxy) = proxy else {
        report.step("proxy", State::Neutral, "none")?;
        return Ok(Ok(()));
    };
    let place = place_of(proxy);
    report.fact(
        "proxy",
        json!({ "address": place, "has_credentials": proxy.has_credentials }),
    );
    if !proxy.is_supported {
        report.bad("proxy", &format!("{place}, over TLS or SOCKS"))?;
        return Ok(Err(Verdict::new(
            Exit::Unreachable,
            "The environment names a proxy that is spoken to over TLS or SOCKS, which is not \
             offered: give one with --proxy http://host:port, or go straight with --no-proxy.",
        )));
    }
    let credentials = if proxy.has_credentials {
        "with user name and password"
    } else {
        "without a password"
    };
    report.good("proxy", &format!("{place}, {credentials}"))?;
    Ok(Ok(()))
}

async fn name(probe: &Probe, proxy: Option<&ProxyOnTheWay>, report: &mut Report) -> Step<()> {
    let host = proxy.map_or(probe.host(), |proxy| &proxy.host);
    match probe.addresses().await {
        Ok(addresses) if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() => {
            report.step("name", State::Neutral, &format!("{host} is an address"))?;
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            report.fact("addresses", json!(addresses));
            Ok(Ok(()))
        }
        Ok(addresses) => {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            let rest = match proxy {
                Some(_) => format!("; the proxy finds {} itself", probe.host()),
                None => String::new(),
            };
            report.good("name", &format!("{host} is {}{rest}", addresses.join(", ")))?;
            report.fact("addresses", json!(addresses));
            Ok(Ok(()))
        }
        Err(Obstacle::Timeout) => {
            report.bad("name", &format!("{host}: {}", Obstacle::Timeout))?;
            Ok(Err(Verdict::new(
                Exit::Unreachable,
                "No server of names answered in time (--connect-timeout): check whether this \
                 machine is in the right network or needs a VPN.",
            )))
        }
        Err(obstacle) => {
            report.bad("name", &format!("{host}: {obstacle}"))?;
            let whose = match proxy {
                Some(_) => "the proxy's name",
                None => "the name",
            };
            Ok(Err(Verdict::new(
                Exit::Unreachable,
                format!(
                    "Nobody knows {whose} {host}: check its spelling, and whether this machine \
                     is in the right network or needs a VPN."
                ),
            )))
        }
    }
}

fn no_connection(
    obstacle: &Obstacle,
    probe: &Probe,
    means: &Means,
    proxy: Option<&ProxyOnTheWay>,
) -> Verdict {
    let place = match proxy {
        Some(proxy) => format!("the proxy {}", place_of(proxy)),
        None => format!("{} port {}", probe.host(), probe.port()),
    };
    let text = match obstacle {
        Obstacle::ProxyWantsPassword | Obstacle::ProxyWantsOther(_) => {
            proxy_wants(&place, obstacle)
        }
        Obstacle::ProxyRefused(status) => format!(
            "{place} answered {status} and opened no way to {} port {}: check the address, or \
             ask who runs the proxy to permit it.",
            probe.host(),
            probe.port()
        ),
        Obstacle::ProxyBroken => format!(
            "{place} opened no way to {} port {}: it ended the connection or does not speak HTTP. \
             Check the proxy's address and port.",
            probe.host(),
            probe.port()
        ),
        Obstacle::Refused => format!(
            "Nothing listens at {place}: check the port, and whether a firewall or the server \
             itself refuses."
        ),
        Obstacle::Timeout => format!(
            "{place} did not answer within {} s (--connect-timeout): most often a firewall, a \
             missing VPN or a missing proxy.",
            means.connect_limit.as_secs_f64()
        ),
        Obstacle::NameNotFound => format!("{place} was not found: check its name."),
        _ => format!("{place} ended the connection: check what stands in between."),
    };
    Verdict::new(Exit::Unreachable, capitalized(text))
}

fn say_chain(handshake: &Handshake, report: &mut Report) -> Result<Vec<Certificate>, CliError> {
    let trusted: Vec<&str> = handshake
        .trusted_by
        .iter()
        .map(|root| root_name(*root))
        .collect();
    let asks = if handshake.asked_for_client_certificate {
        "; the server asks for a client certificate"
    } else {
        ""
    };
    let is_of_trust = |obstacle: &Obstacle| {
        matches!(
            obstacle,
            Obstacle::Certificate(
                CertificateProblem::UnknownIssuer
                    | CertificateProblem::OtherKey
                    | CertificateProblem::OfCa
            )
        )
    };
    match (&handshake.obstacle, &handshake.version) {
        (None, version) => {
            let version = version.as_deref().map_or("TLS".into(), version_name);
            let by = trusted.join(" and ");
            report.good("tls", &format!("{version}, trusted by {by}{asks}"))?;
        }
        (Some(obstacle), _) if is_of_trust(obstacle) && !handshake.chain.is_empty() => {
            report.bad("tls", &format!("{obstacle}; trusted by nobody{asks}"))?;
        }
        (Some(obstacle), _) => report.bad("tls", &format!("{obstacle}{asks}"))?,
    }
    let chain = handshake
        .chain
        .iter()
        .filter_map(|der| Certificate::parse(der));
    let chain: Vec<Certificate> = chain.collect();
    for certificate in &chain {
        report.step("certificate", State::Neutral, &certificate.text())?;
    }
    report.fact(
        "tls",
        json!({
            "version": handshake.version.as_deref().map(version_name),
            "trusted_by": trusted,
            "asks_for_client_certificate": handshake.asked_for_client_certificate,
            "certificates": chain.iter().map(Certificate::object).collect::<Vec<_>>(),
        }),
    );
    Ok(chain)
}

/// `TLS 1.3` for the library's `TLSv1_3`.
fn version_name(version: &str) -> String {
    version.replace("TLSv", "TLS ").replace('_', ".")
}

fn save(chain: &[Vec<u8>], file: &Path, report: &mut Report) -> Result<(), CliError> {
    let shown = file.display();
    if chain.is_empty() {
        return report.bad("saved", "nothing: the server showed no certificate");
    }
    std::fs::write(file, pem(chain))
        .map_err(|error| CliError::unreadable(format!("--save-chain {shown}: {error}")))?;
    let count = chain.len();
    report.good(
        "saved",
        &format!("{count} certificates in {shown}: compare the fingerprint before you trust it"),
    )
}

fn no_handshake(
    obstacle: &Obstacle,
    chain: &[Certificate],
    probe: &Probe,
    means: &Means,
) -> Verdict {
    let problem = match obstacle {
        Obstacle::Certificate(problem) => problem,
        Obstacle::Alert(alert) => {
            return Verdict::new(
                Exit::Unreachable,
                format!(
                    "The server ended the TLS handshake ({alert}): it may want a client \
                     certificate (--client-certificate), or speak only versions of TLS that are \
                     too old."
                ),
            );
        }
        Obstacle::OldTls => {
            return Verdict::new(
                Exit::Unreachable,
                "The server speaks only versions of TLS that are too old: whoever runs it must \
                 switch on TLS 1.2 or 1.3.",
            );
        }
        Obstacle::CutInHandshake => {
            return Verdict::new(
                Exit::Unreachable,
                format!(
                    "The connection to {} port {} ended within the TLS handshake: check the port, \
                     and what stands in between (a firewall that reads names, a proxy).",
                    probe.host(),
                    probe.port()
                ),
            );
        }
        Obstacle::Timeout => {
            return Verdict::new(
                Exit::Unreachable,
                format!(
                    "{} port {} did not shake hands within {} s (--connect-timeout): check the \
                     port, and what stands in between.",
                    probe.host(),
                    probe.port(),
                    means.connect_limit.as_secs_f64()
                ),
            );
        }
        _ => {
            return Verdict::new(
                Exit::Unreachable,
                format!(
                    "What answers at {} port {} does not speak TLS as it should: check the port, \
                     and whether the address is an http: one.",
                    probe.host(),
                    probe.port()
                ),
            );
        }
    };
    let text = match problem {
        CertificateProblem::UnknownIssuer => {
            let issuer = chain.last().map_or("somebody", |last| &last.issuer);
            let beside = if means.has_ca_bundle {
                ", and the given bundle does not hold it"
            } else {
                ""
            };
            format!(
                "The certificate is signed by {issuer}, whom this machine does not trust{beside}: \
                 if that is your company's CA, give its certificate (PEM) with --ca-bundle FILE; \
                 if it is not, somebody stands in between and reads along. --save-chain FILE saves what \
                 the server showed; compare its fingerprint with whoever runs it."
            )
        }
        CertificateProblem::OtherKey => {
            let issuer = chain.last().map_or("somebody", |last| &last.issuer);
            format!(
                "The certificate is signed by {issuer}, and the certificate of that name which is \
                 trusted here has another key: if your company's CA was renewed, give its new \
                 certificate with --ca-bundle FILE; if it was not, somebody stands in between and reads along."
            )
        }
        CertificateProblem::Expired => "The server's certificate has expired: whoever runs the \
             server must renew it; if it has not, this machine's clock is wrong."
            .into(),
        CertificateProblem::NotYetValid => {
            "The server's certificate is not valid yet: check this machine's clock.".into()
        }
        CertificateProblem::WrongName => {
            let names = chain.first().map(|own| own.names.join(", "));
            format!(
                "The server's certificate is for {}, not for {}: use that name, or check what \
                 answers here.",
                names.unwrap_or_else(|| "other names".into()),
                probe.host()
            )
        }
        CertificateProblem::OfCa => {
            "The server shows a certificate that is made for a CA as its own, as self-signed ones \
             often are: give exactly this certificate with --ca-bundle FILE (--save-chain FILE \
             saves it; compare its fingerprint with whoever runs the server)."
                .into()
        }
        problem => format!(
            "The server's certificate cannot be used ({problem}): whoever runs the server must \
             replace it."
        ),
    };
    Verdict::new(Exit::Unreachable, text)
}

fn root_name(root: RootSource) -> &'static str {
    match root {
        RootSource::Bundle => "the given bundle",
        RootSource::System => "the system",
        RootSource::Mozilla => "Mozilla's list",
        _ => "another list",
    }
}

fn place_of(proxy: &ProxyOnTheWay) -> String {
    match proxy.port {
        Some(port) => format!("{}:{port}", proxy.host),
        None => proxy.host.clone(),
    }
}

fn capitalized(text: String) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => text,
    }
}
