use rpa_auth_flows::{
    AuthError, LifetimeSource, NoAnswer, Oddity, Redirection, Rejection, RejectionKind, Text,
    Throttling, Token, TokenHeader, TransportFailure,
};

use crate::entry::{Attempt, Current, Doubt, LaterField, Refusal, Secret, Settled};
use crate::{Entry, Renewal};

const KINDS: [RejectionKind; 6] = [
    RejectionKind::CredentialsRejected,
    RejectionKind::TokenRejected,
    RejectionKind::RequestRejected,
    RejectionKind::Forbidden,
    RejectionKind::NotFound,
    RejectionKind::ServerError,
];

const FAILURES: [TransportFailure; 7] = [
    TransportFailure::Dns,
    TransportFailure::Refused,
    TransportFailure::Tls,
    TransportFailure::Timeout,
    TransportFailure::Closed,
    TransportFailure::Denied,
    TransportFailure::Other,
];

fn errors() -> Vec<AuthError> {
    let mut errors = vec![
        AuthError::InvalidArgument("url: \u{e9}".into()),
        AuthError::Throttled(Throttling {
            status: 429,
            retry_after_seconds: Some(u32::MAX),
            code: Some("M1".into()),
            message: Some("Maintenance mode".into()),
        }),
        AuthError::Redirected(Redirection {
            status: 302,
            origin: Some("https://elsewhere".into()),
        }),
        AuthError::UnexpectedResponse(Oddity {
            status: 200,
            what: "odd".into(),
        }),
    ];
    errors.extend(KINDS.map(|kind| {
        AuthError::Rejected(Rejection {
            kind,
            status: 401,
            code: Some(Text::default()),
            message: None,
        })
    }));
    errors.extend(FAILURES.map(|failure| {
        AuthError::Unreachable(NoAnswer {
            failure,
            may_have_acted: failure == TransportFailure::Closed,
        })
    }));
    errors
}

fn token() -> Token {
    Token {
        value: "a token".into(),
        header: TokenHeader::XAuthorization,
        lifetime_seconds: 1_200,
        lifetime_source: LifetimeSource::DocumentedDefault,
        expires_at_seconds: 1 << 40,
        multiple_login: Some(false),
        scopes: Some(vec!["a".into(), "b".into()]),
    }
}

/// An entry in which no two fields beside each other are alike.
fn full() -> Entry {
    let refusal = |cause| Refusal {
        age_ms: 7,
        times: 2,
        made_up: true,
        cause,
    };
    let mut secrets = vec![Secret {
        tag: [8; 16],
        good_at: Some(3),
        refusal: None,
    }];
    secrets.extend(errors().into_iter().map(|cause| Secret {
        tag: [9; 16],
        good_at: None,
        refusal: Some(refusal(cause)),
    }));
    Entry {
        number: u64::MAX,
        origin: [7; 16],
        current: Some(Current {
            token: token(),
            digest: [1; 16],
            tag: [11; 16],
            age_ms: 10,
        }),
        attempt: Some(Attempt {
            owner: [2; 16],
            tag: [3; 16],
            renewal: Renewal::Refresh,
            sent: false,
            left_ms: 11,
            forgives: 12,
            doomed: true,
        }),
        settled: Some(Settled {
            number: 13,
            owner: [4; 16],
            tag: [5; 16],
            failure: errors().pop(),
            still_good: Some([12; 16]),
        }),
        secrets,
        doubts: vec![Doubt {
            number: 5,
            tag: [13; 16],
            age_ms: 4,
            is_cleared: true,
        }],
        refusals: 14,
        failures: 15,
        pause_ms: 16,
        refresh_pause_ms: 20,
        probe: true,
        latched: false,
        cause: errors().pop(),
        dead_token: Some([6; 16]),
        quick_deaths: 17,
        contests: 18,
        contest_ms: 19,
        quick_renewals: 21,
        ended: true,
        to_log_out: vec!["old".into(), "older".into()],
        actor: Some("robot".into()),
        later_fields: vec![LaterField {
            id: 127,
            value: vec![1, 2, 3],
        }],
        was_abandoned: false,
    }
}

