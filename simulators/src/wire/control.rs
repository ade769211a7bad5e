//! Says over HTTP what each case has seen.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use axum::response::AppendHeaders;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::seen::{Counts, Seen};

/// Opens it and says where it is.
pub(super) async fn open(
    counts: BTreeMap<String, Arc<Counts>>,
    cors: bool,
    servers: &mut JoinSet<()>,
) -> io::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let counts = Arc::new(counts);
    let router = Router::new().fallback(move || {
        let seen: BTreeMap<&String, Seen> = counts
            .iter()
            .map(|(name, counts)| (name, counts.seen()))
            .collect();
        let text = serde_json::to_string(&seen).unwrap_or_default();
        let mut headers = vec![
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "no-store"),
        ];
        if cors {
            headers.push((ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
        }
        std::future::ready((AppendHeaders(headers), text))
    });
    servers.spawn(async move {
        // Ends with the program, which drops it.
        drop(axum::serve(listener, router).await);
    });
    Ok(url)
}
