//! What each step means for the books, said once for every database.
//!
//! A desk keeps what makes steps cheap: the dictionaries, and what it gave last to each open pull. What a transaction has put there
//! is [adopted](Desk::adopt) when it is durable and [forgotten](Desk::forget) otherwise. Never decides how much a campaign may have:
//! the allowance comes with the step.

mod release;

use std::collections::{BTreeMap, HashMap, VecDeque};

use roaring::RoaringBitmap;
use sha2::{Digest as _, Sha256};

use super::dictionary::Dictionary;
use super::runs::Runs;
use super::sets::{Chunk, by_chunk};
use super::tables::{LogEnd, SetKey, StoredEntry, Tables};
use super::{
    Answer, Closing, Exhausted, MEMBERS_MAX, ObjectionRow, Opened, Opening, PullFilter, PullNumber, Release, Side, Step,
    StoredEnd, StoredPull,
};
use crate::engine::audit::event::{Ending, Event, Objection, Pull, Through};
use crate::engine::audit::hash::Digest;
use crate::engine::audit::journal::{Appended, Journal};
use crate::engine::audit::key::KeyName;
use crate::engine::audit::number::Whole;
use crate::engine::audit::tile::TILE_HEIGHT;
use crate::engine::ids::ContestId;
use crate::engine::member::MemberDigest;
use crate::engine::time::Timestamp;
use crate::store::StoreError;

/// The desk of one process.
#[derive(Debug, Default)]
pub struct Desk {
    members: HashMap<ContestId, Known>,
    open: HashMap<PullNumber, OpenPull>,
    closed: Vec<PullNumber>,
    /// What open pulls had been granted before the transaction in hand.
    undo: Vec<(PullNumber, VecDeque<Recent>)>,
}

/// What is known of a contest's members.
#[derive(Debug, Default)]
struct Known {
    dictionary: Dictionary,
    /// So many of them are durable.
    durable: u32,
}

/// A pull that this process has opened.
#[derive(Debug, Clone)]
struct OpenPull {
    pull: Pull,
    fields: u16,
    /// Whether the books may say of somebody in it that a field was lacking.
    lacking: bool,
    /// What was granted last, the newest last.
    recent: VecDeque<Recent>,
}

/// One release that was granted.
#[derive(Debug, Clone)]
struct Recent {
    /// The position of each record's member.
    positions: Runs,
    /// Those who were not in the pull before.
    fresh: BTreeMap<u16, RoaringBitmap>,
    /// The period that the records were taken from.
    period: u64,
}

impl Desk {
    /// Takes steps inside a transaction. The answers hold once it is durable.
    ///
    /// # Errors
    /// [`StoreError`] of the tables.
    pub fn take(&mut self, tables: &mut dyn Tables, steps: &[Step]) -> Result<Vec<Answer>, StoreError> {
        self.forget();
        let mut log = Log::default();
        let answers = steps.iter().map(|step| self.step(tables, &mut log, step)).collect::<Result<_, _>>()?;
        log.close(tables)?;
        Ok(answers)
    }

    /// What was taken last has become durable.
    pub fn adopt(&mut self) {
        for known in self.members.values_mut() {
            known.durable = known.dictionary.len();
        }
        for number in self.closed.drain(..) {
            self.open.remove(&number);
        }
        self.undo.clear();
    }

    /// What was taken last has not happened.
    pub fn forget(&mut self) {
        for known in self.members.values_mut() {
            known.dictionary.truncate(known.durable);
        }
        self.closed.clear();
        while let Some((number, recent)) = self.undo.pop() {
            if let Some(open) = self.open.get_mut(&number) {
                open.recent = recent;
            }
        }
    }

    fn step(&mut self, tables: &mut dyn Tables, log: &mut Log, step: &Step) -> Result<Answer, StoreError> {
        match step {
            Step::Open(opening) => self.open(tables, log, opening),
            Step::Release(number, release, allowance) => self.release(tables, *number, release, allowance),
            Step::Close(number, closing) => self.close(tables, log, *number, closing),
            Step::Note(event, at) => log.append(tables, Event::clone(event), *at).map(|_| Answer::Done),
            Step::Object(rows) => object(tables, log, rows).map(|()| Answer::Done),
        }
    }

    fn open(&mut self, tables: &mut dyn Tables, log: &mut Log, opening: &Opening) -> Result<Answer, StoreError> {
        let side = Side::of(&opening.pull);
        let spent = tables.spent(&side)?;
        let left = spent.left(&opening.allowance);
        if opening.records && left.records == Some(0) {
            return Ok(Answer::Exhausted(Exhausted::Records, left));
        }
        let number = PullNumber(log.append(tables, Event::PullOpened(opening.pull.clone()), opening.at)?);
        // Whom other processes have added is nobody who came to this one.
        let known = self.members.entry(side.contest.clone()).or_default();
        let (grant, ahead) = match opening.expected {
            Some(expected) => known.expect(tables, &side, spent, expected, &opening.allowance)?.unzip(),
            None => (None, None),
        };
        let ahead = ahead.unwrap_or_default();
        tables.add_pull(&StoredPull {
            number,
            pull: opening.pull.clone(),
            opened: opening.at,
            fields: opening.fields.clone(),
            records: ahead.members.len() as u64,
            bytes: ahead.bytes,
            end: None,
        })?;
        let fields = u16::try_from(opening.fields.len()).unwrap_or(u16::MAX);
        let mut open = OpenPull { pull: opening.pull.clone(), fields, lacking: false, recent: VecDeque::new() };
        let left = match grant {
            Some(grant) => known.enter(tables, (number, &side), &mut open, &Release::default(), &opening.allowance, grant)?,
            None => left,
        };
        self.open.insert(number, open);
        Ok(Answer::Opened(Opened { number, ahead, left }))
    }

