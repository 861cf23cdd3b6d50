//! What `[[campaign]]` says.

use super::contest::Limits;
use super::read::{List, Moment, Text, said};

said! {
    /// `[[campaign]]`.
    struct Campaign {
        /// Identifier.
        required id: Text,
        /// For people.
        required title: Text,
        /// Names of the exports that are granted.
        required exports: List<Text>,
        /// What was signed.
        optional agreement: Signature,
        /// Where it may ask from.
        optional networks: List<Text>,
        /// A later start.
        optional opens: Moment,
        /// An earlier end.
        optional closes: Moment,
        /// Why the campaign is stopped.
        optional suspended: Text,
        /// Its own limits.
        optional limits: Limits,
        /// Its keys.
        optional credential: List<Credential>,
    }
}

said! {
    /// `agreement` of a campaign.
    struct Signature {
        /// Which version.
        required version: Text,
        /// Of the text.
        required sha256: Text,
        /// By whom.
        required signed_by: Text,
        /// When.
        required signed_on: Moment,
    }
}

said! {
    /// `[[campaign.credential]]`.
    struct Credential {
        /// `key`.
        optional kind: Text,
        /// Of the key.
        required sha256: Text,
        /// When it ends.
        optional expires: Moment,
        /// Who holds it.
        optional actor: Text,
    }
}
