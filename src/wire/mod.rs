//! The wire: accepting connections, TLS, and saying no in HTTP.
//!
//! Knows nothing of contests or campaigns. The only room that turns a reason into an HTTP status.

pub mod listen;
pub mod problem;
pub mod socket;
pub mod tls;
