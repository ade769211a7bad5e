//! The work items of the one queue.

use std::collections::HashMap;

/// The id of the item that is there from the beginning, and done.
const FIRST: u32 = 17;

/// How often a new item is looked at before it is done: as waiting, then as being worked on.
const LOOKS: u32 = 2;

/// How often each item was looked at, by its id.
pub(super) struct Queue {
    items: HashMap<String, u32>,
    last: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            items: HashMap::from([(FIRST.to_string(), LOOKS)]),
            last: FIRST,
        }
    }
}

impl Queue {
    /// Puts a new item in, and returns its id.
    pub(super) fn add(&mut self) -> String {
        self.last += 1;
        let id = self.last.to_string();
        self.items.insert(id.clone(), 0);
        id
    }

    /// How an item is. Each look at it brings it on a step.
    pub(super) fn look_at(&mut self, id: &str) -> Option<Item> {
        let looks = self.items.get_mut(id)?;
        let item = match *looks {
            0 => Item::New,
            1 => Item::Active,
            _ => Item::Completed,
        };
        *looks = (*looks + 1).min(LOOKS);
        Some(item)
    }
}

/// How an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    New,
    Active,
    Completed,
}

impl Item {
    pub(super) fn status(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Active => "ACTIVE",
            Self::Completed => "COMPLETED",
        }
    }

    pub(super) fn result(self) -> Option<&'static str> {
        (self == Self::Completed).then_some("invoice 4711 posted")
    }
}
