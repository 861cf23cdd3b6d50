//! The commands: one file each, with its arguments, its help and what it prints. The only place where parts are joined.

pub mod key;
pub mod keygen;
pub mod rejections;

mod output;
