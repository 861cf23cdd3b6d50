//! Looking in the register: who was given which member, and what members object to.
//!
//! Asks by digests alone, and writes nothing. Finds a member without reading every set: one chunk of each pull's.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::scan;
use super::sets::{Chunk, chunk_of, within};
use super::tables::{Reading, SetKey};
use super::{StoredObjection, StoredPull};
use crate::engine::audit::entry::Entry;
use crate::engine::audit::event::{Event, KeyUse};
use crate::engine::audit::hash::Digest;
use crate::engine::audit::number::Whole;
use crate::engine::ids::{CampaignId, ContestId, ExportName};
use crate::engine::member::{MEMBER_DIGEST_BYTES, MemberDigest, Withheld};
use crate::store::StoreError;

/// A member in a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// The pull.
    pub pull: StoredPull,
    /// The fields of the pull with which the member's record really left.
    pub fields: Vec<String>,
}

/// In which exports each campaign was given a member.
pub type Holders = BTreeMap<CampaignId, BTreeSet<ExportName>>;

/// The pulls that a member was in, in the order in which they were opened.
///
/// # Errors
/// [`StoreError`] of the tables.
pub fn disclosures(reading: &mut dyn Reading, contest: &ContestId, member: MemberDigest) -> Result<Vec<Disclosure>, StoreError> {
    let Some(position) = positions(reading, contest, &[member])?.get(&member).copied() else { return Ok(Vec::new()) };
    let (chunk, within) = (chunk_of(position), within(position));
    let mut found = Vec::new();
    for (number, bytes) in reading.pull_sets(contest, None, chunk)? {
        if !Chunk::read(Some(&bytes))?.0.contains(within) {
            continue;
        }
        let Some(pull) = reading.pull(number)? else { continue };
        let mut fields = Vec::new();
        for (at, field) in (0..=u16::MAX).zip(&pull.fields) {
            let lacking = reading.set(&SetKey::Lacking(number, at), chunk)?;
            if !Chunk::read(lacking.as_deref())?.0.contains(within) {
                fields.push(field.clone());
            }
        }
        found.push(Disclosure { pull, fields });
    }
    Ok(found)
}

/// Who holds each of these members. One that nobody was given is not there.
///
/// # Errors
/// [`StoreError`] of the tables.
pub fn holders(
    reading: &mut dyn Reading,
    contest: &ContestId,
    members: &[MemberDigest],
) -> Result<HashMap<MemberDigest, Holders>, StoreError> {
    let mut by_chunk = BTreeMap::<u16, Vec<(MemberDigest, u32)>>::new();
    for (member, position) in positions(reading, contest, members)? {
        by_chunk.entry(chunk_of(position)).or_default().push((member, within(position)));
    }
    let (mut pulls, mut found) = (HashMap::new(), HashMap::<MemberDigest, Holders>::new());
    for (chunk, members) in by_chunk {
        for (number, bytes) in reading.pull_sets(contest, None, chunk)? {
            let set = Chunk::read(Some(&bytes))?.0;
            for (member, _) in members.iter().filter(|(_, within)| set.contains(*within)) {
                if let std::collections::hash_map::Entry::Vacant(place) = pulls.entry(number) {
                    place.insert(reading.pull(number)?.map(|stored| stored.pull));
                }
                let Some(Some(pull)) = pulls.get(&number) else { continue };
                let holders = found.entry(*member).or_default();
                holders.entry(pull.asker.campaign.clone()).or_default().insert(pull.export.clone());
            }
        }
    }
    Ok(found)
}

/// Where members stand in the contest's dictionary. One that is not in it is not there.
fn positions(
    reading: &mut dyn Reading,
    contest: &ContestId,
    members: &[MemberDigest],
) -> Result<HashMap<MemberDigest, u32>, StoreError> {
    let wanted: std::collections::HashSet<_> = members.iter().map(|member| member.0).collect();
    let mut found = HashMap::new();
    for (first, segment) in reading.members(contest, 0)? {
        let (digests, _) = segment.as_chunks::<MEMBER_DIGEST_BYTES>();
        for (digest, position) in digests.iter().zip(first..) {
            if wanted.contains(digest) {
                found.insert(MemberDigest(*digest), position);
            }
        }
    }
    Ok(found)
}

/// What an objection is about, and against whom it is: every campaign, where none is named.
pub type Object = (Option<CampaignId>, Withheld);

/// The objections of each member of a contest that are in force: the newest row of each, where that is no withdrawal.
///
/// # Errors
/// [`StoreError`] of the tables.
pub fn objections(
    reading: &mut dyn Reading,
    contest: &ContestId,
) -> Result<HashMap<MemberDigest, BTreeMap<Object, StoredObjection>>, StoreError> {
    let mut standing = HashMap::<MemberDigest, BTreeMap<Object, StoredObjection>>::new();
    for stored in reading.objections(0)? {
        if stored.row.contest != *contest {
            continue;
        }
        let of_member = standing.entry(stored.row.member).or_default();
        let object = (stored.row.campaign.clone(), stored.row.withheld);
        if stored.row.withdrawn {
            of_member.remove(&object);
        } else {
            of_member.insert(object, stored);
        }
    }
    standing.retain(|_, objections| !objections.is_empty());
    Ok(standing)
}

/// When the key of a contest's pseudonyms was destroyed, in Unix milliseconds, and which it was; the newest one.
///
/// Reads the log from its end, so it is for the rare case where the key is not there.
///
/// # Errors
/// [`StoreError`] of the tables.
pub fn key_destroyed(reading: &mut dyn Reading, contest: &ContestId) -> Result<Option<(Whole, Digest)>, StoreError> {
    let finder = memchr::memmem::Finder::new(b"\"event\":\"key_destroyed\"");
    scan::newest(
        reading,
        |bytes| finder.find(bytes).is_some(),
        |Entry { time, event, .. }| match event {
            Event::KeyDestroyed(key) if key.used_for == KeyUse::Pseudonyms && key.contest.as_ref() == Some(contest) => {
                Some((time, key.fingerprint))
            }
            _ => None,
        },
    )
}
