//! P10: no two campaigns, contests, domains or fields have a pseudonym or a token in common; a token turns back where it
//! was made and nowhere else.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../engine/dice.rs"]
#[allow(dead_code)]
mod dice;
#[path = "../../engine/rings.rs"]
mod rings;

fuzz_target!(|data: &[u8]| rings::tried(&mut dice::Dice::new(data)));
