//! The search itself: every state once, depth first.
//!
//! A state is known again by a fingerprint of 64 bits. Two of 100 million states
//! share one with a probability of 0.0003; the second would not be followed.

use std::collections::HashSet;
use std::fmt;
use std::time::{Duration, Instant};

use foldhash::fast::FixedState;

use crate::Scenario;
use crate::action::Action;
use crate::shared::fingerprint;
use crate::world::World;

/// Fingerprints of states.
pub(crate) type States = HashSet<u64, FixedState>;

/// What a search found.
#[derive(Debug)]
pub struct Report {
    /// The number of different states.
    pub states: usize,
    /// The longest way to one, in actions.
    pub depth: usize,
    /// How long it took.
    pub time: Duration,
    /// The property that was broken, and the way there.
    pub violation: Option<(String, Vec<Action>)>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (states, depth) = (self.states, self.depth);
        let seconds = self.time.as_secs_f64();
        write!(f, "{states} states, {depth} actions deep, {seconds:.1} s")?;
        let Some((what, way)) = &self.violation else {
            return Ok(());
        };
        write!(f, "\n  broken: {what}")?;
        way.iter()
            .try_for_each(|action| write!(f, "\n    {action:?}"))
    }
}

/// A state on the way, and what has not been tried from it, the next one last.
struct Branch {
    world: World,
    untried: Vec<Action>,
    came_by: Option<Action>,
}

impl Branch {
    fn new(world: World, came_by: Option<Action>, scenario: &Scenario) -> Self {
        let mut untried = match world.left.logins {
            0 => Vec::new(),
            _ => world.actions(scenario),
        };
        untried.reverse();
        Self {
            world,
            untried,
            came_by,
        }
    }
}

/// Tries everything that can happen in a scenario, ordinary things first.
pub fn explore(scenario: &Scenario) -> Report {
    let began = Instant::now();
    let first = World::new(scenario);
    let mut seen = States::default();
    let mut ended = States::default();
    seen.insert(fingerprint(&first));
    let mut way = vec![Branch::new(first, None, scenario)];
    let mut depth = 0;
    let mut violation = None;
    while let Some(last) = way.last_mut() {
        let Some(action) = last.untried.pop() else {
            way.pop();
            continue;
        };
        let next = last.world.after(action).and_then(|world| {
            if !seen.insert(fingerprint(&world)) {
                return Ok(None);
            }
            let branch = Branch::new(world, Some(action), scenario);
            if branch.untried.is_empty() {
                branch.world.come_to_an_end(&mut ended)?;
            }
            Ok(Some(branch))
        });
        match next {
            Ok(Some(branch)) => {
                way.push(branch);
                depth = depth.max(way.len());
            }
            Ok(None) => {}
            Err(what) => {
                let mut actions: Vec<Action> = way.iter().filter_map(|b| b.came_by).collect();
                actions.push(action);
                violation = Some((what, actions));
                break;
            }
        }
    }
    Report {
        states: seen.len(),
        depth,
        time: began.elapsed(),
        violation,
    }
}
