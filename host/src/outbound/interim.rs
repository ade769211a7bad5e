//! Interim answers (1xx, RFC 9110, section 15.2): a server may send several before
//! the answer, and nothing in HTTP says how many.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Request;
use tokio::sync::Notify;

/// How many are waited out. Servers send one or two: 100, 103.
const MOST: usize = 8;

/// Has the interim answers to `request` counted. (hyper counts those of HTTP/1;
/// over HTTP/2 the limits of time alone hold.)
pub(super) fn count<B>(request: &mut Request<B>) -> TooMany {
    let too_many = Arc::new(Notify::new());
    let (count, notify) = (AtomicUsize::new(0), Arc::clone(&too_many));
    hyper::ext::on_informational(request, move |_| {
        if count.fetch_add(1, Ordering::Relaxed) == MOST {
            notify.notify_one();
        }
    });
    TooMany(too_many)
}

/// Says when there were too many.
pub(super) struct TooMany(Arc<Notify>);

impl TooMany {
    /// Waits until there were too many.
    pub(super) async fn reached(&self) {
        self.0.notified().await;
    }
}
