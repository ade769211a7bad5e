//! `wasi:http`'s handler without tasks of its own.
//!
//! wasmtime's spawns two tasks for a request: one to send it and one to look after
//! the connection. Each has the runtime wake another thread, which takes longer
//! than the component's own work. Here the call that waits for the answer drives
//! the request itself, as a client does that has no component. The benchmarks'
//! own host takes it from here: this file depends on wasmtime's crates and `http`.
//!
//! Invariants:
//! - A request moves on while its component waits for it, and at no other time:
//!   one that is dropped goes no further. So the way out takes any body whole
//!   (`p2_outgoing_body_chunk_size`), and nobody waits for room in between.
//! - Everything that a request brings along is gone with it. (wasmtime's handler
//!   leaves its options in the table, in which a warm instance would drown.)

use std::future::Future;
use std::pin::Pin;

use wasmtime::Result;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};
use wasmtime_wasi_http::p2::bindings::http::types::{
    ErrorCode, HostFutureIncomingResponse as _, Method, Scheme,
};
use wasmtime_wasi_http::p2::body::HostIncomingBody;
use wasmtime_wasi_http::p2::types::{
    HostFutureIncomingResponse, HostIncomingResponse, HostOutgoingRequest,
};
use wasmtime_wasi_http::{FieldMap, RequestOptions, WasiBody, WasiHttpCtxView};

/// Puts this handler in the place of wasmtime's.
pub(crate) fn replace<T: 'static>(
    linker: &mut Linker<T>,
    http: fn(&mut T) -> WasiHttpCtxView<'_>,
) -> Result<()> {
    linker.allow_shadowing(true);
    let mut handler = linker.instance("wasi:http/outgoing-handler@0.2.12")?;
    handler.func_wrap("handle", move |mut store, (request, options)| {
        Ok((handle(http(store.data_mut()), request, options)?,))
    })?;
    let mut types = linker.instance("wasi:http/types@0.2.12")?;
    let response = ResourceType::host::<Response>();
    types.resource(
        "future-incoming-response",
        response,
        move |mut store, id| {
            let table = http(store.data_mut()).table;
            table.delete(Resource::<Response>::new_own(id))?;
            Ok(())
        },
    )?;
    let subscribe = "[method]future-incoming-response.subscribe";
    types.func_wrap(subscribe, move |mut store, (id,): (Resource<Response>,)| {
        Ok((subscribe_to(http(store.data_mut()), id)?,))
    })?;
    let get = "[method]future-incoming-response.get";
    types.func_wrap(get, move |mut store, (id,): (Resource<Response>,)| {
        Ok((get_from(http(store.data_mut()), id)?,))
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

type Sent = wasmtime_wasi_http::Result<http::Response<WasiBody>>;

/// The `future-incoming-response` of a request.
enum Response {
    Pending(Pin<Box<dyn Future<Output = Sent> + Send>>),
    Ready(Sent),
    Taken,
}

#[wasmtime_wasi::async_trait]
impl Pollable for Response {
    async fn ready(&mut self) {
        if let Self::Pending(sending) = self {
            *self = Self::Ready(sending.await);
        }
    }
}

fn handle(
    http: WasiHttpCtxView<'_>,
    request: Resource<HostOutgoingRequest>,
    options: Option<Resource<RequestOptions>>,
) -> Result<Result<Resource<Response>, ErrorCode>> {
    let request = http.table.delete(request)?;
    let options = options.map(|options| http.table.delete(options));
    let request = match to_send(request) {
        Ok(request) => request,
        Err(code) => return Ok(Err(code)),
    };
    let sending =
        http.hooks
            .send_request(request, options.transpose()?, Box::new(async { Ok(()) }));
    let sending = Pin::from(sending);
    let response = Response::Pending(Box::pin(async move {
        let (response, rest) = sending.await?;
        // What is still to be done for a connection, the client's own tasks do.
        drop(rest);
        Ok(response)
    }));
    Ok(Ok(http.table.push(response)?))
}

/// The setters have checked each part. Our component opens every body, and gives
/// method and scheme by name.
fn to_send(request: HostOutgoingRequest) -> Result<http::Request<WasiBody>, ErrorCode> {
    let body = request.body.ok_or(ErrorCode::HttpRequestBodySize(None))?;
    let method = match request.method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        _ => return Err(ErrorCode::HttpRequestMethodInvalid),
    };
    let scheme = match request.scheme {
        Some(Scheme::Http) => http::uri::Scheme::HTTP,
        Some(Scheme::Https) => http::uri::Scheme::HTTPS,
        _ => return Err(ErrorCode::HttpProtocolError),
    };
    let uri = http::Uri::builder()
        .scheme(scheme)
        .authority(request.authority.unwrap_or_default())
        .path_and_query(request.path_with_query.unwrap_or_default())
        .build()
        .map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
    let mut to_send = http::Request::new(body);
    *to_send.method_mut() = method;
    *to_send.uri_mut() = uri;
    *to_send.headers_mut() = request.headers.into();
    Ok(to_send)
}

fn subscribe_to(
    http: WasiHttpCtxView<'_>,
    id: Resource<Response>,
) -> Result<Resource<DynPollable>> {
    subscribe(http.table, id)
}

type Got = Option<Result<Result<Resource<HostIncomingResponse>, ErrorCode>, ()>>;

fn get_from(mut http: WasiHttpCtxView<'_>, id: Resource<Response>) -> Result<Got> {
    let place = http.table.get_mut(&id)?;
    let response = match std::mem::replace(place, Response::Taken) {
        Response::Ready(Ok(response)) => response,
        Response::Taken => return Ok(Some(Err(()))),
        pending @ Response::Pending(_) => {
            *place = pending;
            return Ok(None);
        }
        // wasmtime's own future knows the code of an error.
        Response::Ready(Err(error)) => {
            let failed = HostFutureIncomingResponse::Ready(Err(error));
            let failed = http.table.push(failed)?;
            let borrowed = Resource::new_borrow(failed.rep());
            let got = http.get(borrowed)?;
            http.table.delete(failed)?;
            return Ok(got);
        }
    };
    let (head, body) = response.into_parts();
    let response = HostIncomingResponse {
        status: head.status.as_u16(),
        headers: FieldMap::new_immutable(http.hooks, head.headers),
        body: Some(HostIncomingBody::new(body)),
    };
    Ok(Some(Ok(Ok(http.table.push(response)?))))
}
