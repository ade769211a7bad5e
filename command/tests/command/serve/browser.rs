//! The page for a person, in a real browser without a window.

use std::env;
use std::process::Stdio;
use std::time::Duration;

use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::{OPERATORS, SECRET, Service};
use crate::home::Home;
use crate::{LONGEST, PASSWORD};

/// A browser, and what drives it. Dropping it ends both.
struct Browser {
    client: Client,
    _driver: Child,
}

impl Browser {
    /// Opens a page, in a window as narrow as a telephone's.
    async fn open(url: &str, dark: bool) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = timeout(LONGEST, lines.next_line()).await.unwrap();
            let line = line.unwrap().expect("the driver starts");
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let folders = env::var_os("PATH").unwrap();
        let chromium = env::split_paths(&folders).map(|folder| folder.join("chromium"));
        let chromium = chromium.into_iter().find(|program| program.is_file());
        let theme = if dark { 0 } else { 1 };
        let options = json!({
            "binary": chromium.expect("there is a chromium"),
            "args": [
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--window-size=400,900",
                format!("--blink-settings=preferredColorScheme={theme}"),
            ],
        });
        let capabilities = serde_json::Map::from_iter([("goog:chromeOptions".to_owned(), options)]);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        client.goto(url).await.unwrap();
        Self {
            client,
            _driver: driver,
        }
    }

    async fn ask(&self, script: &str) -> Value {
        let script = format!("return {script};");
        self.client.execute(&script, Vec::new()).await.unwrap()
    }

    /// Waits until the page shows it.
    async fn until(&self, script: &str) {
        let waiting = async {
            while self.ask(script).await != true {
                sleep(Duration::from_millis(50)).await;
            }
        };
        if timeout(LONGEST, waiting).await.is_err() {
            let page = self.ask("document.body.innerText").await;
            panic!("never: {script} in {page}");
        }
    }

    async fn until_state(&self, state: &str) {
        let shown = "document.querySelector('[data-account=robots]')?.dataset.state";
        self.until(&format!("{shown} === '{state}'")).await;
    }

    async fn until_told(&self, kind: &str) {
        self.until(&format!(
            "document.querySelector('[data-kind={kind}]') !== null"
        ))
        .await;
    }

    async fn press(&self, key: Key) {
        let active = self.client.active_element().await.unwrap();
        active
            .send_keys(&char::from(key).to_string())
            .await
            .unwrap();
    }

    async fn close(self) {
        self.client.close().await.unwrap();
    }
}

async fn page(service: &Service, dark: bool) -> Browser {
    let url = format!("http://me:{SECRET}@{}/", service.address());
    Browser::open(&url, dark).await
}

async fn with_operators() -> Service {
    let home = Home::new().await;
    let operators = home.path("operators").display().to_string();
    Service::of(home, &format!("--operator-secret-file {operators}")).await
}

#[tokio::test]
async fn a_person_sees_what_happens_to_an_account_and_ends_it() {
    let service = with_operators().await;
    let room = &service.home.room;
    let item = format!("/robots{}", room.work_item_path());
    let browser = page(&service, false).await;
    browser.until_state("none").await;

    service.token().await;
    browser.until_state("valid").await;
    browser.until_told("login").await;
    let life = "document.querySelector('[data-account=robots] [role=progressbar], \
                [data-account=robots] progress')";
    let life = browser
        .ask(&format!("{life}.getAttribute('aria-valuetext')"))
        .await;
    assert!(life.as_str().unwrap().contains("left"), "{life}");

    room.person_logs_in("ada");
    assert_eq!(service.get(&item).await.status, 200);
    browser.until_told("displaced").await;
    browser.until_told("renewed").await;

    service.home.files.write("password", "not-her-password");
    room.person_logs_in("ada");
    assert_eq!(service.get(&item).await.status, 502);
    browser.until_told("refused").await;
    browser.until_told("cooling-down").await;
    browser.until_state("cooling-down").await;

    service.home.files.write("password", PASSWORD);
    service.token().await;
    browser.until_state("valid").await;

    // By keyboard alone. What is asked first is whether it is meant.
    let end = "document.querySelector('[data-account=robots] [data-action=end]')";
    browser
        .client
        .execute(&format!("{end}.focus()"), Vec::new())
        .await
        .unwrap();
    browser.press(Key::Enter).await;
    browser
        .until("document.querySelector('#confirm').open")
        .await;
    browser.press(Key::Escape).await;
    browser
        .until("!document.querySelector('#confirm').open")
        .await;
    assert_eq!(service.state().await, "valid");

    browser.press(Key::Enter).await;
    browser
        .until("document.querySelector('#confirm').open")
        .await;
    let yes = Locator::Css("#confirm [data-answer=yes]");
    browser
        .client
        .find(yes)
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    browser
        .until("document.querySelector('#secret').open")
        .await;
    let field = Locator::Css("#secret-field");
    let field = browser.client.find(field).await.unwrap();
    field.send_keys(OPERATORS).await.unwrap();
    browser.press(Key::Enter).await;
    browser.until_state("ended").await;
    browser.until_told("ended").await;
    assert_eq!(service.state().await, "ended");

    let text = browser
        .ask("document.documentElement.outerHTML")
        .await
        .to_string();
    for secret in [SECRET, OPERATORS, PASSWORD] {
        assert!(!text.contains(secret), "{text}");
    }
    browser.close().await;
}

#[tokio::test]
async fn the_page_is_readable_on_a_telephone_in_the_dark_and_for_a_screen_reader() {
    let service = with_operators().await;
    service.token().await;
    let browser = page(&service, true).await;
    browser.until_state("valid").await;
    let width = browser
        .ask("[document.documentElement.scrollWidth, innerWidth]")
        .await;
    assert!(width[0].as_u64() <= width[1].as_u64(), "{width}");
    assert!(width[1].as_u64().unwrap() <= 500, "{width}");

    let light = "(element, of) => { \
        const [r, g, b] = getComputedStyle(element)[of].match(/[\\d.]+/g).map(Number); \
        return (r + g + b) / 3; }";
    let page = browser
        .ask(&format!("({light})(document.body, 'backgroundColor')"))
        .await;
    let text = browser
        .ask(&format!("({light})(document.body, 'color')"))
        .await;
    assert!(page.as_f64().unwrap() < 80.0, "{page}");
    assert!(text.as_f64().unwrap() > 170.0, "{text}");

    let nameless = "[...document.querySelectorAll('button, input, select, [role=progressbar]')] \
        .filter(e => e.checkVisibility() && !(e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || \
            e.labels?.length || e.textContent.trim())).map(e => e.outerHTML)";
    assert_eq!(browser.ask(nameless).await, json!([]));
    for landmark in ["header", "main", "h1"] {
        let count = browser
            .ask(&format!("document.querySelectorAll('{landmark}').length"))
            .await;
        assert!(count.as_u64().unwrap() > 0, "{landmark}");
    }
    assert_eq!(browser.ask("document.documentElement.lang").await, "en");
    browser.close().await;
}