    fn close(
        &mut self,
        tables: &mut dyn Tables,
        log: &mut Log,
        number: PullNumber,
        closing: &Closing,
    ) -> Result<Answer, StoreError> {
        let Some(open) = self.open.get_mut(&number) else { return Ok(Answer::NotOpen) };
        let Some(granted) = tables.granted(number)? else { return Ok(Answer::NotOpen) };
        self.undo.push((number, open.recent.clone()));
        give_back(tables, number, open, granted.saturating_sub(closing.records))?;
        end(tables, log, (number, &open.pull), (closing.records, closing.bytes), closing.ending, closing.at)?;
        self.closed.push(number);
        Ok(Answer::Done)
    }
}

/// Begins the log where none has begun.
///
/// # Errors
/// [`StoreError`] of the tables.
pub fn begin(tables: &mut dyn Tables, log: &KeyName, at: Timestamp) -> Result<(), StoreError> {
    if tables.log_end()?.is_some() {
        return Ok(());
    }
    let (journal, first) = Journal::begin(log.clone(), Whole::unix_milliseconds(at));
    keep(tables, &first)?;
    Log { journal: Some(journal) }.close(tables)
}

/// Closes the pulls whose process is gone, with what may have left.
///
/// # Errors
/// [`StoreError`] of the tables.
pub fn close_orphans(tables: &mut dyn Tables, at: Timestamp) -> Result<usize, StoreError> {
    let orphans = tables.pulls(&PullFilter { orphaned: true, ..PullFilter::default() })?;
    close_lost(tables, &orphans, at)
}

/// Closes these pulls, with what may have left.
pub(super) fn close_lost(tables: &mut dyn Tables, lost: &[StoredPull], at: Timestamp) -> Result<usize, StoreError> {
    let mut log = Log::default();
    for orphan in lost {
        let counts = (orphan.records, orphan.bytes);
        end(tables, &mut log, (orphan.number, &orphan.pull), counts, Ending::Lost, at)?;
    }
    log.close(tables)?;
    Ok(lost.len())
}

/// Appends one event, by a process that has no desk.
///
/// # Errors
/// [`StoreError`] of the tables.
pub fn note(tables: &mut dyn Tables, event: Event, at: Timestamp) -> Result<(), StoreError> {
    let mut log = Log::default();
    log.append(tables, event, at)?;
    log.close(tables)
}

/// Raises or withdraws objections, in the book and in the log.
///
/// # Errors
/// [`StoreError`] of the tables.
pub fn objections(tables: &mut dyn Tables, rows: &[ObjectionRow]) -> Result<(), StoreError> {
    let mut log = Log::default();
    object(tables, &mut log, rows)?;
    log.close(tables)
}

/// How the audit log names a member: the digest of the books, hashed once more, so that the two are not joined by a glance.
#[must_use]
pub fn logged(member: MemberDigest) -> Digest {
    Digest(Sha256::new_with_prefix("portcullis/1 member ").chain_update(member.0).finalize().into())
}

fn object(tables: &mut dyn Tables, log: &mut Log, rows: &[ObjectionRow]) -> Result<(), StoreError> {
    for row in rows {
        tables.add_objection(row)?;
        let objection = Objection {
            contest: row.contest.clone(),
            campaign: row.campaign.clone(),
            through: Through::Command,
            withheld: row.withheld,
            member: logged(row.member),
        };
        let event = if row.withdrawn { Event::ObjectionWithdrawn(objection) } else { Event::Objected(objection) };
        log.append(tables, event, row.at)?;
    }
    Ok(())
}

fn end(
    tables: &mut dyn Tables,
    log: &mut Log,
    (number, pull): (PullNumber, &Pull),
    (records, bytes): (u64, u64),
    ending: Ending,
    at: Timestamp,
) -> Result<(), StoreError> {
    let (records_left, bytes_left) = (Whole::saturating(records), Whole::saturating(bytes));
    let event = Event::PullClosed { pull: pull.clone(), ending, records: records_left, bytes: bytes_left };
    let entry = log.append(tables, event, at)?;
    tables.end_pull(number, records, bytes, &StoredEnd { entry, at, ending })
}