/// Bytes of an entry with a field that this version does not know.
fn of_a_later_version(id: u8) -> Vec<u8> {
    let mut entry = full();
    entry.later_fields = vec![LaterField {
        id,
        value: b"new".to_vec(),
    }];
    entry.into_bytes().unwrap()
}

#[test]
fn a_later_field_that_can_be_skipped_is_carried_along() {
    let bytes = of_a_later_version(1);
    let mut entry = Entry::from_bytes(&bytes).unwrap();
    entry.refusals += 1;
    let written = Entry::from_bytes(&entry.clone().into_bytes().unwrap()).unwrap();
    assert_eq!(written.later_fields[0].value, b"new");
}

#[test]
fn a_later_field_that_must_be_understood_makes_the_entry_unreadable() {
    assert_eq!(Entry::from_bytes(&of_a_later_version(128)), None);
    assert_eq!(Entry::from_bytes(&of_a_later_version(255)), None);
}

#[test]
fn bytes_that_are_left_over_make_the_entry_unreadable() {
    let mut bytes = full().into_bytes().unwrap();
    bytes.push(0);
    assert_eq!(Entry::from_bytes(&bytes), None);
}

#[test]
fn an_entry_is_read_as_it_was_written() {
    for entry in [full(), Entry::default()] {
        let bytes = entry.clone().into_bytes().unwrap();
        assert_eq!(Entry::from_bytes(&bytes), Some(entry));
    }
}

#[test]
fn every_header_lifetime_source_and_renewal_is_read_as_it_was_written() {
    for header in [TokenHeader::XAuthorization, TokenHeader::Bearer] {
        for (lifetime_source, renewal) in [
            (LifetimeSource::Claims, Renewal::Login),
            (LifetimeSource::Response, Renewal::Check),
        ] {
            let mut entry = full();
            let token = token();
            entry.current.as_mut().unwrap().token = Token {
                header,
                lifetime_source,
                ..token
            };
            entry.attempt.as_mut().unwrap().renewal = renewal;
            let bytes = entry.clone().into_bytes().unwrap();
            assert_eq!(Entry::from_bytes(&bytes), Some(entry));
        }
    }
}

#[test]
fn what_a_reader_finds_out_is_not_written() {
    let entry = Entry {
        was_abandoned: true,
        ..full()
    };
    let bytes = entry.clone().into_bytes().unwrap();
    assert_eq!(Entry::from_bytes(&bytes), Some(full()));
}

#[test]
fn bytes_that_were_cut_are_no_entry() {
    let bytes = full().into_bytes().unwrap();
    for length in 0..bytes.len() {
        assert_eq!(Entry::from_bytes(&bytes[..length]), None, "{length}");
    }
}

#[test]
fn an_unknown_case_is_no_entry() {
    let mut bytes = Entry::default().into_bytes().unwrap();
    // After the number and the origin: whether there is a current token.
    bytes[24] = 2;
    assert_eq!(Entry::from_bytes(&bytes), None);
}

#[test]
fn a_list_that_claims_to_be_endless_ends_with_the_bytes() {
    let mut bytes = Entry::default().into_bytes().unwrap();
    // After the number, the origin and three options: how many secrets there are.
    bytes[27..31].fill(0xff);
    assert_eq!(Entry::from_bytes(&bytes), None);
}

#[test]
fn a_text_that_is_not_utf_8_is_no_entry() {
    let entry = Entry {
        actor: Some("robot".into()),
        ..Entry::default()
    };
    let mut bytes = entry.clone().into_bytes().unwrap();
    let robot = bytes.windows(5).position(|w| w == b"robot").unwrap();
    bytes[robot] = 0xff;
    assert_eq!(Entry::from_bytes(&bytes), None);
}
