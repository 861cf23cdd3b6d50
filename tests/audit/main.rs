//! P8, tamper evidence: the log, its heads and its receipts, each tried by what would break it, and held against another
//! hand's implementation. Nothing here opens a file.

#[path = "../engine/dice.rs"]
#[allow(dead_code)]
mod dice;
mod documents;
mod ledger;
mod story;
mod theirs;

mod known_answers;
mod notes;
mod oracle;
mod p8_anything;
mod p8_heads;
mod p8_stories;
mod p8_tampering;
mod receipts;
mod spelling;
mod tiles;
