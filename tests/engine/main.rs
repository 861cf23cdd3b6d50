//! The promises of the engine, each tried by what would break it. A module's name begins with the promise that it guards.

mod asking;
mod bench_of;
mod bodies;
mod cells;
mod dice;
mod formats;
mod markers;
mod oracle;
mod queries;
mod rings;
mod rules;
mod shapes;
mod tables;
mod twins;

mod csv;
mod known_answers;
mod lists;
mod ndjson;
mod p10_unlinkable;
mod p1_non_interference;
mod p2_bounded_memory;
mod p2_chunk_invariance;
mod p3_differential;
mod p3_json_test_suite;
mod p3_shapes;
mod p3_strict_or_nothing;
mod p4_default_drop;
mod p4_formats;
mod p5_requests;
mod plans;
mod presets;
mod rest;
mod witnesses;
mod wycheproof_vectors;
