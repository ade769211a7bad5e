//! Calls that are passed through to an account's platform with the token put on.
//!
//! `/{name}/path?query` is `path?query` behind the platform's address. What is passed on is
//! a request of its own, cut anew: nothing that one server reads otherwise than another
//! gets from the caller to the platform. Cookies stop here in both directions: a caller's
//! belong to others at the same host, and a platform's may stand for the token.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ALT_SVC, CONTENT_LOCATION, COOKIE, LOCATION, SET_COOKIE, UPGRADE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use percent_encoding::percent_decode_str;
use url::Url;

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
    let (platform, called) = addresses(&api.url(), &uri)?;
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
    // It speaks of the platform's own host.
    headers.remove(ALT_SVC);
    for name in [LOCATION, CONTENT_LOCATION] {
        if let Some(there) = headers.remove(&name)
            && let Some(there) = here(&served.name, &platform, &called, &there)
        {
            headers.insert(name, there);
        }
    }
    Ok(answer.map(Body::new))
}

/// The platform's address, and the one that is called there.
fn addresses(platform: &str, path: &Uri) -> Result<(Url, Url), Refusal> {
    let none = || {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "no-such-path",
            "the path cannot be passed on",
        )
    };
    let called = format!("{platform}{path}");
    let platform = platform.parse().map_err(|_| none())?;
    Ok((platform, called.parse().map_err(|_| none())?))
}

/// The account that a path names, and what stands behind that.
fn target(service: &Service, uri: &Uri) -> Result<(Arc<Served>, Uri), Refusal> {
    let none = |text: &str| Refusal::new(StatusCode::NOT_FOUND, "no-such-path", text);
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let path = path.strip_prefix('/').unwrap_or_default();
    let end = path.find(['/', '?']).unwrap_or(path.len());
    let (name, rest) = path.split_at(end);
    let name = percent_decode_str(name).decode_utf8_lossy();
    let served = service.accounts.find(&name).ok_or_else(|| {
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

/// Writes where a header leads as the caller is to go there: through here where it stays at
/// the platform, and else as a whole address, which a client follows to there and nowhere
/// else. None for what cannot be read.
fn here(name: &str, platform: &Url, called: &Url, location: &HeaderValue) -> Option<HeaderValue> {
    let there = called.join(location.to_str().ok()?).ok()?;
    let prefix = platform.path().trim_end_matches('/');
    let rest = there.path().strip_prefix(prefix);
    let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let text = match rest.filter(|_| there.origin() == platform.origin()) {
        Some(rest) => {
            let behind = &there[url::Position::AfterPath..];
            format!("/{name}{rest}{behind}")
        }
        None => there.to_string(),
    };
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_leads_through_here_or_to_where_it_says_and_nowhere_else() {
        for (platform, location, expected) in [
            ("https://h", "https://h/a?b#c", "/robots/a?b#c"),
            ("https://h", "HTTPS://H:443/a", "/robots/a"),
            ("https://h", "/a", "/robots/a"),
            ("https://h", "a", "/robots/x/a"),
            ("https://h", "?q", "/robots/x/y?q"),
            ("https://h", "/../other/del", "/robots/other/del"),
            ("https://h", "https://h/../other/del", "/robots/other/del"),
            ("https://h", "https://h", "/robots/"),
            ("https://h/p", "https://h/p/a", "/robots/a"),
            ("https://h/p", "/p/a", "/robots/a"),
            ("https://h/p", "/robots/del", "https://h/robots/del"),
            ("https://h/p", "../../other/del", "https://h/other/del"),
            ("https://h/p", "/pa", "https://h/pa"),
            (
                "https://h",
                "https://h.evil.example/a",
                "https://h.evil.example/a",
            ),
            ("https://h", "//evil.example/a", "https://evil.example/a"),
            ("https://h", "http://h/a", "http://h/a"),
        ] {
            let platform_url: Url = platform.parse().unwrap();
            let called: Url = format!("{platform}/x/y").parse().unwrap();
            let location_value = HeaderValue::from_static(location);
            let there = here("robots", &platform_url, &called, &location_value);
            let there = there.as_ref().map(|there| there.to_str().unwrap());
            assert_eq!(there, Some(expected), "{platform} {location}");
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
