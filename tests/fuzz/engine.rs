//! The engine as the fuzz targets see it, under the name that the product has.

#[path = "../../src/engine/mod.rs"]
pub mod engine;
