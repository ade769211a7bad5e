use host_test::simulator::ControlRoom as Sim;
use host_test::simulator::control_room::User;
use rpa_auth_host::*;
#[tokio::test]
async fn login() {
    let sim = Sim::builder().user(User::new("ada", "pass")).start().await;
    let plugin = Plugin::builder().build().unwrap();
    let mut room = ControlRoom::new(sim.url(), ControlRoomApi::V2);
    room.transport.allow_http = true;
    let t = plugin
        .authenticate(&room, &ControlRoomCredentials::password("ada", "pass"))
        .await;
    println!("{t:?}");
    let t = t.unwrap();
    println!("{:?}", plugin.validate(&room, t.value()).await);
    println!("{:?}", plugin.refresh(&room, t.value()).await);
    println!("{:?}", plugin.logout(&room, t.value()).await);
    println!(
        "{:?}",
        plugin
            .authenticate(&room, &ControlRoomCredentials::password("ada", "nope"))
            .await
    );
    println!("{:?} {:?}", sim.requests(), sim.violations());
}
