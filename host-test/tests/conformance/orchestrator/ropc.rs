//! Logins with name and password that lead to a token, for each layout.

use std::time::Duration;

use rpa_auth_host::{Header, LifetimeSource, Orchestrator, RopcCredentials};
use simulators::Orchestrator as Sim;
use simulators::orchestrator::{Account, Builder, HOST_TENANT, Layout, ResultField, TokenKind};

use crate::client::api;
use crate::support::{
    JSON, Over, PASSWORD, PASSWORD_IN_JSON, Wire, expected, now, on_the_wire, only, orchestrator,
    plugin,
};
use crate::tokens::Wanted;

fn credentials(tenancy: Option<&str>, name: &str) -> RopcCredentials {
    RopcCredentials {
        tenancy_name: tenancy.map(str::to_owned),
        username_or_email_address: name.to_owned(),
        password: PASSWORD.into(),
    }
}

fn suite() -> Layout {
    Layout::AutomationSuite {
        organization: "acme".into(),
        tenant: "prod".into(),
    }
}

fn gateway() -> Layout {
    Layout::Gateway {
        organization: "acme".into(),
        tenant: "prod".into(),
    }
}

fn builder(layout: Layout, tenancy: &str) -> Builder {
    Sim::builder()
        .layout(layout)
        .account(Account::new(tenancy, "ada", PASSWORD))
}

