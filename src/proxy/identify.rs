//! Identify: which campaign, and which person or account, asks.
//!
//! Reads the credential and nothing else of the request; never looks at what is asked for. A campaign's tool presents its key where
//! its API family has it: as a bearer token, as the password of Basic authentication, or in a header of its own. Never in a query: what
//! stands in an address is written into logs.

use std::sync::Arc;

use data_encoding::BASE64;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use crate::engine::credential::{Credential, KEY_BYTES_MAX, KeyDigest, find};
use crate::engine::ids::ActorId;
use crate::engine::policy::{Campaign, Contest, Ruleset};
use crate::engine::reason::Reason;
use crate::engine::rejection::Rejection;
use crate::engine::time::Timestamp;

/// Longest encoded user and password that are looked at, in bytes.
const BASIC_BYTES_MAX: usize = 1024;

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

/// Who asks.
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
    let digest = KeyDigest::of(&presented(headers)?);
    let position = find(&digest, index.entries.iter().map(|entry| entry.digest)).ok_or(Reason::CredentialInvalid)?;
    let entry = index.entries.get(position).ok_or(Reason::Internal)?;
    let credential = entry.campaign.credentials.get(entry.credential).ok_or(Reason::Internal)?;
    let (contest, campaign) = (Arc::clone(&entry.contest), Arc::clone(&entry.campaign));
    let identified = Identified { contest, campaign, credential: credential.clone() };
    whom(&identified);
    if identified.credential.expired(now) { Err(Reason::CredentialExpired.into()) } else { Ok(identified) }
}

/// Headers that hold a key as it is, or behind `Bearer`.
const KEY_HEADERS: [&str; 3] = ["x-civi-auth", "osdi-api-token", "apikey"];

/// The key that is presented. In several places it must be the same one, or nobody knows who is meant.
fn presented(headers: &HeaderMap) -> Result<Zeroizing<Vec<u8>>, Reason> {
    let mut keys = Vec::new();
    if let Some(value) = only(headers, AUTHORIZATION.as_str())? {
        keys.push(authorised(value)?);
    }
    for name in KEY_HEADERS {
        if let Some(value) = only(headers, name)? {
            keys.push(Zeroizing::new(bearer(value).unwrap_or(value).trim_ascii().to_vec()));
        }
    }
    let key = keys.pop().ok_or(Reason::CredentialMissing)?;
    let sound = !key.is_empty() && key.len() <= KEY_BYTES_MAX && keys.iter().all(|other| *other == key);
    if sound { Ok(key) } else { Err(Reason::CredentialInvalid) }
}

/// The one header of this name.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h [u8]>, Reason> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(HeaderValue::as_bytes);
    if values.next().is_some() { Err(Reason::CredentialInvalid) } else { Ok(value) }
}

/// The key in an `Authorization` header: `Bearer` (RFC 6750 section 2.1) or `Basic` (RFC 7617).
fn authorised(value: &[u8]) -> Result<Zeroizing<Vec<u8>>, Reason> {
    if let Some(key) = bearer(value) {
        return Ok(Zeroizing::new(key.trim_ascii().to_vec()));
    }
    let encoded = after_scheme(value, "Basic ").ok_or(Reason::CredentialMissing)?.trim_ascii();
    if encoded.len() > BASIC_BYTES_MAX {
        return Err(Reason::CredentialInvalid);
    }
    let decoded = Zeroizing::new(BASE64.decode(encoded).map_err(|_| Reason::CredentialInvalid)?);
    let colon = decoded.iter().position(|&byte| byte == b':').ok_or(Reason::CredentialInvalid)?;
    let password = &decoded[colon + 1..];
    // EveryAction's clients say behind the key which of two databases they mean; here there is one.
    let password = [&b"|0"[..], b"|1"].iter().find_map(|mode| password.strip_suffix(*mode)).unwrap_or(password);
    Ok(Zeroizing::new(password.to_vec()))
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    after_scheme(value, "Bearer ")
}

/// What follows a scheme, which is spelled in any case.
fn after_scheme<'v>(value: &'v [u8], scheme: &str) -> Option<&'v [u8]> {
    let (said, rest) = value.split_at_checked(scheme.len())?;
    said.eq_ignore_ascii_case(scheme.as_bytes()).then_some(rest)
}
