//! The commands over the books, as a person types them: real stores, filled as the proxy fills them, and the real binary.

mod audit;
#[path = "../house/support/folder.rs"]
#[allow(dead_code)]
mod folder;
mod keys;
mod object;
#[path = "../house/readme_text.rs"]
mod readme_text;
mod register;
mod report;
mod shown;
mod stage;
#[path = "../audit/theirs.rs"]
#[allow(dead_code)]
mod theirs;
