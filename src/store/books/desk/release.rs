//! Granting: how many of the records that are about to leave may, and writing down who they are about.
//!
//! Grants no record that it has not entered in the register, and none beyond a quota. Where a list goes on as one did before, it
//! grants ahead those who follow, and with the opening those who came when the same was asked before: the register may then name
//! more than have left, for as long as the pull is open, and never fewer.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use roaring::RoaringBitmap;

use super::{Desk, Known, OpenPull, Recent, give_back};
use crate::engine::member::MemberDigest;
use crate::engine::quota::{Allowance, Left, Spent};
use crate::store::StoreError;
use crate::store::books::row;
use crate::store::books::runs::Runs;
use crate::store::books::sets::{CHUNK_MEMBERS, Chunk, by_chunk, chunk_of, within};
use crate::store::books::tables::{SetKey, Tables};
use crate::store::books::{Ahead, Amount, Answer, Exhausted, Expected, Granted, PullNumber, Release, Side};

type Chunks = BTreeMap<u16, RoaringBitmap>;

/// So many times as much as it takes must be left of a quota for anything to be granted ahead: near its end every record counts, and
/// none may be set aside for a list that does not come to it.
const AHEAD_SHARE: u64 = 8;

/// What a release comes to, before anything of it is written.
pub(super) struct Grant {
    /// Members that the dictionary had before.
    known: u32,
    /// Those whose records may leave.
    positions: Runs,
    /// Why not more.
    exhausted: Option<Exhausted>,
    /// Those who are granted ahead.
    ahead: Runs,
    /// Whom the campaign has, of those.
    has: Chunks,
    /// Who is in the pull, of those.
    in_pull: Chunks,
    spent: Spent,
}

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
        self.undo.push((number, open.recent.clone()));
        if !lapse(tables, number, open, release.lapsed)? {
            return Ok(Answer::NotOpen);
        }
        if release.asks_for_nothing() {
            return tell(tables, number, open, release, &side, allowance);
        }
        let known = self.members.entry(side.contest.clone()).or_default();
        known.catch_up_once(tables, &side)?;
        let before = known.dictionary.len();
        let positions = known.look_up(&release.members, open.last().map_or(0, |last| last + 1));
        let ahead = foretold(&positions, open.last(), before, release.ahead.records);
        let spent = tables.spent(&side)?;
        let grant = known.judge(tables, (Some(number), &side), before, (positions, ahead), spent, allowance)?;
        let (records, exhausted) = (grant.positions.len(), grant.exhausted);
        let first = grant.positions.runs().first().filter(|run| run.len() == records).map(|run| run.start);
        let ahead = known.ahead(&grant.ahead, release.ahead.bytes);
        let all = (records + ahead.members.len()) as u64;
        if !tables.advance_pull(number, row::number(all), row::number(release.bytes + ahead.bytes))? {
            return Ok(Answer::NotOpen);
        }
        let left = known.enter(tables, (number, &side), open, release, allowance, grant)?;
        Ok(Answer::Granted(Granted { records, first, exhausted, ahead, left }))
    }
}

impl Known {
    fn catch_up_once(&mut self, tables: &mut dyn Tables, side: &Side) -> Result<(), StoreError> {
        // Inside one transaction nobody else adds: what is not durable was added by a step before this one.
        if self.dictionary.len() > self.durable { Ok(()) } else { self.catch_up(tables, &side.contest) }
    }

    /// Judges whether those who are expected of a pull may be granted ahead while it is opened; nothing where they may not.
    pub(super) fn expect(
        &mut self,
        tables: &mut dyn Tables,
        side: &Side,
        spent: Spent,
        expected: Expected,
        allowance: &Allowance,
    ) -> Result<Option<(Grant, Ahead)>, StoreError> {
        let known = self.dictionary.len();
        let ahead = following(expected.first, known, expected.amount.records);
        if ahead.is_empty() {
            return Ok(None);
        }
        let grant = self.judge(tables, (None, side), known, (Runs::default(), ahead), spent, allowance)?;
        let ahead = self.ahead(&grant.ahead, expected.amount.bytes);
        Ok(Some((grant, ahead)).filter(|(grant, _)| !grant.ahead.is_empty()))
    }

