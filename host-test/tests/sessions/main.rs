//! One token for everybody: the component that shares sessions, in a real wasmtime,
//! over real stores, against the simulators.

mod sharing;

use host_test::simulator::control_room::User;
use host_test::simulator::{self};
use rpa_auth_host::{
    Account, ControlRoom, ControlRoomApi, ControlRoomCredentials, Plugin, Session, SessionKeys,
    Sessions, Store,
};

fn keys() -> SessionKeys {
    SessionKeys::new([1; 32], [2; 32])
}

fn sessions(store: &Store) -> Sessions {
    let builder = Plugin::builder();
    builder.build_sessions(store.clone(), keys()).unwrap()
}

/// A Control Room with one user, ada.
async fn control_room() -> simulator::ControlRoom {
    let builder = simulator::ControlRoom::builder().user(User::new("ada", "password"));
    builder.start().await
}

fn room(url: &str) -> ControlRoom {
    let mut room = ControlRoom::new(url, ControlRoomApi::V2);
    room.transport.allow_http = true;
    room
}

/// Ada's session with this password.
fn ada(sessions: &Sessions, url: &str, password: &str) -> Session {
    let credentials = ControlRoomCredentials::password("ada", password);
    sessions.session(Account::ControlRoom(room(url), credentials))
}
