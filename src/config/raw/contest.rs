//! What a contest's file says, but for its exports and campaigns.

use toml_spanner::Item;

use super::campaign::Campaign;
use super::export::Export;
use super::read::{Entries, List, Moment, Opened, Read, Text, Whole, said};
use crate::config::notes::Notes;

said! {
    /// The whole file.
    struct ContestFile {
        /// `[contest]`.
        required contest: Contest,
        /// `[agreement]`.
        optional agreement: Agreement,
        /// `[source]`.
        required source: Source,
        /// `[pseudonyms]`.
        required pseudonyms: Pseudonyms,
        /// `[limits]`.
        optional limits: Limits,
        /// `[[export]]`.
        required export: List<Export>,
        /// `[[campaign]]`.
        optional campaign: List<Campaign>,
    }
}

impl ContestFile {
    /// Reads the file's own table.
    pub fn from_root(table: &Opened<'_, '_>, notes: &mut Notes) -> Self {
        Self::from_opened(table, notes)
    }
}

said! {
    /// `[contest]`.
    struct Contest {
        /// Identifier.
        required id: Text,
        /// For people.
        required title: Text,
        /// Who answers for the data.
        required controller: Text,
        /// IANA name.
        required timezone: Text,
        /// Start of the window.
        required opens: Moment,
        /// End of the window.
        required closes: Moment,
        /// Host names.
        optional hosts: List<Text>,
        /// Why the contest is stopped.
        optional suspended: Text,
    }
}

said! {
    /// `[agreement]`.
    struct Agreement {
        /// Version.
        required version: Text,
        /// The text.
        required file: Text,
    }
}

said! {
    /// `[source]`.
    struct Source {
        /// The dialect.
        required api: Text,
        /// The base URL.
        required url: Text,
        /// Headers of every request.
        optional headers: Entries<Header>,
        /// A duration.
        optional timeout: Text,
        /// A CA to trust.
        optional ca_file: Text,
        /// Connections at the most.
        optional connections: Whole,
        /// The words that allow plain HTTP beyond loopback.
        optional plaintext: Text,
        /// Where files may come from.
        optional files: List<Text>,
    }
}

/// The value of a header.
pub enum Header {
    /// In the file itself.
    Inline(Text),
    /// In a file of its own.
    File(HeaderFile),
}

said! {
    /// A header's value in a file of its own.
    struct HeaderFile {
        /// The file.
        required file: Text,
        /// What stands before its content.
        optional prefix: Text,
    }
}

/// Whether a header of this name carries a credential.
pub fn is_secret(name: &str) -> bool {
    const WORDS: [&str; 9] = ["auth", "cookie", "token", "secret", "password", "api-key", "apikey", "api_key", "credential"];
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

impl Read for Header {
    fn read(item: &Item<'_>, key: &str, notes: &mut Notes) -> Option<Self> {
        match item.as_str() {
            Some(_) => {
                let text = Text::read(item, key, notes)?;
                if is_secret(key) {
                    notes.conceal(text.at);
                }
                Some(Self::Inline(text))
            }
            None => HeaderFile::read(item, key, notes).map(Self::File),
        }
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "anyOf": [Text::schema(), HeaderFile::schema()] })
    }
}

said! {
    /// `[pseudonyms]`.
    struct Pseudonyms {
        /// The contest's secret key.
        required key_file: Text,
        /// The country of telephone numbers without a country code.
        optional phone_region: Text,
    }
}

said! {
    /// `[limits]` and `[campaign.limits]`.
    struct Limits {
        /// How fast.
        optional rate: Rate,
        /// How many at once.
        optional concurrent: Whole,
        /// Records in a period.
        optional records: Quota,
        /// Distinct members over the contest.
        optional members: Quota,
    }
}

said! {
    /// `rate`.
    struct Rate {
        /// Pulls a period.
        optional pulls: Whole,
        /// Requests a period.
        optional requests: Whole,
        /// The period.
        optional per: Text,
        /// Pulls at once.
        optional burst: Whole,
    }
}

said! {
    /// A quota.
    struct Quota {
        /// How much.
        optional max: Whole,
        /// In which period.
        optional per: Text,
    }
}