    /// Judges how many of these records may leave, and whether those may be granted ahead who are thought to follow. `known` members
    /// had a place before; nobody is in a pull that has no number yet.
    fn judge(
        &mut self,
        tables: &mut dyn Tables,
        (number, side): (Option<PullNumber>, &Side),
        known: u32,
        (mut positions, ahead): (Runs, Runs),
        spent: Spent,
        allowance: &Allowance,
    ) -> Result<Grant, StoreError> {
        let left = spent.left(allowance);
        let has = load(tables, &SetKey::Campaign(side.clone()), [&positions, &ahead])?;
        let (granted, exhausted) = cut(&positions, &has, left);
        positions.split_off(granted);
        // Whoever is not given to anybody has no place in the dictionary.
        let behind = positions.runs().iter().map(|run| run.end).max();
        self.dictionary.truncate(behind.map_or(known, |behind| known.max(behind)));
        let in_pull = match number {
            Some(number) => load(tables, &SetKey::Pull(number), [&positions, &ahead])?,
            None => Chunks::new(),
        };
        let spare = exhausted.is_none() && is_spare(&ahead, granted, left, &has, &in_pull);
        let ahead = if spare { ahead } else { Runs::default() };
        Ok(Grant { known, positions, exhausted, ahead, has, in_pull, spent })
    }

    /// Enters a grant in the register, and takes it from the quotas. What is left of those.
    pub(super) fn enter(
        &self,
        tables: &mut dyn Tables,
        (number, side): (PullNumber, &Side),
        open: &mut OpenPull,
        release: &Release,
        allowance: &Allowance,
        grant: Grant,
    ) -> Result<Left, StoreError> {
        let Grant { known, mut positions, ahead, has, in_pull, spent, .. } = grant;
        if self.dictionary.len() > known {
            tables.add_members(&side.contest, known, &self.dictionary.segment(known))?;
        }
        lacked_before(tables, number, open, &release.lacked)?;
        let mut leaving = by_chunk(&positions);
        let again = overlap(&leaving, &in_pull);
        lacking(tables, number, open, &again, lacked_by(&positions, &leaving, release))?;
        ahead.runs().iter().for_each(|run| positions.extend(run.clone()));
        by_chunk(&ahead).into_iter().for_each(|(chunk, set)| *leaving.entry(chunk).or_default() |= set);
        let members = add(tables, &SetKey::Campaign(side.clone()), &leaving, &has)?;
        add(tables, &SetKey::Pull(number), &leaving, &in_pull)?;
        let spent = spent.with(allowance, positions.len() as u64, members);
        tables.set_spent(side, &spent)?;
        let fresh = leaving.into_iter().map(|(chunk, set)| (chunk, without(set, in_pull.get(&chunk)))).collect();
        open.keep(release.held);
        if !positions.is_empty() {
            open.recent.push_back(Recent { positions, fresh, period: allowance.period.max(spent.period) });
        }
        Ok(spent.left(allowance))
    }

    /// What the books say of those who are granted ahead, in one run.
    fn ahead(&self, granted: &Runs, bytes: u64) -> Ahead {
        let Some(run) = granted.runs().first().cloned() else { return Ahead::default() };
        Ahead { first: run.start, members: self.dictionary.members(run), bytes }
    }

    /// Where these members stand; those who are new at the end. They are looked for in the order in which they came before.
    fn look_up(&mut self, members: &[MemberDigest], mut guess: u32) -> Runs {
        let mut positions = Runs::default();
        for &member in members {
            let position = self.dictionary.find(member, guess).unwrap_or_else(|| self.dictionary.add(member));
            positions.push(position);
            guess = position + 1;
        }
        positions
    }
}

impl Release {
    fn asks_for_nothing(&self) -> bool {
        self.members.is_empty() && self.ahead.records == 0 && self.bytes == 0
    }
}

