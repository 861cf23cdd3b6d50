//! P4 and P5, the request side: a query is refused or understood, what is understood is written in one way, and a cursor
//! opens only for whom and what it was made.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../engine/dice.rs"]
#[allow(dead_code)]
mod dice;
#[path = "../../engine/queries.rs"]
mod queries;

fuzz_target!(|data: &[u8]| queries::tried(&mut dice::Dice::new(data)));
