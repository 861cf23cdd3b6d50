//! What `portcullis.toml` says.

use super::read::{Opened, Text, Whole, said};
use crate::config::notes::Notes;

said! {
    /// The whole file.
    struct ProcessFile {
        /// Where campaigns connect.
        required listen: Listen,
        /// Where the operator connects.
        optional admin: Admin,
        /// The books.
        optional store: Store,
        /// The audit log.
        optional audit: Audit,
        /// The log.
        optional log: Log,
        /// The process's bounds.
        optional bounds: Bounds,
    }
}

impl ProcessFile {
    /// Reads the file's own table.
    pub fn from_root(table: &Opened<'_, '_>, notes: &mut Notes) -> Self {
        Self::from_opened(table, notes)
    }
}

said! {
    /// `[listen]`.
    struct Listen {
        /// `host:port`.
        required address: Text,
        /// Certificate and key.
        optional tls: Tls,
        /// The words that allow plain HTTP beyond loopback.
        optional plaintext: Text,
        /// The origin that campaigns see.
        optional public_url: Text,
    }
}

said! {
    /// `listen.tls`.
    struct Tls {
        /// PEM file.
        required certificate_file: Text,
        /// PEM file.
        required key_file: Text,
        /// Known, and refused: client certificates.
        optional client_ca_file: Text,
    }
}

said! {
    /// `[admin]`.
    struct Admin {
        /// `host:port`.
        optional address: Text,
        /// The words that allow an address beyond loopback.
        optional allow_remote: Text,
    }
}

said! {
    /// `[store]`.
    struct Store {
        /// `sqlite` or `postgres`.
        optional kind: Text,
        /// The database file.
        optional path: Text,
        /// The file that holds the URL of a PostgreSQL database.
        optional url_file: Text,
        /// PEM file.
        optional ca_file: Text,
        /// The words that allow a database beyond this machine without TLS.
        optional plaintext: Text,
    }
}

said! {
    /// `[audit]`.
    struct Audit {
        /// The log's name, which is that of its key.
        optional name: Text,
        /// The key that signs heads.
        optional key_file: Text,
        /// Where the newest head is kept beside the store.
        optional head_file: Text,
    }
}

said! {
    /// `[log]`.
    struct Log {
        /// `json` or `human`.
        optional format: Text,
    }
}

said! {
    /// `[bounds]`: the fields of `ProcessBounds`.
    struct Bounds {
        /// One record of a source.
        optional record_bytes_max: Whole,
        /// One body of a source.
        optional body_bytes_max: Whole,
        /// What stands beside the records.
        optional envelope_bytes_max: Whole,
        /// Nesting.
        optional depth_max: Whole,
        /// Bodies that are validated before they leave.
        optional validate_whole_bytes_max: Whole,
        /// Connections of campaigns.
        optional connections_max: Whole,
        /// Requests in progress.
        optional requests_max: Whole,
        /// Head of a request.
        optional head_bytes_max: Whole,
        /// Time for a head.
        optional head_milliseconds_max: Whole,
        /// Time without reading.
        optional stall_milliseconds_max: Whole,
        /// Time for a stop.
        optional drain_milliseconds_max: Whole,
        /// Rejections kept.
        optional rejections_per_campaign_max: Whole,
        /// Rejections waiting.
        optional rejections_queue_max: Whole,
    }
}
