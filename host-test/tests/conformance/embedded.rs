//! The component in an engine of the test's own, called as `wasmtime run
//! --invoke` calls it: with text (WAVE) and without types.

use std::future::Future;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::Uri;
use http_body_util::BodyExt;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rpa_auth_host::COMPONENT;
use tokio::net::TcpStream;
use wasmtime::component::wasm_wave::untyped::UntypedFuncCall;
use wasmtime::component::{Component, Func, Instance, InstancePre, Type, Val};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

use crate::session_store;
use crate::stock::{self, State};

/// Looks at whatever it likes just before a request goes out.
pub type Look = Arc<dyn Fn() + Send + Sync>;

/// `S` sends the requests.
pub struct Embedded<S: 'static = Sender> {
    store: Store<State<S>>,
    instance: Instance,
}

impl Embedded {
    pub async fn new(config: &mut Config, look: Look) -> Self {
        Self::of(COMPONENT, config, look).await
    }

    /// Either component. The store of one that shares sessions is in memory.
    pub async fn of(component: &[u8], config: &mut Config, look: Look) -> Self {
        Self::instance(&ready(component, config), Sender(look)).await
    }
}

/// Compiles a component.
pub fn ready<S>(component: &[u8], config: &mut Config) -> InstancePre<State<S>>
where
    S: WasiHttpHooks + Send + 'static,
{
    let engine = Engine::new(config.concurrency_support(false)).unwrap();
    let component = Component::from_binary(&engine, component).unwrap();
    let mut linker = stock::linker(&engine);
    session_store::add_to_linker(&mut linker);
    linker.instantiate_pre(&component).unwrap()
}

impl<S: WasiHttpHooks + Send + 'static> Embedded<S> {
    /// Makes an instance whose requests `sender` sends.
    pub async fn instance(component: &InstancePre<State<S>>, sender: S) -> Self {
        let mut store = Store::new(component.engine(), State::new(sender));
        let instance = component.instantiate_async(&mut store).await;
        Self {
            instance: instance.unwrap(),
            store,
        }
    }

    /// Makes the call that the text says, and gives the result as text.
    pub async fn invoke(&mut self, text: &str) -> String {
        let call = UntypedFuncCall::parse(text).unwrap();
        let function = self.function(call.name());
        let ty = function.ty(&self.store);
        let types: Vec<Type> = ty.params().map(|(_, ty)| ty).collect();
        let params: Vec<Val> = call.to_wasm_params(&types).unwrap();
        self.call(call.name(), &params).await
    }

    /// Makes a call of a method, which text has no name for, and gives the result
    /// as text.
    pub async fn call(&mut self, name: &str, params: &[Val]) -> String {
        let results = self.values(name, params).await;
        let results: Vec<String> = results.iter().map(|r| r.to_wave().unwrap()).collect();
        results.concat()
    }

    /// Opens the session that a text says: `(ACCOUNT, OPTIONS)`. Gives its handle, or
    /// the error.
    pub async fn open_session(&mut self, text: &str) -> std::result::Result<Val, String> {
        let name = "[static]session.open";
        let text = format!("open{text}");
        let call = UntypedFuncCall::parse(&text).unwrap();
        let ty = self.function(name).ty(&self.store);
        let types: Vec<Type> = ty.params().map(|(_, ty)| ty).collect();
        let params: Vec<Val> = call.to_wasm_params(&types).unwrap();
        match <[Val; 1]>::try_from(self.values(name, &params).await) {
            Ok([Val::Result(Ok(Some(session)))]) => Ok(*session),
            Ok([Val::Result(Err(Some(error)))]) => Err(error.to_wave().unwrap()),
            other => panic!("no result: {other:?}"),
        }
    }

    /// Drops what a handle stands for.
    pub async fn drop_resource(&mut self, handle: Val) {
        let Val::Resource(resource) = handle else {
            panic!("not a handle");
        };
        resource.resource_drop_async(&mut self.store).await.unwrap();
    }

    async fn values(&mut self, name: &str, params: &[Val]) -> Vec<Val> {
        let function = self.function(name);
        let mut results = vec![Val::Bool(false); function.ty(&self.store).results().len()];
        let called = function.call_async(&mut self.store, params, &mut results);
        called.await.unwrap();
        results
    }

    /// Looks for the name in every exported interface, as the command does.
    fn function(&mut self, name: &str) -> Func {
        for interface in [
            "rpa:auth/auth@0.1.0",
            "rpa:auth/orchestrator-auth@0.1.0",
            "rpa:auth/session@0.1.0",
        ] {
            let store = &mut self.store;
            let found = self.instance.get_export(&mut *store, None, interface);
            let Some((_, interface)) = found else {
                continue;
            };
            let found = self
                .instance
                .get_export(&mut *store, Some(&interface), name);
            if let Some((_, index)) = found {
                return self.instance.get_func(store, index).unwrap();
            }
        }
        panic!("no interface exports {name}");
    }
}

/// Sends a request over a connection of its own, in the clear.
pub struct Sender(Look);

type Sent = Result<(
    axum::http::Response<WasiBody>,
    Box<dyn Future<Output = Result<()>> + Send>,
)>;

impl WasiHttpHooks for Sender {
    fn send_request(
        &mut self,
        request: axum::http::Request<WasiBody>,
        _limits: Option<RequestOptions>,
        _written: Box<dyn Future<Output = Result<()>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        (self.0)();
        Box::new(send(request))
    }
}

async fn send(mut request: axum::http::Request<WasiBody>) -> Sent {
    let authority = request.uri().authority().map(ToString::to_string);
    let authority = authority.ok_or(Error::HttpRequestUriInvalid)?;
    // A server, unlike a proxy, is asked for a path.
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = Uri::from(path.ok_or(Error::HttpRequestUriInvalid)?);
    let stream = TcpStream::connect(authority).await;
    let stream = stream.map_err(|_| Error::ConnectionRefused)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let response = response.map(|body| {
        let body = body.map_frame(|frame| frame.map_data(Bytes::from));
        body.map_err(Error::from).boxed_unsync()
    });
    // Kept until the answer is read: without it the connection would end.
    let done: Box<dyn Future<Output = Result<()>> + Send> = Box::new(async move {
        drop(sender);
        Ok(())
    });
    Ok((response, done))
}
