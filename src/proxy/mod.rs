//! The data plane: the way through the house, from a campaign's request to what may leave.
//!
//! Each stage has its own file, consumes the token of the stage before it, and returns its own or a rejection. A token
//! has private fields and is made in its stage's file alone, so a stage cannot be skipped: the program that tries does
//! not compile (`tests/wrong_programs`).

pub mod account;
pub mod admit;
pub mod audit;
pub mod batch;
pub mod buffers;
pub mod disclose;
pub mod enclosed;
pub mod exchange;
pub mod forward;
pub mod house;
pub mod identify;
pub mod job;
pub mod lease;
pub mod leash;
pub mod ledger;
pub mod limit;
pub mod minimise;
pub mod recall;
pub mod receipt;
pub mod registrar;
pub mod route;
pub mod status;
pub mod stops;
