//! The promises of the engine, each tried by what would break it. A module's name begins with the promise that it guards.

mod bench_of;
mod p2_chunk_invariance;
