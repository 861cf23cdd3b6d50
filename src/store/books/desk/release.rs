//! Granting: how many of the records that are about to leave may, and writing down who they are about.
//!
//! Grants no record that it has not entered in the register, and none beyond a quota.

use std::collections::{BTreeMap, HashMap, HashSet};

use roaring::RoaringBitmap;

use super::{Desk, RELEASES_AT_ONCE, Recent};
use crate::engine::quota::{Allowance, Left};
use crate::store::StoreError;
use crate::store::books::sets::{Chunk, by_chunk, chunk_of, within};
use crate::store::books::tables::{SetKey, Tables};
use crate::store::books::{Answer, Exhausted, Granted, PullNumber, Release, Side};

type Chunks = BTreeMap<u16, RoaringBitmap>;

impl Desk {
    pub(super) fn release(
        &mut self,
        tables: &mut dyn Tables,
        number: PullNumber,
        release: &Release,
        allowance: &Allowance,
    ) -> Result<Answer, StoreError> {
        let Some(open) = self.open.get_mut(&number) else { return Ok(Answer::NotOpen) };
        let side = Side::of(&open.pull);
        let known = self.members.entry(side.contest.clone()).or_default();
        known.catch_up_once(tables, &side)?;
        let before = known.dictionary.len();
        let mut guess = open.recent.back().and_then(|recent| recent.positions.last()).map_or(0, |last| last + 1);
        let mut positions = Vec::with_capacity(release.members.len());
        for &member in &release.members {
            let position = known.dictionary.find(member, guess).unwrap_or_else(|| known.dictionary.add(member));
            positions.push(position);
            guess = position + 1;
        }
        let spent = tables.spent(&side)?;
        let has = load(tables, &SetKey::Campaign(side.clone()), &positions)?;
        let (granted, exhausted) = cut(&positions, &has, spent.left(allowance));
        positions.truncate(granted);
        // Whoever is not given to anybody has no place in the dictionary.
        known.dictionary.truncate(positions.iter().max().map_or(before, |last| before.max(last + 1)));
        if !tables.advance_pull(number, granted as u64, release.bytes)? {
            return Ok(Answer::NotOpen);
        }
        if known.dictionary.len() > before {
            tables.add_members(&side.contest, before, &known.dictionary.segment(before))?;
        }
        let leaving = by_chunk(positions.iter().copied());
        let members = add(tables, &SetKey::Campaign(side.clone()), &leaving, &has)?;
        let in_pull = load(tables, &SetKey::Pull(number), &positions)?;
        add(tables, &SetKey::Pull(number), &leaving, &in_pull)?;
        let again = overlap(&leaving, &in_pull);
        lacking(tables, number, open.fields, &again, lacked_by(&positions, &leaving, release))?;
        let spent = spent.with(allowance, granted as u64, members);
        tables.set_spent(&side, &spent)?;
        let fresh = leaving.into_iter().map(|(chunk, set)| (chunk, without(set, in_pull.get(&chunk)))).collect();
        let answer = Answer::Granted(Granted { records: granted, exhausted, left: spent.left(allowance) });
        if granted == 0 {
            return Ok(answer);
        }
        self.undo.push((number, open.recent.clone()));
        while open.recent.len() >= RELEASES_AT_ONCE {
            open.recent.pop_front();
        }
        open.recent.push_back(Recent { positions, fresh, period: allowance.period.max(spent.period) });
        Ok(answer)
    }
}

impl super::Known {
    fn catch_up_once(&mut self, tables: &mut dyn Tables, side: &Side) -> Result<(), StoreError> {
        // Inside one transaction nobody else adds: what is not durable was added by a step before this one.
        if self.dictionary.len() > self.durable { Ok(()) } else { self.catch_up(tables, &side.contest) }
    }
}

/// The chunks of a set that these positions are in.
fn load(tables: &mut dyn Tables, key: &SetKey, positions: &[u32]) -> Result<Chunks, StoreError> {
    let mut chunks = Chunks::new();
    let mut last = None;
    for chunk in positions.iter().map(|&position| chunk_of(position)) {
        if last.replace(chunk) != Some(chunk) && !chunks.contains_key(&chunk) {
            chunks.insert(chunk, Chunk::read(tables.set(key, chunk)?.as_deref())?.0);
        }
    }
    Ok(chunks)
}

