//! Components among components: those in `examples/`, composed with ours into one file as
//! `wac plug` does it, in a host that is wasmtime's own and knows nothing of `rpa:auth`.

use rpa_auth_host::{COMPONENT, SESSION_COMPONENT};
use simulators::ControlRoom;
use simulators::control_room::User;
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, plug};
use wasmtime::component::{Component, InstancePre, TypedFunc};
use wasmtime::{Config, Engine, Store};

use crate::component::build;
use crate::stock::{self, Own, State};

/// Gives each import of `socket` that `component` exports to it.
fn plugged(component: &[u8], socket: &[u8]) -> Vec<u8> {
    let mut graph = CompositionGraph::new();
    let mut add = |name: &str, bytes: &[u8]| {
        let package = Package::from_bytes(name, None, bytes, graph.types_mut()).unwrap();
        graph.register_package(package).unwrap()
    };
    let component = add("test:plug", component);
    let socket = add("test:socket", socket);
    plug(&mut graph, vec![component], socket).unwrap();
    graph.encode(EncodeOptions::default()).unwrap()
}

/// A composed file, ready to be instantiated.
struct Composed {
    engine: Engine,
    component: InstancePre<State>,
}

impl Composed {
    fn consumer() -> Self {
        Self::of(&plugged(COMPONENT, &build("example-consumer")))
    }

    fn consumer_session() -> Self {
        let session = plugged(&build("example-token-store"), SESSION_COMPONENT);
        Self::of(&plugged(&session, &build("example-consumer-session")))
    }

    fn of(bytes: &[u8]) -> Self {
        let engine = Engine::new(Config::new().concurrency_support(false)).unwrap();
        let component = Component::from_binary(&engine, bytes).unwrap();
        let ty = component.component_type();
        for (import, _) in ty.imports(&engine) {
            assert!(import.starts_with("wasi:"), "{import} is still open");
        }
        let exports: Vec<_> = ty.exports(&engine).map(|(name, _)| name).collect();
        assert_eq!(exports, ["token-for"]);
        let component = stock::linker(&engine).instantiate_pre(&component).unwrap();
        Self { engine, component }
    }

    async fn instance(&self) -> Instance {
        let mut store = Store::new(&self.engine, State::new(Own));
        let instance = self.component.instantiate_async(&mut store).await.unwrap();
        let token_for = instance.get_typed_func(&mut store, "token-for").unwrap();
        Instance { store, token_for }
    }
}

type Text<'a> = (&'a str, &'a str, &'a str);

struct Instance {
    store: Store<State>,
    token_for: TypedFunc<Text<'static>, (Result<String, String>,)>,
}

impl Instance {
    async fn token_for(&mut self, sim: &ControlRoom, password: &str) -> Result<String, String> {
        let url = sim.url();
        let arguments = (&*url, "ada", password);
        let called = self.token_for.call_async(&mut self.store, arguments);
        called.await.unwrap().0
    }
}

async fn sim() -> ControlRoom {
    let user = User::new("ada", "s3same");
    ControlRoom::builder().user(user).start().await
}

#[tokio::test]
async fn a_consumer_composed_with_the_plugin_logs_in() {
    let (sim, composed) = (sim().await, Composed::consumer());
    let token = composed.instance().await.token_for(&sim, "s3same").await;
    assert!(sim.is_live(&token.unwrap()));
    assert_eq!(sim.requests().len(), 1);
}

#[tokio::test]
async fn a_consumer_says_what_to_do_and_no_secret() {
    let (sim, composed) = (sim().await, Composed::consumer());
    let mut instance = composed.instance().await;
    let refused = instance.token_for(&sim, "wr0ng").await.unwrap_err();
    let advice = "the credentials are refused: ask a person, and do not try them again";
    assert_eq!(refused, advice);
    let invalid = instance.token_for(&sim, "wr0ng\n").await.unwrap_err();
    assert!(
        invalid.contains("InvalidArgument(\"credentials.secret: "),
        "{invalid}"
    );
    assert!(!invalid.contains("wr0ng"), "{invalid}");
    assert_eq!(sim.requests().len(), 1);
}

/// As the README of the example says.
#[tokio::test]
async fn a_composed_memory_store_lives_as_long_as_its_instance() {
    let (sim, composed) = (sim().await, Composed::consumer_session());
    let mut first = composed.instance().await;
    let token = first.token_for(&sim, "s3same").await.unwrap();
    assert_eq!(first.token_for(&sim, "s3same").await, Ok(token.clone()));
    assert_eq!((sim.requests().len(), sim.is_live(&token)), (1, true));

    let mut second = composed.instance().await;
    let other = second.token_for(&sim, "s3same").await.unwrap();
    assert_eq!((sim.requests().len(), sim.is_live(&other)), (2, true));
    assert_ne!(token, other);
    assert!(
        !sim.is_live(&token),
        "the login of another one displaced it"
    );
}
