//! The addresses of an Orchestrator (doc, unless said).

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    extract::{Path, State as Shared},
    http::StatusCode,
    routing::{get, post},
};

use super::{
    Layout, api, oauth, ropc,
    settings::{HOST_TENANT, Settings},
    state::State,
};

pub(super) type Server = Shared<Arc<State>>;

/// The organization and tenant of the path, by name; empty at the root.
pub(super) type Segments = Path<HashMap<String, String>>;

const CURRENT_USER: &str = "odata/Users/UiPath.Server.Configuration.OData.GetCurrentUser";

pub(super) fn router(state: Arc<State>) -> Router {
    const SUITE: &str = "/{organization}/{tenant}";
    const GATEWAY: &str = "/{organization}/{tenant}/orchestrator_";

    let layout = &state.settings.layout;
    let router = Router::new().route(layout.token_path(), post(oauth::token));
    let router = match layout {
        Layout::Standalone => with_login(with_api(router, ""), ""),
        // The host tenant has no organization: it is at the root.
        Layout::AutomationSuite { .. } => ["", SUITE].into_iter().fold(router, |router, base| {
            with_login(with_api(router, base), base)
        }),
        Layout::Gateway { .. } => with_login(with_api(router, GATEWAY), GATEWAY),
        // doc: current cloud versions no longer have ROPC.
        Layout::Cloud { .. } => with_api(router, GATEWAY),
    };
    // open: the bodies of both.
    router
        .fallback(|| async { StatusCode::NOT_FOUND })
        .method_not_allowed_fallback(|| async { StatusCode::METHOD_NOT_ALLOWED })
        .with_state(state)
}

/// The tenant that an address belongs to; none at the root of Automation Suite
/// means the host tenant only.
pub(super) fn tenant(settings: &Settings, segments: &HashMap<String, String>) -> Option<String> {
    let named = |name: &str| segments.get(name).map(String::as_str);
    match (
        settings.layout.place(),
        named("organization"),
        named("tenant"),
    ) {
        // open: which tenant a standalone Orchestrator means without a name.
        (None, ..) => Some("Default".to_owned()),
        (Some(_), None, None) => Some(HOST_TENANT.to_owned()),
        (Some((organization, tenant)), named_organization, named_tenant) => {
            let here = named_organization == Some(organization) && named_tenant == Some(tenant);
            here.then(|| tenant.to_owned())
        }
    }
}

fn with_login(router: Router<Arc<State>>, base: &str) -> Router<Arc<State>> {
    let path = format!("{base}/api/account/authenticate");
    router.route(&path, post(ropc::authenticate))
}

fn with_api(router: Router<Arc<State>>, base: &str) -> Router<Arc<State>> {
    router
        .route(&format!("{base}/{CURRENT_USER}"), get(api::current_user))
        .route(&format!("{base}/odata/Folders"), get(api::folders))
}
