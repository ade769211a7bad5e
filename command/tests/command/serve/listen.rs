//! Where the service listens, and how it is told to by systemd.

use std::os::fd::IntoRawFd;
use std::os::unix::fs::PermissionsExt;

use nix::sys::signal::Signal;
use simulators::Authority;
use simulators::client::{Client, connect_tls, get};
use tokio::net::{UnixDatagram, UnixStream};

use super::{Running, SECRET, Service, bearer, until};
use crate::home::Home;

#[tokio::test]
async fn a_unix_socket_is_its_owners_and_is_gone_at_the_end() {
    let home = Home::new().await;
    let socket = home.path("service.sock");
    let listen = format!("--listen unix:{}", socket.display());
    let service = Service::of(home, &listen).await;
    let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut client = Client::over(UnixStream::connect(&socket).await.unwrap());
    let request = get("/v1/accounts/robots/token", &[&bearer(SECRET)]);
    assert_eq!(client.exchange(&request).await.unwrap().status, 200);
    drop(client);

    // A second service does not take it away.
    let second = service
        .home
        .run("serve --secret-file")
        .argument(service.path("secret"));
    let second = second.arguments(&listen).end().await;
    assert_eq!(second.code, 4, "{second:?}");
    assert!(UnixStream::connect(&socket).await.is_ok());

    service.running.signal(Signal::SIGTERM);
    assert_eq!(service.running.ended().await.code(), Some(0));
    assert!(!socket.exists());
}

#[tokio::test]
async fn a_socket_that_a_killed_service_left_is_replaced() {
    let home = Home::new().await;
    let socket = home.path("service.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let listen = format!("--listen unix:{}", socket.display());
    let _service = Service::of(home, &listen).await;
    assert!(UnixStream::connect(&socket).await.is_ok());
}

#[tokio::test]
async fn with_tls_it_may_be_reached_from_afar_and_takes_up_a_new_certificate() {
    let home = Home::new().await;
    let (old, new) = (Authority::new(), Authority::new());
    let write = |home: &Home, authority: &Authority| {
        let (chain, key) = authority.server_certificate(&["localhost"]);
        home.files.write("service.key", &key);
        home.files.write("service.pem", &chain);
    };
    write(&home, &old);
    let [pem, key] = ["service.pem", "service.key"].map(|name| home.path(name));
    let arguments = format!(
        "--listen 0.0.0.0:0 --tls-certificate {} --tls-key {}",
        pem.display(),
        key.display()
    );
    let service = Service::of(home, &arguments).await;
    let port = service.running.address(1).port();
    let afar = (std::net::Ipv4Addr::LOCALHOST, port).into();
    let request = get("/v1/accounts/robots/token", &[&bearer(SECRET)]);
    let mut client = connect_tls(afar, "localhost", &old.pem()).await.unwrap();
    assert_eq!(client.exchange(&request).await.unwrap().status, 200);

    write(&service.home, &new);
    until("the new certificate is shown", async || {
        connect_tls(afar, "localhost", &new.pem()).await.is_ok()
    })
    .await;
    // What was open goes on.
    assert_eq!(client.exchange(&request).await.unwrap().status, 200);
}

#[tokio::test]
async fn systemd_hands_over_the_socket_and_is_told_of_the_start_and_the_end() {
    let home = Home::new().await;
    let secret = home.files.write("secret", SECRET);
    let told = home.path("notify");
    let notified = UnixDatagram::bind(&told).unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();

    let mut run = home.run("");
    let program = env!("CARGO_BIN_EXE_rpa-auth");
    let mut command = tokio::process::Command::new("sh");
    command.arg("-c").arg(format!(
        "LISTEN_PID=$$ exec {program} serve --secret-file {}",
        secret.display()
    ));
    for (name, value) in run.command.as_std().get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command.env("LISTEN_FDS", "1").env("NOTIFY_SOCKET", &told);
    command.kill_on_drop(true);
    // SAFETY: between fork and exec one descriptor is copied, which allocates nothing.
    unsafe {
        command.pre_exec(move || {
            let third = nix::unistd::dup2_raw(&socket, 3)?;
            // It is for the program to close.
            let _ = third.into_raw_fd();
            Ok(())
        });
    }
    run.command = command;
    let running = Running::start(run).await;

    assert_eq!(running.shown, [format!("http://{address}")]);
    let mut message = [0; 256];
    let length = notified.recv(&mut message).await.unwrap();
    assert!(message[..length].starts_with(b"READY=1"));
    let request = get("/healthz", &[]);
    let reply = Client::connect(address)
        .await
        .exchange(&request)
        .await
        .unwrap();
    assert_eq!(reply.status, 200);
    running.signal(Signal::SIGTERM);
    let length = notified.recv(&mut message).await.unwrap();
    assert!(message[..length].starts_with(b"STOPPING=1"));
    assert_eq!(running.ended().await.code(), Some(0));
}