/// How many of the records may leave, and which quota ends them.
fn cut(positions: &[u32], has: &Chunks, left: Left) -> (usize, Option<Exhausted>) {
    let records = left.records.map_or(positions.len(), |left| usize::try_from(left).unwrap_or(usize::MAX).min(positions.len()));
    let by_records = (records < positions.len()).then_some(Exhausted::Records);
    let Some(mut members) = left.members else { return (records, by_records) };
    let mut seen = HashSet::new();
    for (at, &position) in positions[..records].iter().enumerate() {
        let known = has.get(&chunk_of(position)).is_some_and(|set| set.contains(within(position)));
        if known || !seen.insert(position) {
            continue;
        }
        if members == 0 {
            return (at, Some(Exhausted::Members));
        }
        members -= 1;
    }
    (records, by_records)
}

/// Adds members to a set whose chunks were loaded. How many were not in it.
fn add(tables: &mut dyn Tables, key: &SetKey, more: &Chunks, has: &Chunks) -> Result<u64, StoreError> {
    let mut added = 0;
    for (&chunk, more) in more {
        let has = has.get(&chunk).cloned().unwrap_or_default();
        let before = has.len();
        let set = has | more;
        if set.len() > before {
            added += set.len() - before;
            tables.put_set(key, chunk, &Chunk(set).spell())?;
        }
    }
    Ok(added)
}

fn overlap(leaving: &Chunks, in_pull: &Chunks) -> Chunks {
    let both = leaving.iter().filter_map(|(chunk, set)| Some((*chunk, set & in_pull.get(chunk)?)));
    both.filter(|(_, both)| !both.is_empty()).collect()
}

fn without(set: RoaringBitmap, others: Option<&RoaringBitmap>) -> RoaringBitmap {
    if let Some(others) = others { set - others } else { set }
}

/// Which members lacked which field in every one of their records of this release. `leaving` are the members of `positions`.
fn lacked_by(positions: &[u32], leaving: &Chunks, release: &Release) -> BTreeMap<u16, Vec<u32>> {
    let mut lacked = BTreeMap::<u16, Vec<u32>>::new();
    for &(field, record) in &release.lacking {
        if let Some(&position) = positions.get(record as usize) {
            lacked.entry(field).or_default().push(position);
        }
    }
    let mut records = HashMap::<u32, usize>::new();
    let distinct = leaving.values().map(RoaringBitmap::len).sum::<u64>();
    if distinct < positions.len() as u64 {
        positions.iter().for_each(|&position| *records.entry(position).or_default() += 1);
        for lacked in lacked.values_mut() {
            let mut times = HashMap::<u32, usize>::new();
            lacked.iter().for_each(|&position| *times.entry(position).or_default() += 1);
            lacked.retain(|position| times.get(position) == records.get(position));
        }
    }
    lacked
}

/// Enters which members lacked a field. Whoever had it in an earlier record of the pull does not lack it, and whoever lacked it then and
/// has it now does not lack it any more.
fn lacking(
    tables: &mut dyn Tables,
    number: PullNumber,
    fields: u16,
    again: &Chunks,
    mut lacked: BTreeMap<u16, Vec<u32>>,
) -> Result<(), StoreError> {
    if !again.is_empty() {
        (0..fields).for_each(|field| {
            lacked.entry(field).or_default();
        });
    }
    let nobody = RoaringBitmap::new();
    for (field, positions) in lacked {
        let lacked = by_chunk(positions);
        let mut chunks: Vec<_> = lacked.keys().chain(again.keys()).copied().collect();
        chunks.sort_unstable();
        chunks.dedup();
        for chunk in chunks {
            let key = SetKey::Lacking(number, field);
            let (now, again) = (lacked.get(&chunk).unwrap_or(&nobody), again.get(&chunk).unwrap_or(&nobody));
            let before = Chunk::read(tables.set(&key, chunk)?.as_deref())?.0;
            let set = (&before - again) | (now - again) | (&before & now);
            if set != before {
                tables.put_set(&key, chunk, &Chunk(set).spell())?;
            }
        }
    }
    Ok(())
}
