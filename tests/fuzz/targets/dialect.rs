//! P4 and P5, the request side: a query is refused or understood, what is understood is written in one way, and a cursor
//! opens only for whom and what it was made.
//!
//! One source for every dialect: the binary's name says which. `dialect_nationbuilder_v1` is the family `nationbuilder-v1`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portcullis::engine::dialect::Family;

#[path = "../../engine/asking.rs"]
#[allow(dead_code)]
mod asking;
#[path = "../../engine/dice.rs"]
#[allow(dead_code)]
mod dice;
#[path = "../../engine/queries.rs"]
#[allow(dead_code)]
mod queries;

static FAMILY: LazyLock<&Family> = LazyLock::new(|| {
    let name = env!("CARGO_BIN_NAME").strip_prefix("dialect_").expect("the name of a dialect's target").replace('_', "-");
    Family::named(&name).expect("the name of a family")
});

fuzz_target!(|data: &[u8]| queries::tried_in(*FAMILY, &mut dice::Dice::new(data)));
