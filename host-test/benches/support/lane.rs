//! One of several ways to do the same thing, and how they are compared.
//!
//! A machine is not equally fast from one second to the next. So the ways take
//! turns, a few calls each, and each round gives a ratio of its own to the first.
//! What is shown is the median of the rounds.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

type Run = dyn Fn(u32) -> Pin<Box<dyn Future<Output = Duration> + Send>>;

/// One way to do it.
pub struct Lane {
    pub name: &'static str,
    run: Box<Run>,
}

impl Lane {
    pub fn new<C, F>(name: &'static str, call: C) -> Self
    where
        C: Fn() -> F + Clone + Send + Sync + 'static,
        F: Future<Output = ()> + Send,
    {
        let run = move |calls| {
            let call = call.clone();
            let calls = async move {
                let began = Instant::now();
                for _ in 0..calls {
                    call().await;
                }
                began.elapsed()
            };
            Box::pin(calls) as Pin<Box<dyn Future<Output = Duration> + Send>>
        };
        Self {
            name,
            run: Box::new(run),
        }
    }

    /// Makes calls one after another, in a task as a service's are, and says how
    /// long they took together.
    pub fn run(&self, runtime: &Runtime, calls: u32) -> Duration {
        let task = runtime.spawn((self.run)(calls));
        runtime.block_on(task).expect("a call does not panic")
    }
}

/// Prints a table of the lanes, the first of them the measure of the others.
pub fn compare(title: &str, runtime: &Runtime, lanes: &[Lane], rounds: u32, calls: u32) {
    let mut times = vec![Vec::new(); lanes.len()];
    for lane in lanes {
        lane.run(runtime, calls);
    }
    for round in 0..rounds as usize {
        for turn in 0..lanes.len() {
            // Nobody always comes after the same other one.
            let index = (turn + round) % lanes.len();
            let took = lanes[index].run(runtime, calls);
            times[index].push(took.as_secs_f64() * 1e6 / f64::from(calls));
        }
    }
    println!("\n| {title} | µs a call | ratio |");
    println!("|---|---|---|");
    for (lane, own) in lanes.iter().zip(&times) {
        let ratios = own.iter().zip(&times[0]).map(|(own, first)| own / first);
        let (time, ratio) = (median(own.clone()), median(ratios.collect()));
        println!("| {} | {time:.1} | {ratio:.2} |", lane.name);
    }
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
