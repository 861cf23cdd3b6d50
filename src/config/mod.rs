//! Configuration: files in; `Settings` and a `Ruleset` out, or every problem.
//!
//! Two levels: what the files *say* (`raw`), with the place of every value, and what the rest of the house can *use*
//! (`Settings`, `Ruleset`), which cannot be built wrong. `compile` is the one step between them. Nothing here decides
//! about a request, writes a file, or lets a secret into a message.

mod compile;
mod effective;
mod notes;
pub mod postgres;
pub mod problem;
mod raw;
mod read;
pub mod sample;
pub mod schema;
mod secret;
pub mod settings;

pub use self::effective::effective;
pub use self::problem::{Problem, Problems, Severity};
pub use self::read::{Config, KeyFile, Places, key_file, read, read_at, read_trying, store};
