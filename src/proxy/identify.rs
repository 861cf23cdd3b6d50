//! Identify: which campaign, and which person or account, asks.
//!
//! Reads the credential and nothing else of the request; never looks at what is asked for.

use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::engine::credential::{Credential, KEY_BYTES_MAX, KeyDigest, find};
use crate::engine::ids::ActorId;
use crate::engine::policy::{Campaign, Contest, Ruleset};
use crate::engine::reason::Reason;
use crate::engine::rejection::Rejection;
use crate::engine::time::Timestamp;

/// Proof that a campaign has been identified.
#[derive(Debug, Clone)]
pub struct Identified {
    contest: Arc<Contest>,
    campaign: Arc<Campaign>,
    credential: Credential,
}

impl Identified {
    /// The contest that the credential belongs to.
    #[must_use]
    pub fn contest(&self) -> &Arc<Contest> {
        &self.contest
    }

    /// The campaign that the credential belongs to.
    #[must_use]
    pub fn campaign(&self) -> &Arc<Campaign> {
        &self.campaign
    }

    /// Who holds the credential, when that is known.
    #[must_use]
    pub fn actor(&self) -> Option<&ActorId> {
        self.credential.actor.as_ref()
    }

    /// The credential that was presented.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }
}

/// Every credential of a ruleset, laid out for one constant-time walk. Made once for each configuration.
#[derive(Debug, Default)]
pub struct CredentialIndex {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    digest: KeyDigest,
    contest: Arc<Contest>,
    campaign: Arc<Campaign>,
    credential: usize,
}

impl CredentialIndex {
    /// Lays out a ruleset's credentials.
    #[must_use]
    pub fn of(ruleset: &Ruleset) -> Self {
        let mut entries = Vec::new();
        for contest in &ruleset.contests {
            for campaign in &contest.campaigns {
                for (credential, known) in campaign.credentials.iter().enumerate() {
                    let (contest, campaign) = (Arc::clone(contest), Arc::clone(campaign));
                    entries.push(Entry { digest: known.digest, contest, campaign, credential });
                }
            }
        }
        Self { entries }
    }
}

/// Who asks, by the `Authorization` header (RFC 6750 section 2.1).
///
/// An expired key still says who asks: `whom` learns it, so that the books name the campaign.
///
/// # Errors
/// `credential_missing`, `credential_invalid`, `credential_expired`.
pub fn identify(
    index: &CredentialIndex,
    headers: &HeaderMap,
    now: Timestamp,
    whom: impl FnOnce(&Identified),
) -> Result<Identified, Rejection> {
    let digest = KeyDigest::of(presented(headers)?);
    let position = find(&digest, index.entries.iter().map(|entry| entry.digest)).ok_or(Reason::CredentialInvalid)?;
    let entry = index.entries.get(position).ok_or(Reason::Internal)?;
    let credential = entry.campaign.credentials.get(entry.credential).ok_or(Reason::Internal)?;
    let (contest, campaign) = (Arc::clone(&entry.contest), Arc::clone(&entry.campaign));
    let identified = Identified { contest, campaign, credential: credential.clone() };
    whom(&identified);
    if identified.credential.expired(now) { Err(Reason::CredentialExpired.into()) } else { Ok(identified) }
}

/// The bearer token: exactly one `Authorization` header, of the `Bearer` scheme, within bounds.
fn presented(headers: &HeaderMap) -> Result<&[u8], Reason> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Reason::CredentialMissing)?.as_bytes();
    if values.next().is_some() {
        return Err(Reason::CredentialInvalid);
    }
    let (scheme, key) = value.split_at_checked("Bearer ".len()).ok_or(Reason::CredentialMissing)?;
    if !scheme.eq_ignore_ascii_case(b"Bearer ") {
        return Err(Reason::CredentialMissing);
    }
    let key = key.trim_ascii();
    if key.is_empty() || key.len() > KEY_BYTES_MAX { Err(Reason::CredentialInvalid) } else { Ok(key) }
}
