//! The pure engine: everything that decides or transforms.
//!
//! Time, keys and bytes come in as arguments; answers go out as values. Nothing here opens a socket or
//! a file, reads a clock, draws a random number, looks at the environment or writes a log, so every part
//! can be fuzzed, replayed from a seed, and used by `explain` and `preview` without a second
//! implementation. A test (`tests/floors.rs`) reads this folder and names each word of the outside world.

pub mod audit;
pub mod credential;
pub mod dialect;
pub mod form;
pub mod format;
pub mod ids;
pub mod member;
pub mod minimise;
pub mod outcome;
pub mod policy;
pub mod query;
pub mod quota;
pub mod reason;
pub mod rejection;
pub mod stage;
pub mod time;
