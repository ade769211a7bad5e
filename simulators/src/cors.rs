//! Lets the pages of another origin call a platform and read its answers (the Fetch
//! standard, section 3.3).

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::Response,
};

/// What a page may send beside what every page may.
const HEADERS: &str = "accept, authorization, content-type, x-authorization";

/// What it may read beside what every page may.
const READABLE: &str = "date, retry-after, www-authenticate";

/// Puts it around a platform, for the pages of `origin`: `http://127.0.0.1:8080`, say.
pub(super) fn allow(router: Router, origin: HeaderValue) -> Router {
    router.layer(from_fn_with_state(origin, answer))
}

async fn answer(State(origin): State<HeaderValue>, request: Request, next: Next) -> Response {
    let is_its_own = request.headers().get(header::ORIGIN) == Some(&origin);
    let asks_first = request.method() == Method::OPTIONS;
    let mut response = if is_its_own && asks_first {
        permission()
    } else {
        next.run(request).await
    };
    if is_its_own {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        put(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, READABLE);
        put(headers, header::VARY, "origin");
    }
    response
}

/// The answer to a question that the browser asks before a call.
fn permission() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    put(headers, header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST");
    put(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
    response
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
