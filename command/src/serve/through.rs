//! Calls that are passed through to an account's platform with the token put on.
//!
//! `/{name}/path?query` is `path?query` behind the platform's address. What is passed on is
//! a request of its own, cut anew: nothing that one server reads otherwise than another
//! gets from the caller to the platform. Cookies stop here in both directions: a caller's
//! belong to others at the same host, and a platform's may stand for the token.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE, UPGRADE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::Service;
use super::accounts::Served;
use super::answers::{ERROR, Refusal};

pub async fn pass(State(service): State<Arc<Service>>, request: Request) -> Response {
    match passed(&service, request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

async fn passed(service: &Service, mut request: Request) -> Result<Response, Refusal> {
    let (served, uri) = target(service, request.uri())?;
    if wants_upgrade(request.headers()) {
        return Err(Refusal::new(
            StatusCode::NOT_IMPLEMENTED,
            "upgrade-refused",
            "websockets and other upgrades are not passed through: call the platform itself, with \
             GET /v1/accounts/{name}/token",
        ));
    }
    let api = served.api.as_ref().map_err(|why| {
        let text = format!("{why}: write its address as `url` into the account file");
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "no-api", text)
    })?;
    *request.uri_mut() = uri;
    request.headers_mut().remove(COOKIE);
    let answer = api.send(request).await;
    let mut answer = answer.map_err(|error| Refusal::of_api(&served, error))?;
    let status = answer.status().as_u16().to_string();
    metrics::counter!(
        "rpa_auth_passed_through_total", "account" => served.name.clone(), "status" => status
    )
    .increment(1);
    let headers = answer.headers_mut();
    headers.remove(SET_COOKIE);
    // It is for what the service itself says.
    headers.remove(ERROR);
    if let Some(there) = headers
        .get(LOCATION)
        .and_then(|there| here(&served.name, &api.url(), there))
    {
        headers.insert(LOCATION, there);
    }
    Ok(answer.map(Body::new))
}

/// The account that a path names, and what stands behind that.
fn target(service: &Service, uri: &Uri) -> Result<(Arc<Served>, Uri), Refusal> {
    let none = |text: &str| Refusal::new(StatusCode::NOT_FOUND, "no-such-path", text);
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let path = path.strip_prefix('/').unwrap_or_default();
    let end = path.find(['/', '?']).unwrap_or(path.len());
    let (name, rest) = path.split_at(end);
    let served = service.accounts.find(name).ok_or_else(|| {
        none(
            "there is no such path, and no account of this name: /{name}/... is passed through to \
             an account's platform, and GET /v1/accounts lists them",
        )
    })?;
    if !rest.starts_with('/') {
        return Err(none(
            "behind the account's name a path of the platform is wanted",
        ));
    }
    let rest = rest
        .parse()
        .map_err(|_| none("the path cannot be passed on"))?;
    Ok((served, rest))
}

/// An offer to speak HTTP/2 in the clear is passed over, as RFC 9110, section 7.8 permits:
/// many clients make it with each call.
fn wants_upgrade(headers: &HeaderMap) -> bool {
    let values = headers.get_all(UPGRADE).iter();
    let protocols = values.flat_map(|value| value.to_str().unwrap_or("?").split(','));
    protocols
        .map(str::trim)
        .any(|protocol| !protocol.eq_ignore_ascii_case("h2c"))
}

/// Where a redirect leads that stays at the platform, as the caller goes there. Others are
/// left as they are: without the token they do no harm.
fn here(name: &str, url: &str, location: &HeaderValue) -> Option<HeaderValue> {
    let location = location.to_str().ok()?;
    let origin = url
        .find("://")
        .and_then(|at| url[at + 3..].find('/').map(|end| at + 3 + end));
    let prefix = origin.map_or("", |at| &url[at..]);
    let rest = match location.strip_prefix(url) {
        Some(rest) => rest,
        None if location.starts_with("//") => return None,
        None => location
            .strip_prefix(prefix)
            .filter(|_| location.starts_with('/'))?,
    };
    if !rest.is_empty() && !rest.starts_with(['/', '?', '#']) {
        return None;
    }
    HeaderValue::try_from(format!("/{name}{rest}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_within_the_platform_leads_through_here() {
        for (url, location, expected) in [
            ("https://h", "https://h/a?b", Some("/robots/a?b")),
            ("https://h", "/a", Some("/robots/a")),
            ("https://h/p", "https://h/p/a", Some("/robots/a")),
            ("https://h/p", "/p/a", Some("/robots/a")),
            ("https://h/p", "/q", None),
            ("https://h/p", "/pa", None),
            ("https://h", "https://h.evil.example/a", None),
            ("https://h", "//evil.example/a", None),
            ("https://h", "https://elsewhere.example/", None),
            ("https://h", "relative", None),
        ] {
            let there = here("robots", url, &HeaderValue::from_static(location));
            let there = there.as_ref().map(|there| there.to_str().unwrap());
            assert_eq!(there, expected, "{url} {location}");
        }
    }

    #[test]
    fn an_upgrade_is_wanted_where_more_than_http_2_is_offered() {
        for (values, expected) in [
            (&["websocket"][..], true),
            (&["h2c, WebSocket"], true),
            (&["h2c", "websocket"], true),
            (&["h2c"], false),
            (&["H2C"], false),
            (&[], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(UPGRADE, HeaderValue::from_static(value));
            }
            assert_eq!(wants_upgrade(&headers), expected, "{values:?}");
        }
    }
}
