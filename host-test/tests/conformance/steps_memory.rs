//! Secrets are gone from the memory of the components without I/O: of the flows as soon
//! as a step has ended, of a session as soon as its handles are dropped. The whole linear
//! memory is searched: heap, stack and data.
//!
//! The control is in the tests: an open session has its password in memory, and the
//! requests that the steps give hold what is looked for.

use rpa_auth_host::{SANS_IO_COMPONENT, SANS_IO_SESSION_COMPONENT};
use toml::{Table, Value};
use wasmtime::component::{Component, Instance, Linker, Val};
use wasmtime::{Engine, Store};

use crate::cases::exports::function;
use crate::cases::value::to_val;
use crate::linear_memory::Memories;

const PASSWORD: &str = "Zq7-Ub3sMo9w-vK2x9";
const TOKEN: &str = "Tk2-Bx6vNj9r-Mw3c-Fz7l";
const NEW_TOKEN: &str = "Nw5-Gd8kRt3y-Pb6z-Hq4m";
const CLIENT_SECRET: &str = "Cs8-Lf4jWv7n-Xr2t-Kg9d";
const GATEWAY_KEY: &str = "Gk3-Ym7pQs5b-Jt8w-Vc2h";

/// Bytes that are text, so that the search for text finds them.
const PLACE_KEY: &str = "Pk4-Wr8nTz1b-Qy6d-Lm3f-Hs7j-Xc5g";
const SEALING_KEY: &str = "Sk9-Vt2hRb7m-Zn4w-Gd8p-Kf1x-Ju6c";
const ENTROPY: &str = "En7-Dq3gMx9t-Wb5k-Rz2v-Cj8y-Ph4s";

const FLOWS: &str = "rpa:auth/flow-steps@0.1.0";
const SESSIONS: &str = "rpa:auth/session-steps@0.1.0";

/// Where all is, and how it is called.
const AT: &str = "transport = { allow-http = true, headers = [{ name = \"X-Gateway\", value = \"GATEWAY_KEY\" }] }";

#[test]
fn nothing_is_left_of_a_step_of_a_flow() {
    let room = format!("{{ url = \"http://cr.example\", api = \"v2\", {AT} }}");
    let orchestrator = format!("{{ url = \"http://or.example\", {AT} }}");
    let server = format!(
        "{{ token-url = \"http://id.example/connect/token\", client-authentication = \"basic\", {AT} }}"
    );
    let given = r#"{"token":"NEW_TOKEN","access_token":"NEW_TOKEN","result":"NEW_TOKEN","success":true,"expires_in":60,"token_type":"Bearer"}"#;
    let refused = r#"{"code":"UM1110","message":"not PASSWORD, TOKEN or CLIENT_SECRET"}"#;
    for (call, sent) in [
        (
            format!(
                "authenticate = [{room}, {{ username = \"ada\", secret = {{ password = \"PASSWORD\" }} }}]"
            ),
            Some(PASSWORD),
        ),
        (format!("refresh = [{room}, \"TOKEN\"]"), Some(TOKEN)),
        (format!("validate = [{room}, \"TOKEN\"]"), Some(TOKEN)),
        (format!("logout = [{room}, \"TOKEN\"]"), Some(TOKEN)),
        (
            format!(
                "ropc-authenticate = [{orchestrator}, {{ username-or-email-address = \"ada\", password = \"PASSWORD\" }}]"
            ),
            Some(PASSWORD),
        ),
        (
            format!(
                "client-credentials-authenticate = [{server}, {{ client-id = \"app\", client-secret = \"CLIENT_SECRET\", scopes = [] }}]"
            ),
            // Within Base64.
            None,
        ),
        (
            format!("current-user = [{orchestrator}, \"TOKEN\"]"),
            Some(TOKEN),
        ),
    ] {
        for (status, body) in [(200, given), (401, refused)] {
            let mut component = Watched::new(SANS_IO_COMPONENT);
            let call = value(&format!("{{ {call} }}"));
            let params = |answers: Value| [call.clone(), answers];
            let request = component.invoke(FLOWS, "next", &params(Value::Array(vec![])));
            let request = format!("{request:?}");
            assert!(request.contains(GATEWAY_KEY), "{request}");
            let body_bytes = |text: &str| format!("{:?}", text.as_bytes());
            if let Some(sent) = sent {
                let bytes = body_bytes(sent);
                let bytes = bytes.trim_matches(['[', ']']).replace(", ", "), U8(");
                assert!(
                    request.contains(sent) || request.contains(&bytes),
                    "{request}"
                );
            }
            assert_eq!(component.left(), [""; 0], "{status}: after the request");
            let answer = format!(
                "{{ status = {status}, body = {}, received-at-seconds = 1700000000 }}",
                body_bytes(&put_in(body))
            );
            let answers = Value::Array(vec![value(&answer)]);
            component.invoke(FLOWS, "next", &params(answers));
            assert_eq!(component.left(), [""; 0], "{status}: after the answer");
        }
    }
}

