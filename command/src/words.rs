//! The contract names its arguments; a person at the command knows options.

/// What the contract calls an argument, and what it is here.
const ARGUMENTS: [(&str, &str); 25] = [
    ("control-room.url", "the URL"),
    ("orchestrator.url", "the URL"),
    ("orchestrator.organization", "--organization"),
    ("orchestrator.tenant", "--tenant"),
    ("orchestrator.authenticate-path", "--authenticate-path"),
    ("orchestrator", "--organization and --tenant"),
    ("identity-server.token-url", "the token endpoint"),
    ("credentials.username-or-email-address", "--user"),
    ("credentials.username", "--user"),
    ("credentials.secret", "the password or API key"),
    ("credentials.password", "the password"),
    ("credentials.tenancy-name", "--tenancy-name"),
    ("credentials.client-id", "--client-id"),
    ("credentials.client-secret", "the client secret"),
    ("credentials.scopes", "--scope"),
    ("credentials.mfa-code", "the MFA code"),
    ("transport.connect-timeout-ms", "--connect-timeout"),
    ("transport.first-byte-timeout-ms", "--first-byte-timeout"),
    (
        "transport.between-bytes-timeout-ms",
        "--between-bytes-timeout",
    ),
    ("transport.total-timeout-ms", "--total-timeout"),
    ("transport.allow-http", "--allow-http"),
    ("token", "the token"),
    // What a host refuses, and what a head is too long with.
    ("url", "the URL:"),
    ("transport.headers", "a header:"),
    ("token, url or transport.headers", "the token or the URL:"),
];

/// Phrases of the contract's words that name something else here.
const PHRASES: [(&str, &str); 5] = [
    ("set allow-http", "give --allow-http"),
    (
        "does not begin with https://",
        "does not begin with https://: write https://host[:port][/prefix]",
    ),
    (
        "has no host",
        "names no host: write https://host[:port][/prefix]",
    ),
    (
        "a scope is empty or holds a character that no scope has (RFC 6749, section 3.3)",
        "a scope is empty or holds a character that no scope has: give --scope once for each",
    ),
    ("must be at least 1", "must be at least 0.001 (seconds)"),
];

/// `text`, which begins with the name of an argument of the contract, in the
/// words of the command.
pub fn in_options(text: &str) -> String {
    let mut text = match text.split_once(": ") {
        Some((argument, problem)) => {
            let known = ARGUMENTS.iter().find(|(name, _)| *name == argument);
            let name = known.map_or(argument, |(_, option)| option);
            format!("{name} {problem}")
        }
        None => text.to_owned(),
    };
    for (theirs, ours) in PHRASES {
        text = text.replace(theirs, ours);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_called_by_its_option() {
        assert_eq!(
            in_options("credentials.username: is empty"),
            "--user is empty"
        );
        assert_eq!(
            in_options("transport.total-timeout-ms: must be at least 1"),
            "--total-timeout must be at least 0.001 (seconds)"
        );
        assert_eq!(
            in_options("token, url or transport.headers: the head would be longer"),
            "the token or the URL: the head would be longer"
        );
    }

    #[test]
    fn every_argument_of_the_contract_has_a_name_here() {
        let contract = include_str!("../../wit/types.wit");
        let records = [
            ("control-room", "control-room"),
            ("control-room-credentials", "credentials"),
            ("orchestrator", "orchestrator"),
            ("ropc-credentials", "credentials"),
            ("identity-server", "identity-server"),
            ("client-credentials", "credentials"),
            ("transport-options", "transport"),
        ];
        // What the command offers no option for, or cannot be given wrong.
        let absent = [
            "control-room.api",
            "control-room.transport",
            "orchestrator.transport",
            "identity-server.transport",
            "identity-server.client-authentication",
            "credentials.multiple-login",
        ];
        for (record, name) in records {
            let start = contract.find(&format!("record {record} {{")).unwrap();
            let fields = &contract[start..];
            let fields = &fields[..fields.find("\n    }").unwrap()];
            let fields = fields.lines().skip(1).map(str::trim);
            for field in fields.filter(|line| !line.starts_with("///")) {
                let (field, _) = field.split_once(':').unwrap();
                let argument = format!("{name}.{field}");
                let known = ARGUMENTS.iter().any(|(known, _)| *known == argument);
                assert_ne!(known, absent.contains(&argument.as_str()), "{argument}");
            }
        }
    }
}
