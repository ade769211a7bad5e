//! Arguments that cannot be used: the error names the argument, shows nothing of
//! what was passed, and nothing is sent.

use std::time::Duration;

use rpa_auth_host::{
    AuthError, ClientAuthentication, ClientCredentials, ControlRoomCredentials as Credentials,
    IdentityServer, Orchestrator, RopcCredentials, Transport,
};
use simulators::ControlRoom as Sim;

use crate::calls::Call;
use crate::support::{V1, V2, identity_server, orchestrator, plugin, refused, room, transport};

mod headers;
mod urls;

/// The error is about `argument`, in words of the component's own.
#[track_caller]
pub fn assert_invalid(error: AuthError, argument: &str) {
    let AuthError::InvalidArgument(text) = error else {
        panic!("not an invalid argument: {error:?}");
    };
    let (name, problem) = text
        .split_once(": ")
        .expect("a name and what is wrong with it");
    assert_eq!(name, argument, "{text}");
    assert!(!problem.is_empty());
    assert!(!text.contains("s3cret"), "{text}");
}

/// A server that must not see a thing.
async fn unseen(test: impl AsyncFnOnce(&str)) {
    let sim = Sim::builder().start().await;
    test(&sim.url()).await;
    assert_eq!((sim.requests().len(), sim.connections()), (0, 0));
}

#[tokio::test]
async fn a_user_name_or_secret_that_cannot_be_right_is_not_sent() {
    unseen(async |url| {
        for (credentials, argument) in [
            (Credentials::password("", "s3cret"), "credentials.username"),
            (Credentials::password("ada", ""), "credentials.secret"),
            (Credentials::api_key("ada", ""), "credentials.secret"),
            (
                Credentials::password("ada", "s3cret\nuser: ada"),
                "credentials.secret",
            ),
            (
                Credentials::api_key("ada", "\u{feff}s3cret"),
                "credentials.secret",
            ),
            (
                Credentials::password("ada\u{1b}", "s3cret"),
                "credentials.username",
            ),
        ] {
            for api in [V1, V2] {
                let made = plugin().authenticate(&room(url, api), &credentials).await;
                assert_invalid(refused(made), argument);
            }
        }
        for (tenancy, name, password, argument) in [
            (Some(""), "ada", "s3cret", "credentials.tenancy-name"),
            (None, "", "s3cret", "credentials.username-or-email-address"),
            (None, "ada", "", "credentials.password"),
            (None, "ada", "s3cret\r\n", "credentials.password"),
        ] {
            let credentials = RopcCredentials {
                tenancy_name: tenancy.map(str::to_owned),
                username_or_email_address: name.into(),
                password: password.into(),
            };
            let made = plugin()
                .ropc_authenticate(&orchestrator(url), &credentials)
                .await;
            assert_invalid(refused(made), argument);
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_without_id_or_secret_or_with_a_scope_that_is_none_is_not_sent() {
    unseen(async |url| {
        for (id, secret, scope, argument) in [
            ("", "s3cret", "OR.Jobs", "credentials.client-id"),
            ("app", "", "OR.Jobs", "credentials.client-secret"),
            ("app", "s3cret\0", "OR.Jobs", "credentials.client-secret"),
            ("app", "s3cret", "", "credentials.scopes"),
            ("app", "s3cret", "OR.Jobs OR.Folders", "credentials.scopes"),
            ("app", "s3cret", "OR\"Jobs", "credentials.scopes"),
            ("app", "s3cret", "OR\\Jobs", "credentials.scopes"),
            ("app", "s3cret", "OR\r\nJobs", "credentials.scopes"),
            ("app", "s3cret", "\u{e9}", "credentials.scopes"),
        ] {
            let credentials = ClientCredentials {
                client_id: id.into(),
                client_secret: secret.into(),
                scopes: vec!["OR.Folders".into(), scope.into()],
            };
            let server = identity_server(&format!("{url}/identity/connect/token"));
            let made = plugin()
                .client_credentials_authenticate(&server, &credentials)
                .await;
            assert_invalid(refused(made), argument);
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_that_no_header_can_carry_is_not_sent() {
    unseen(async |url| {
        for token in [
            "",
            "s3cret\r\nX-Other: 1",
            "s3cret\n",
            "s3cret\0",
            "s3 cret",
            "s3cret\u{7f}",
            "s3cret\u{e9}",
            "\ts3cret",
            "\"s3cret\"",
            "Bearer s3cret",
            "{\"token\":\"s3cret\"}",
        ] {
            for api in [V1, V2] {
                let room = room(url, api);
                assert_invalid(refused(plugin().validate(&room, token).await), "token");
                assert_invalid(refused(plugin().refresh(&room, token).await), "token");
                assert_invalid(refused(plugin().logout(&room, token).await), "token");
            }
            let made = plugin().current_user(&orchestrator(url), token).await;
            assert_invalid(refused(made), "token");
        }
    })
    .await;
}

#[tokio::test]
async fn a_limit_of_zero_is_no_limit_to_call_in() {
    unseen(async |url| {
        let zero = Some(Duration::ZERO);
        for (argument, limits) in [
            (
                "transport.connect-timeout-ms",
                Transport {
                    connect_timeout: zero,
                    ..transport(url)
                },
            ),
            (
                "transport.first-byte-timeout-ms",
                Transport {
                    first_byte_timeout: zero,
                    ..transport(url)
                },
            ),
            (
                "transport.between-bytes-timeout-ms",
                Transport {
                    between_bytes_timeout: zero,
                    ..transport(url)
                },
            ),
            (
                "transport.total-timeout-ms",
                Transport {
                    total_timeout: zero,
                    ..transport(url)
                },
            ),
        ] {
            for call in Call::ALL {
                let made = call.make(plugin(), url, limits.clone()).await;
                assert_invalid(refused(made), argument);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn organization_and_tenant_go_together_and_are_names() {
    unseen(async |url| {
        for (organization, tenant, argument) in [
            (Some("acme"), None, "orchestrator"),
            (None, Some("prod"), "orchestrator"),
            (Some(""), Some("prod"), "orchestrator.organization"),
            (Some(".."), Some("prod"), "orchestrator.organization"),
            (Some("acme"), Some(""), "orchestrator.tenant"),
            (Some("acme"), Some("."), "orchestrator.tenant"),
        ] {
            let called = Orchestrator {
                organization: organization.map(str::to_owned),
                tenant: tenant.map(str::to_owned),
                ..orchestrator(url)
            };
            let credentials = RopcCredentials {
                tenancy_name: None,
                username_or_email_address: "ada".into(),
                password: "s3cret".into(),
            };
            let made = plugin().ropc_authenticate(&called, &credentials).await;
            assert_invalid(refused(made), argument);
            let made = plugin().current_user(&called, "s3cret").await;
            assert_invalid(refused(made), argument);
        }
    })
    .await;
}

#[tokio::test]
async fn a_basic_client_needs_an_http_permission_like_any_other() {
    unseen(async |url| {
        let server = IdentityServer {
            client_authentication: Some(ClientAuthentication::Basic),
            ..IdentityServer::new(format!("{url}/identity/connect/token"))
        };
        let credentials = ClientCredentials {
            client_id: "app".into(),
            client_secret: "s3cret".into(),
            scopes: vec![],
        };
        let made = plugin()
            .client_credentials_authenticate(&server, &credentials)
            .await;
        assert_invalid(refused(made), "identity-server.token-url");
    })
    .await;
}
