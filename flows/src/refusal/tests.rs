//! What every call makes of every answer that it did not want.

mod any_answer;
mod calls;
mod headers;
mod secrets;
mod support;
mod table;