#[test]
fn nothing_is_left_of_a_session_whose_handles_are_dropped() {
    let mut component = Watched::new(SANS_IO_SESSION_COMPONENT);
    let bytes = |text: &str| format!("{:?}", text.as_bytes());
    let account = format!(
        "{{ control-room = {{ control-room = {{ url = \"http://cr.example\", api = \"v2\", {AT} }}, credentials = {{ username = \"ada\", secret = {{ password = \"PASSWORD\" }} }} }} }}"
    );
    let options = format!(
        "{{ place-key = {}, former-place-keys = [], sealing-keys = [{}], max-staleness-ms = 600000 }}",
        bytes(PLACE_KEY),
        bytes(SEALING_KEY)
    );
    let params = [value(&account), value(&options), value(&bytes(ENTROPY))];
    let Val::Result(Ok(Some(session))) =
        component.invoke(SESSIONS, "[static]session.open", &params)
    else {
        panic!("it opens");
    };
    assert!(component.left().contains(&"PASSWORD"));
    assert!(!component.left().contains(&"ENTROPY"));

    // A login to its end, one that is given up in mid-login, and one whose host tells what
    // cannot be.
    let answer = format!(
        "{{ answer = {{ status = 200, body = {}, received-at-seconds = 1700000000 }} }}",
        bytes(&put_in(r#"{"token":"NEW_TOKEN"}"#))
    );
    let written = |version: &str| format!("{{ written = \"{version}\" }}");
    let [one, two, three] = ["1", "2", "3"].map(written);
    for (events, steps) in [
        (vec!["\"begun\"", "\"quiet\""], vec!["read", "done"]),
        (
            vec!["\"begun\"", "\"entry\"", &*one, &*two],
            vec!["read", "write", "write", "send"],
        ),
        (
            vec!["\"begun\"", "\"entry\"", &*one, &*two, &*answer, &*three],
            vec!["read", "write", "write", "send", "write", "done"],
        ),
    ] {
        let running = component.invoke_with(SESSIONS, "[method]session.token", &[*session.clone()]);
        let made: Vec<String> = events
            .into_iter()
            .map(|event| component.on(&running, event))
            .collect();
        assert_eq!(made, steps);
        component.drop(running);
    }
    // What it remembers is there until it is dropped.
    assert!(component.left().contains(&"NEW_TOKEN"));
    component.drop(*session);
    assert_eq!(component.left(), [""; 0], "still in memory");
}

/// A value of the data, with the secrets in the place of their names.
fn value(text: &str) -> Value {
    let table: Table = toml::from_str(&format!("value = {}", put_in(text))).unwrap();
    table["value"].clone()
}

fn put_in(text: &str) -> String {
    [
        ("NEW_TOKEN", NEW_TOKEN),
        ("CLIENT_SECRET", CLIENT_SECRET),
        ("GATEWAY_KEY", GATEWAY_KEY),
        ("PASSWORD", PASSWORD),
        ("TOKEN", TOKEN),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (name, secret)| {
        text.replace(name, secret)
    })
}

/// A component, and what is looked for in its memory.
struct Watched {
    memories: Memories,
    store: Store<()>,
    instance: Instance,
}

impl Watched {
    fn new(component: &[u8]) -> Self {
        let memories = Memories::default();
        let engine = Engine::new(&memories.config()).unwrap();
        let component = Component::from_binary(&engine, component).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &component);
        Self {
            memories,
            instance: instance.unwrap(),
            store,
        }
    }

    /// Which secrets stand in memory now.
    fn left(&self) -> Vec<&'static str> {
        let secrets = [
            ("PASSWORD", PASSWORD),
            ("TOKEN", TOKEN),
            ("NEW_TOKEN", NEW_TOKEN),
            ("CLIENT_SECRET", CLIENT_SECRET),
            ("GATEWAY_KEY", GATEWAY_KEY),
            ("PLACE_KEY", PLACE_KEY),
            ("SEALING_KEY", SEALING_KEY),
            ("ENTROPY", ENTROPY),
        ];
        let secrets = secrets.map(|(name, secret)| (name, secret.to_owned()));
        let found = self.memories.find(&secrets);
        found.into_iter().collect()
    }

    fn invoke(&mut self, interface: &str, name: &str, params: &[Value]) -> Val {
        let (_, types) = function(&mut self.store, &self.instance, interface, name);
        let params = params.iter().zip(&types);
        let params: Vec<Val> = params
            .map(|(param, ty)| to_val(Some(param), ty).unwrap())
            .collect();
        self.invoke_with(interface, name, &params)
    }

    fn invoke_with(&mut self, interface: &str, name: &str, params: &[Val]) -> Val {
        let (function, _) = function(&mut self.store, &self.instance, interface, name);
        let mut results = [Val::Bool(false)];
        function
            .call(&mut self.store, params, &mut results)
            .unwrap();
        let [result] = results;
        result
    }

    /// Tells an event, and returns the name of the step that follows.
    fn on(&mut self, running: &Val, event: &str) -> String {
        let name = "[method]running.on";
        let (_, types) = function(&mut self.store, &self.instance, SESSIONS, name);
        let now = value("{ monotonic-ms = 1000, unix-seconds = 1700000000 }");
        let params = [
            running.clone(),
            to_val(Some(&value(event)), &types[1]).unwrap(),
            to_val(Some(&now), &types[2]).unwrap(),
        ];
        match self.invoke_with(SESSIONS, name, &params) {
            Val::Variant(step, _) => step,
            other => panic!("{other:?}"),
        }
    }

    fn drop(&mut self, handle: Val) {
        let Val::Resource(handle) = handle else {
            panic!("not a handle");
        };
        handle.resource_drop(&mut self.store).unwrap();
    }
}
