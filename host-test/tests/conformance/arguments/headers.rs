//! Extra headers: none that could break out of its line, and none that the call
//! uses itself.

use rpa_auth_host::{Header, Transport};

use super::{assert_invalid, unseen};
use crate::calls::Call;
use crate::support::{V1, V2, plugin, refused, transport};

/// Makes every call with these extra headers, all of which are refused.
async fn check_headers(name: &str, value: &str) {
    unseen(async |url| {
        for call in Call::ALL {
            let transport = Transport {
                headers: vec![Header::new("X-Fine", "1"), Header::new(name, value)],
                ..transport(url)
            };
            let made = call.make(plugin(), url, transport).await;
            assert_invalid(refused(made), "transport.headers");
        }
    })
    .await;
}

#[tokio::test]
async fn a_header_that_could_break_out_of_its_line_is_not_sent() {
    for value in [
        "s3cret\r\nX-Other: 1",
        "s3cret\n",
        "s3cret\r",
        "\0",
        "\u{7f}",
        "s3cret\u{e9}",
    ] {
        check_headers("X-Gateway-Key", value).await;
    }
    for name in [
        "",
        "X Key",
        "X-Key:",
        "X\r\nOther",
        "X\0",
        "K\u{e9}y",
        "(x)",
        "X-Key\n",
    ] {
        check_headers(name, "s3cret").await;
    }
}

#[tokio::test]
async fn a_header_that_the_call_uses_itself_is_not_sent_in_any_case() {
    for name in [
        "Accept",
        "accept-encoding",
        "Connection",
        "CONTENT-LENGTH",
        "Content-Type",
        "Content-Encoding",
        "Expect",
        "host",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "User-Agent",
    ] {
        check_headers(name, "s3cret").await;
    }
}

#[tokio::test]
async fn a_header_that_carries_the_calls_own_proof_is_not_sent_twice() {
    unseen(async |url| {
        let with = |name: &str| Transport {
            headers: vec![Header::new(name, "s3cret")],
            ..transport(url)
        };
        for call in [
            Call::Validate(V1),
            Call::Validate(V2),
            Call::Refresh(V2),
            Call::Logout,
        ] {
            let made = call.make(plugin(), url, with("x-authorization")).await;
            assert_invalid(refused(made), "transport.headers");
        }
        for call in [Call::CurrentUser, Call::ClientCredentialsByBasic] {
            let made = call.make(plugin(), url, with("AUTHORIZATION")).await;
            assert_invalid(refused(made), "transport.headers");
        }
    })
    .await;
}