/// Logs in, checks the request at `path`, the token and that it opens the API.
async fn check(
    sim: &Sim,
    called: &Orchestrator,
    who: &RopcCredentials,
    path: &str,
    wanted: Wanted<'_>,
) {
    let asked = now();
    let token = plugin().ropc_authenticate(called, who).await.unwrap();
    let tenancy = match &who.tenancy_name {
        Some(name) => format!(r#""TenancyName":"{name}","#),
        None => String::new(),
    };
    let name = &who.username_or_email_address;
    let body = format!(
        r#"{{{tenancy}"UsernameOrEmailAddress":"{name}","Password":"{PASSWORD_IN_JSON}"}}"#
    );
    assert_eq!(
        on_the_wire(&only(sim.take_requests())),
        expected(&format!("POST {path}"), sim.address(), &[JSON], &body)
    );
    assert_eq!(sim.violations(), [""; 0]);
    wanted.check(&token, asked);
    assert!(sim.is_live(token.value()));
    let folders = api(&sim.base_url(), "/odata/Folders", &token).await;
    assert_eq!(folders.status, 200);
    assert_eq!(folders.json()["value"][0]["DisplayName"], "Shared");
    sim.take_requests();
}

const PATH: &str = "/api/account/authenticate";

#[tokio::test]
async fn a_standalone_orchestrator_gives_a_token_over_both_schemes() {
    for wire in Wire::BOTH {
        let sim = builder(Layout::Standalone, "Default")
            .over(wire)
            .start()
            .await;
        let called = orchestrator(&sim.url());
        for (tenancy, name) in [
            (Some("Default"), "ada"),
            (None, "ada"),
            (Some("Default"), "ada@example.com"),
        ] {
            let who = credentials(tenancy, name);
            check(&sim, &called, &who, PATH, Wanted::ORCHESTRATOR).await;
        }
    }
}

#[tokio::test]
async fn a_tenant_in_automation_suite_is_in_the_path() {
    for wire in Wire::BOTH {
        let sim = builder(suite(), "prod").over(wire).start().await;
        let called = Orchestrator {
            transport: crate::support::transport(&sim.url()),
            ..Orchestrator::in_suite(sim.url(), "acme", "prod")
        };
        let path = "/acme/prod/api/account/authenticate";
        for tenancy in [Some("prod"), None] {
            let who = credentials(tenancy, "ada");
            check(&sim, &called, &who, path, Wanted::ORCHESTRATOR).await;
        }
    }
}

#[tokio::test]
async fn organization_and_tenant_may_stand_in_the_url_instead() {
    let sim = builder(suite(), "prod").start().await;
    let called = orchestrator(&sim.base_url());
    let path = "/acme/prod/api/account/authenticate";
    check(
        &sim,
        &called,
        &credentials(None, "ada"),
        path,
        Wanted::ORCHESTRATOR,
    )
    .await;
}

#[tokio::test]
async fn a_gateways_url_carries_it_all() {
    for wire in Wire::BOTH {
        let sim = builder(gateway(), "prod").over(wire).start().await;
        let path = "/acme/prod/orchestrator_/api/account/authenticate";
        for end in ["", "/"] {
            let called = orchestrator(&format!("{}{end}", sim.base_url()));
            let who = credentials(Some("prod"), "ada");
            check(&sim, &called, &who, path, Wanted::ORCHESTRATOR).await;
        }
    }
}

#[tokio::test]
async fn an_authenticate_path_takes_the_place_of_the_usual_one() {
    let sim = builder(gateway(), "prod").start().await;
    let path = "/acme/prod/orchestrator_/api/account/authenticate";
    for given in [
        "orchestrator_/api/account/authenticate",
        "/orchestrator_/api/account/authenticate",
    ] {
        let called = Orchestrator {
            authenticate_path: Some(given.into()),
            transport: crate::support::transport(&sim.url()),
            ..Orchestrator::in_suite(sim.url(), "acme", "prod")
        };
        check(
            &sim,
            &called,
            &credentials(None, "ada"),
            path,
            Wanted::ORCHESTRATOR,
        )
        .await;
    }
}

#[tokio::test]
async fn the_host_tenant_is_at_the_root() {
    for layout in [Layout::Standalone, suite()] {
        let sim = builder(layout, HOST_TENANT).start().await;
        let who = credentials(Some(HOST_TENANT), "ada");
        check(
            &sim,
            &orchestrator(&sim.url()),
            &who,
            PATH,
            Wanted::ORCHESTRATOR,
        )
        .await;
    }
}

#[tokio::test]
async fn a_name_in_the_path_is_one_segment_whatever_it_holds() {
    let layout = Layout::AutomationSuite {
        organization: "a/b c".into(),
        tenant: "d?\u{e9}#".into(),
    };
    let sim = builder(layout, "d?\u{e9}#").start().await;
    let called = Orchestrator {
        transport: crate::support::transport(&sim.url()),
        ..Orchestrator::in_suite(sim.url(), "a/b c", "d?\u{e9}#")
    };
    let token = plugin()
        .ropc_authenticate(&called, &credentials(None, "ada"))
        .await;
    assert!(token.is_ok());
    let request = only(sim.take_requests());
    assert_eq!(
        request.path_and_query,
        "/a%2Fb%20c/d%3F%C3%A9%23/api/account/authenticate"
    );
}

#[tokio::test]
async fn the_token_is_found_however_its_field_is_written_and_whatever_it_is() {
    for field in [ResultField::Lower, ResultField::Upper] {
        for (kind, wanted) in [
            (TokenKind::Opaque, Wanted::ORCHESTRATOR),
            (
                TokenKind::Jwt,
                Wanted {
                    lifetime_seconds: 900,
                    lifetime_source: LifetimeSource::Claims,
                    ..Wanted::ORCHESTRATOR
                },
            ),
        ] {
            let sim = builder(Layout::Standalone, "Default")
                .result_field(field)
                .token_kind(kind)
                .token_lifetime(Duration::from_secs(900))
                .clock_offset_seconds(-7200);
            let sim = sim.start().await;
            let called = orchestrator(&sim.url());
            check(&sim, &called, &credentials(None, "ada"), PATH, wanted).await;
        }
    }
}

#[tokio::test]
async fn a_second_login_does_not_end_the_first_token() {
    let sim = builder(Layout::Standalone, "Default").start().await;
    let called = orchestrator(&sim.url());
    let who = credentials(None, "ada");
    let first = plugin().ropc_authenticate(&called, &who).await.unwrap();
    let second = plugin().ropc_authenticate(&called, &who).await.unwrap();
    assert_ne!(first, second);
    assert!(sim.is_live(first.value()) && sim.is_live(second.value()));
}

#[tokio::test]
async fn a_prefix_and_extra_headers_go_with_a_login() {
    let sim = builder(Layout::Standalone, "Default")
        .prefix("/uipath")
        .start()
        .await;
    let mut called = orchestrator(&sim.url());
    called.transport.headers = vec![Header::new("X-Gateway-Key", "g4te")];
    let token = plugin()
        .ropc_authenticate(&called, &credentials(None, "ada"))
        .await;
    assert!(token.is_ok());
    let request = only(sim.take_requests());
    assert_eq!(request.path_and_query, "/uipath/api/account/authenticate");
    assert_eq!(request.header("x-gateway-key"), Some("g4te"));
}