impl OpenPull {
    /// The member whose record was granted last.
    fn last(&self) -> Option<u32> {
        self.recent.back()?.positions.last()
    }

    /// Forgets what was granted before so many records, the last ones: it has left, so it will not be given back.
    fn keep(&mut self, held: u64) {
        let mut behind = self.recent.iter().map(|recent| recent.positions.len() as u64).sum::<u64>();
        // The newest stays, because the list goes on behind it.
        while let Some(first) = self.recent.front().filter(|_| self.recent.len() > 1) {
            behind -= first.positions.len() as u64;
            if behind < held {
                return;
            }
            self.recent.pop_front();
        }
    }
}

/// Takes back the last of what was granted ahead. Whether the pull is open.
fn lapse(tables: &mut dyn Tables, number: PullNumber, open: &mut OpenPull, lapsed: Amount) -> Result<bool, StoreError> {
    if lapsed.records == 0 {
        return Ok(true);
    }
    if !tables.advance_pull(number, -row::number(lapsed.records), -row::number(lapsed.bytes))? {
        return Ok(false);
    }
    give_back(tables, number, open, lapsed.records)?;
    Ok(true)
}

/// Who follows, if the list goes on as it came: it was given to somebody before, in this order.
fn foretold(positions: &Runs, last: Option<u32>, known: u32, most: u64) -> Runs {
    match positions.last().or(last).filter(|_| positions.runs().len() <= 1) {
        Some(last) => following(last + 1, known, most),
        None => Runs::default(),
    }
}

/// So many of those who are known from a position on, at most to the end of a chunk.
fn following(first: u32, known: u32, most: u64) -> Runs {
    let mut run = Runs::default();
    let behind = (first / CHUNK_MEMBERS + 1).saturating_mul(CHUNK_MEMBERS);
    let most = first.saturating_add(u32::try_from(most).unwrap_or(u32::MAX));
    run.extend(first..known.min(behind).min(most));
    run
}

/// Whether so much may be set aside for a pull: nobody who is in it already, and a small part of what is left of the quotas.
fn is_spare(ahead: &Runs, granted: usize, left: Left, has: &Chunks, in_pull: &Chunks) -> bool {
    let among = |chunks: &Chunks| -> u64 { overlap(&by_chunk(ahead), chunks).values().map(RoaringBitmap::len).sum() };
    if ahead.is_empty() || among(in_pull) > 0 {
        return false;
    }
    let (records, granted) = (ahead.len() as u64, granted as u64);
    let new = records - among(has);
    let spares = |left: Option<u64>, taken: u64| left.is_none_or(|left| (granted + taken).saturating_mul(AHEAD_SHARE) <= left);
    spares(left.records, records) && (new == 0 || spares(left.members, new))
}

/// The chunks of a set that these positions are in.
fn load<'r>(tables: &mut dyn Tables, key: &SetKey, positions: impl IntoIterator<Item = &'r Runs>) -> Result<Chunks, StoreError> {
    let mut chunks = Chunks::new();
    for run in positions.into_iter().flat_map(Runs::runs) {
        for chunk in chunk_of(run.start)..=chunk_of(run.end - 1) {
            if let Entry::Vacant(place) = chunks.entry(chunk) {
                place.insert(Chunk::read(tables.set(key, chunk)?.as_deref())?.0);
            }
        }
    }
    Ok(chunks)
}

