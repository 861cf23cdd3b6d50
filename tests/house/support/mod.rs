//! One helper for each boundary: a scripted source, a proxy as a process, and a client that shows every byte.

pub mod client;
pub mod folder;
pub mod proxy;
pub mod source;

pub use client::{Answer, get, get_as, send};
pub use folder::{AMBER_KEY, Contest, TEAL_KEY};
pub use proxy::Proxy;
pub use source::Source;

/// A page of the contest's records, as the scripted source gives it.
pub fn page(records: &str) -> String {
    format!(r#"{{"count": 2, "next": null, "values": [{records}]}}"#)
}

/// A member with something to hide in every way that the tests know.
pub const MEMBER: &str = r#"{"member_id": 1, "first_name": "Sian", "last_name": "Griffiths", "email": "sian@example.org", "religion": "MARKER-religion", "notes": "MARKER-notes", "consent": {"email": true}, "status": "current"}"#;