/// Gives back the last of what was granted, which did not leave: of the quotas, and of the register.
fn give_back(tables: &mut dyn Tables, number: PullNumber, open: &mut OpenPull, unreleased: u64) -> Result<(), StoreError> {
    if unreleased == 0 {
        // All of it left: the rule.
        return Ok(());
    }
    let mut left = usize::try_from(unreleased).unwrap_or(usize::MAX);
    let side = Side::of(&open.pull);
    let mut spent = tables.spent(&side)?;
    while left > 0
        && let Some(mut recent) = open.recent.pop_back()
    {
        let back = recent.positions.split_off(recent.positions.len().saturating_sub(left));
        left -= back.len();
        let mut kept = by_chunk(&recent.positions);
        open.recent
            .iter()
            .flat_map(|before| by_chunk(&before.positions))
            .for_each(|(chunk, set)| *kept.entry(chunk).or_default() |= set);
        let members = forget_members(tables, number, &side, &recent.fresh, &by_chunk(&back), &kept)?;
        spent = spent.without(recent.period, back.len() as u64, members);
        if !recent.positions.is_empty() {
            open.recent.push_back(recent);
        }
    }
    tables.set_spent(&side, &spent)
}

/// Takes members out of a pull in which they did not leave, and out of the campaign's where no other pull has them. How many the
/// latter are.
fn forget_members(
    tables: &mut dyn Tables,
    number: PullNumber,
    side: &Side,
    fresh: &BTreeMap<u16, RoaringBitmap>,
    back: &BTreeMap<u16, RoaringBitmap>,
    kept: &BTreeMap<u16, RoaringBitmap>,
) -> Result<u64, StoreError> {
    let (nobody, mut forgotten) = (RoaringBitmap::new(), 0);
    for (&chunk, back) in back {
        let fresh = fresh.get(&chunk).unwrap_or(&nobody);
        let gone = (back & fresh) - kept.get(&chunk).unwrap_or(&nobody);
        remove(tables, &SetKey::Pull(number), chunk, &gone)?;
        let mut unshared = gone;
        for (other, bytes) in tables.pull_sets(&side.contest, Some(&side.campaign), chunk)? {
            if other != number {
                unshared -= Chunk::read(Some(&bytes))?.0;
            }
        }
        forgotten += unshared.len();
        remove(tables, &SetKey::Campaign(side.clone()), chunk, &unshared)?;
    }
    Ok(forgotten)
}

fn remove(tables: &mut dyn Tables, key: &SetKey, chunk: u16, gone: &RoaringBitmap) -> Result<(), StoreError> {
    if gone.is_empty() {
        return Ok(());
    }
    let set = Chunk::read(tables.set(key, chunk)?.as_deref())?;
    tables.put_set(key, chunk, &Chunk(set.0 - gone).spell())
}

impl Known {
    /// Takes in what other processes have added.
    fn catch_up(&mut self, tables: &mut dyn Tables, contest: &ContestId) -> Result<(), StoreError> {
        for (first, digests) in tables.members(contest, self.durable)? {
            if first != self.dictionary.len() || !self.dictionary.extend(&digests) {
                return Err(StoreError::Unreadable { what: "a contest's dictionary of members" });
            }
        }
        if self.dictionary.len() > MEMBERS_MAX {
            return Err(StoreError::Unreadable { what: "more members of one contest than it may have" });
        }
        self.durable = self.dictionary.len();
        Ok(())
    }
}

impl Side {
    /// Whose a pull is.
    #[must_use]
    pub fn of(pull: &Pull) -> Self {
        Self { contest: pull.asker.contest.clone(), campaign: pull.asker.campaign.clone() }
    }
}

/// The end of the log, inside a transaction that appends to it.
#[derive(Default)]
struct Log {
    journal: Option<Journal>,
}

impl Log {
    /// Appends an event. The number of its entry.
    fn append(&mut self, tables: &mut dyn Tables, event: Event, at: Timestamp) -> Result<u64, StoreError> {
        let journal = match &mut self.journal {
            Some(journal) => journal,
            None => {
                let end = tables.log_end()?.ok_or(StoreError::LogNotBegun)?;
                self.journal.insert(Journal::resume(end.frontier, end.time))
            }
        };
        let appended = journal.append(event, Whole::unix_milliseconds(at));
        keep(tables, &appended)?;
        Ok(appended.entry.seq.get())
    }

    fn close(self, tables: &mut dyn Tables) -> Result<(), StoreError> {
        let Some(journal) = self.journal else { return Ok(()) };
        let (frontier, time) = journal.end();
        tables.set_log_end(&LogEnd { frontier: frontier.clone(), time })
    }
}

fn keep(tables: &mut dyn Tables, appended: &Appended) -> Result<(), StoreError> {
    let mut whole = appended.whole.iter();
    // The entry's own hash comes first.
    let Some((_, leaf)) = whole.next() else { return Ok(()) };
    tables.add_entry(&StoredEntry { seq: appended.entry.seq.get(), bytes: appended.bytes.clone(), leaf: *leaf })?;
    for (node, hash) in whole.filter(|(node, _)| node.level % TILE_HEIGHT == 0) {
        tables.add_hash(*node, *hash)?;
    }
    Ok(())
}
