//! The page for a person.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const PAGE: &str = include_str!("page.html");

pub fn response() -> Response {
    static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
        let hash = |tag: &str| STANDARD.encode(Sha256::digest(within(PAGE, tag)));
        let policy = format!(
            "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src \
             'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'",
            hash("script"),
            hash("style")
        );
        HeaderValue::try_from(policy)
            .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
    });
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY.clone()),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, Html(PAGE)).into_response()
}

/// What stands between the tags, byte for byte: nothing else may run.
fn within<'a>(page: &'a str, tag: &str) -> &'a str {
    let open = format!("<{tag}>");
    let begin = page.find(&open).map_or(0, |at| at + open.len());
    let end = page.find(&format!("</{tag}>")).unwrap_or(begin);
    &page[begin..end]
}