/// How many of the records may leave, and which quota ends them.
fn cut(positions: &Runs, has: &Chunks, left: Left) -> (usize, Option<Exhausted>) {
    let records = left.records.map_or(positions.len(), |left| usize::try_from(left).unwrap_or(usize::MAX).min(positions.len()));
    let by_records = (records < positions.len()).then_some(Exhausted::Records);
    let Some(mut members) = left.members.filter(|members| *members < records as u64) else { return (records, by_records) };
    let mut seen = HashSet::new();
    for (at, position) in positions.iter().take(records).enumerate() {
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
fn lacked_by(positions: &Runs, leaving: &Chunks, release: &Release) -> BTreeMap<u16, Runs> {
    if release.lacking.is_empty() {
        return BTreeMap::new();
    }
    let distinct = leaving.values().map(RoaringBitmap::len).sum::<u64>();
    let positions: Vec<u32> = positions.iter().collect();
    let lacking = release.lacking.iter().filter_map(|&(field, record)| Some((field, *positions.get(record as usize)?)));
    let mut lacked = by_field(lacking);
    if distinct < positions.len() as u64 {
        let mut records = HashMap::<u32, usize>::new();
        positions.iter().for_each(|&position| *records.entry(position).or_default() += 1);
        for lacked in lacked.values_mut() {
            let mut times = HashMap::<u32, usize>::new();
            lacked.iter().for_each(|position| *times.entry(position).or_default() += 1);
            *lacked = lacked.iter().filter(|position| times.get(position) == records.get(position)).collect();
        }
    }
    lacked
}

fn by_field(lacked: impl Iterator<Item = (u16, u32)>) -> BTreeMap<u16, Runs> {
    let mut fields = BTreeMap::<u16, Runs>::new();
    lacked.for_each(|(field, position)| fields.entry(field).or_default().push(position));
    fields
}

/// Enters what is told of a pull and asks for nothing.
fn tell(
    tables: &mut dyn Tables,
    number: PullNumber,
    open: &mut OpenPull,
    release: &Release,
    side: &Side,
    allowance: &Allowance,
) -> Result<Answer, StoreError> {
    if tables.granted(number)?.is_none() {
        return Ok(Answer::NotOpen);
    }
    lacked_before(tables, number, open, &release.lacked)?;
    open.keep(release.held);
    let left = tables.spent(side)?.left(allowance);
    Ok(Answer::Granted(Granted { records: 0, first: None, exhausted: None, ahead: Ahead::default(), left }))
}

/// Enters which members lacked a field in the one record that left of them, under what was granted ahead.
fn lacked_before(
    tables: &mut dyn Tables,
    number: PullNumber,
    open: &mut OpenPull,
    lacked: &[(u16, u32)],
) -> Result<(), StoreError> {
    let some_before = open.lacking;
    for (field, positions) in by_field(lacked.iter().copied()) {
        let key = SetKey::Lacking(number, field);
        let before = if some_before { load(tables, &key, [&positions])? } else { Chunks::new() };
        add(tables, &key, &by_chunk(&positions), &before)?;
        // It stays so if this transaction fails: then the books are asked once more than they need be.
        open.lacking = true;
    }
    Ok(())
}

/// Enters which members lacked a field. Whoever had it in an earlier record of the pull does not lack it, and whoever lacked it then and
/// has it now does not lack it any more.
fn lacking(
    tables: &mut dyn Tables,
    number: PullNumber,
    open: &mut OpenPull,
    again: &Chunks,
    mut lacked: BTreeMap<u16, Runs>,
) -> Result<(), StoreError> {
    if !again.is_empty() {
        (0..open.fields).for_each(|field| {
            lacked.entry(field).or_default();
        });
    }
    let (nobody, some_before) = (RoaringBitmap::new(), open.lacking);
    open.lacking |= !lacked.is_empty();
    for (field, positions) in lacked {
        let lacked = by_chunk(&positions);
        let mut chunks: Vec<_> = lacked.keys().chain(again.keys()).copied().collect();
        chunks.sort_unstable();
        chunks.dedup();
        for chunk in chunks {
            let key = SetKey::Lacking(number, field);
            let (now, again) = (lacked.get(&chunk).unwrap_or(&nobody), again.get(&chunk).unwrap_or(&nobody));
            let before = if some_before { Chunk::read(tables.set(&key, chunk)?.as_deref())?.0 } else { RoaringBitmap::new() };
            let set = (&before - again) | (now - again) | (&before & now);
            if set != before {
                tables.put_set(&key, chunk, &Chunk(set).spell())?;
            }
        }
    }
    Ok(())
}
