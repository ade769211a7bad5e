//! Another process for the tests of the stores: opens the store of a URL and does
//! one thing with one entry.
//!
//! ```text
//! store_worker URL KEY increment TIMES   adds one so often; prints each version
//! store_worker URL KEY write             writes without end; prints each number
//! store_worker URL KEY put VALUE         waits for a line of input, then writes
//! store_worker URL KEY read              prints the value and its age in ms
//! ```
//!
//! Where the environment has a number under `STORE_WORKER_GROUP`, that group shares
//! the directory.

use std::env;
use std::error::Error;
use std::io::{self, BufRead, Write};
use std::time::Duration;

use rpa_auth_host::{Entry, Store, Version};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [url, key, ref command @ ..] = words[..] else {
        return Err("store_worker URL KEY COMMAND".into());
    };
    let options = match env::var("STORE_WORKER_GROUP") {
        Ok(group) => Store::options().directory_group(group.parse()?),
        Err(_) => Store::options(),
    };
    let worker = Worker {
        store: options.open(url)?,
        key,
    };
    match command {
        ["increment", times] => worker.increment(times.parse()?).await,
        ["write"] => worker.write().await,
        ["put", value] => worker.put(value).await,
        ["read"] => worker.print().await,
        _ => Err("there is no such command".into()),
    }
}

struct Worker<'a> {
    store: Store,
    key: &'a str,
}

impl Worker<'_> {
    /// Losing a race is no failure: read again, try again.
    async fn increment(&self, times: u32) -> Result<(), Box<dyn Error>> {
        let mut done = 0;
        while done < times {
            let entry = self.read().await?;
            let number = match &entry {
                Some(entry) => str::from_utf8(&entry.value)?.parse::<u64>()?,
                None => 0,
            };
            let value = (number + 1).to_string().into_bytes();
            if let Some(version) = self.set(entry, value).await? {
                say(version.as_str())?;
                done += 1;
            }
        }
        Ok(())
    }

    /// Values of 8 to 60 KB: a number, and its last digit over and over.
    async fn write(&self) -> Result<(), Box<dyn Error>> {
        for number in 0_usize.. {
            let length = 8000 + number * 7919 % 52_000;
            let digit = number.to_string().pop().unwrap_or('0');
            let text = format!("{number} {}", digit.to_string().repeat(length));
            let entry = self.read().await?;
            if self.set(entry, text.into_bytes()).await?.is_some() {
                say(&number.to_string())?;
            }
        }
        Ok(())
    }

    async fn put(&self, value: &str) -> Result<(), Box<dyn Error>> {
        io::stdin().lock().read_line(&mut String::new())?;
        let entry = self.read().await?;
        let version = self.set(entry, value.as_bytes().to_vec()).await?;
        say(version.ok_or("somebody else wrote first")?.as_str())
    }

    async fn print(&self) -> Result<(), Box<dyn Error>> {
        match self.read().await? {
            Some(entry) => {
                let value = str::from_utf8(&entry.value)?;
                say(&format!("{value} {}", entry.age.as_millis()))
            }
            None => say("nothing"),
        }
    }

    async fn read(&self) -> Result<Option<Entry>, Box<dyn Error>> {
        Ok(self.store.read(self.key, None, Duration::ZERO).await?)
    }

    async fn set(
        &self,
        entry: Option<Entry>,
        value: Vec<u8>,
    ) -> Result<Option<Version>, Box<dyn Error>> {
        let expected = entry.map(|entry| entry.version);
        let written = self
            .store
            .compare_and_set(self.key, expected.as_ref(), value, None);
        Ok(written.await?)
    }
}

fn say(line: &str) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
