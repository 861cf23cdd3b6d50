//! The books end to end: what left is on record, no more than that, and nobody gets more than a quota allows.

mod again;
mod ahead;
mod crash;
mod disk;
mod objections;
mod quotas;
mod receipts;
pub mod record;
