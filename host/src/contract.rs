//! The border to the components: what of the contract (`wit/`) is not a type of the library
//! itself. Private, because some of it shows secrets.
//!
//! The library's own types cross the border as they are: they are the records, variants and
//! enums of the contract. What a call takes is borrowed, so that no copy of a secret is made
//! on the way.

pub(crate) mod flow_steps;
pub(crate) mod function;
pub(crate) mod http_types;
pub(crate) mod session_steps;
mod stand_in;
mod transport;

pub(crate) use self::transport::milliseconds;
