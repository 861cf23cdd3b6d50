//! P3: what the scanner has learnt of the records before never changes what it reads of the next; the bytes choose the records.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../engine/bench_of.rs"]
#[allow(dead_code)]
mod bench_of;
#[path = "../../engine/dice.rs"]
#[allow(dead_code)]
mod dice;
#[path = "../../engine/formats.rs"]
#[allow(dead_code)]
mod formats;
#[path = "../../engine/oracle.rs"]
#[allow(dead_code)]
mod oracle;
#[path = "../../engine/shapes.rs"]
mod shapes;

fuzz_target!(|data: &[u8]| shapes::tried(&mut dice::Dice::new(data)));
