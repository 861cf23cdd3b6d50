//! The audit log: what is recorded, how it is spelled, how it is signed, and how anyone can check it afterwards.
//!
//! An [`Event`](event::Event) becomes an [`Entry`](entry::Entry), whose one spelling is a leaf of a Merkle tree (RFC 6962).
//! The tree's root at some size is signed as a [`Checkpoint`](checkpoint::Checkpoint), the *head* of the log, and a
//! [`Receipt`](receipt::Receipt) proves one entry under a head. [`Verifier`](verify::Verifier) walks an exported log with
//! public keys alone and names the first thing that is wrong. Formats are those of C2SP (`signed-note`, `tlog-checkpoint`,
//! `tlog-tiles`, `tlog-proof`), so other people's programs can check the log as well.
//!
//! Nothing here keeps an entry, reads a clock or draws a key: the store does that, and must make an entry durable before
//! what it records happens. No entry can hold a value of a member, a credential, a query or a sentence.

mod base64;
pub mod bundle;
pub mod checkpoint;
pub mod entry;
pub mod event;
pub mod hash;
pub mod journal;
pub mod key;
pub mod note;
pub mod number;
pub mod proof;
pub mod receipt;
mod spelling;
pub mod tile;
pub mod tree;
pub mod verify;
