//! Any story of pulls, held to a model that remembers every record by itself.

use std::collections::{BTreeMap, BTreeSet};

use portcullis::engine::member::MemberDigest;
use portcullis::engine::quota::Allowance;
use portcullis::store::books::tables::SetKey;
use portcullis::store::books::{Amount, Exhausted, Granted, PullNumber, Release, Step};
use proptest::prelude::*;

use super::shelf::{Shelf, closing, expecting, member, number_of, opening, side};

const CAMPAIGNS: [&str; 2] = ["amber", "blue"];
const FIELDS: u16 = 3;

#[derive(Debug, Clone)]
enum Act {
    /// Members are expected: from a position on, so many.
    Open {
        campaign: usize,
        expected: (u32, u64),
    },
    Release {
        pull: usize,
        asked: Asked,
        fails: bool,
    },
    /// So many of those who were granted ahead leave, and these fields of theirs do not.
    Use {
        pull: usize,
        records: u64,
        lacking: Vec<(u16, u64)>,
    },
    Close {
        pull: usize,
        unreleased: u64,
    },
}

/// A quota that ends in the middle of a story, or one that leaves room for what is granted ahead.
fn quota(small: u64) -> impl Strategy<Value = u64> {
    prop_oneof![1..small, 1000..2000u64]
}

/// What a release says.
#[derive(Debug, Clone)]
struct Asked {
    members: Vec<u32>,
    lacking: Vec<(u16, u32)>,
    /// So many more, if it can be foretold who they are.
    ahead: u64,
    /// How much of what is held is said to be: all that is not said is known to have left.
    leaves: u64,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    // Lists are runs of members, mostly, so that some go on as others did before.
    let members = prop_oneof![
        2 => (0u32..100, 0u32..14).prop_map(|(first, many)| (first..first + many).collect()),
        1 => proptest::collection::vec(0u32..40, 0..12),
    ];
    let asked = (members, proptest::collection::btree_set((0..FIELDS, 0u32..12), 0..6), 0u64..12, 0u64..12);
    let asked = asked.prop_map(|(members, lacking, ahead, leaves)| Asked {
        members,
        lacking: lacking.into_iter().collect(),
        ahead,
        leaves,
    });
    let release = (0..6usize, asked, proptest::bool::weighted(0.2));
    let release = release.prop_map(|(pull, asked, fails)| Act::Release { pull, asked, fails });
    let lacking = proptest::collection::vec((0..FIELDS, 0u64..12), 0..5);
    let uses = (0..6usize, 0u64..12, lacking).prop_map(|(pull, records, lacking)| Act::Use { pull, records, lacking });
    let act = prop_oneof![
        3 => (0..2usize, (0u32..120, 0u64..12)).prop_map(|(campaign, expected)| Act::Open { campaign, expected }),
        6 => release,
        3 => uses,
        2 => (0..6usize, 0u64..70).prop_map(|(pull, unreleased)| Act::Close { pull, unreleased }),
    ];
    // Somebody has pulled the whole list before, so that there is an order to go by.
    let whole = Asked { members: (0..110).collect(), lacking: Vec::new(), ahead: 0, leaves: 0 };
    let whole = Act::Release { pull: 0, asked: whole, fails: false };
    let begin = vec![Act::Open { campaign: 1, expected: (0, 0) }, whole, Act::Close { pull: 0, unreleased: 0 }];
    let begin = proptest::option::weighted(0.8, Just(begin));
    (begin, proptest::collection::vec(act, 1..40)).prop_map(|(begin, acts)| [begin.unwrap_or_default(), acts].concat())
}

/// One pull as the model remembers it: each record's member and the fields that it left with. The last ones may be granted ahead.
struct Remembered {
    number: PullNumber,
    campaign: usize,
    records: Vec<(u32, BTreeSet<u16>)>,
    /// So many of the last records were granted ahead and have not been used, with the position of the first.
    ahead: (u64, u32),
    /// So many of the last records may be given back.
    held: u64,
    /// What was used lacked these, and the books have not been told yet.
    lacked: Vec<(u16, u32)>,
    open: bool,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn p6_p7_sqlite_keeps_the_books_exactly(acts in acts(), records in quota(120), members in quota(40)) {
        holds(&mut Shelf::sqlite(), &acts, Allowance { period: 0, records: Some(records), members: Some(members) })?;
    }
}

proptest! {
    // Each act is many transactions that end on the disk.
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn p6_p7_postgres_keeps_the_books_exactly(acts in acts(), records in quota(120), members in quota(40)) {
        holds(&mut Shelf::postgres(), &acts, Allowance { period: 0, records: Some(records), members: Some(members) })?;
    }
}

fn holds(shelf: &mut Shelf, acts: &[Act], allowance: Allowance) -> Result<(), TestCaseError> {
    let mut pulls: Vec<Remembered> = Vec::new();
    let mut request = 0;
    for act in acts {
        match act {
            Act::Open { campaign, expected } if spent(&pulls, *campaign).0 < allowance.records.unwrap() => {
                request += 1;
                begin(shelf, &mut pulls, (request, *campaign), *expected, allowance)?;
            }
            Act::Open { .. } => {}
            Act::Release { pull, asked, fails } => {
                if let Some(pull) = open(&pulls, *pull) {
                    release(shelf, &mut pulls, pull, asked, allowance, *fails)?;
                }
            }
            Act::Use { pull, records, lacking } => {
                if let Some(pull) = open(&pulls, *pull) {
                    pulls[pull].uses(*records, lacking);
                }
            }
            Act::Close { pull, unreleased } => {
                let last = pulls.len().saturating_sub(1);
                if let Some(pull) = pulls.get_mut(last.min(*pull)).filter(|pull| pull.open) {
                    close(shelf, pull, *unreleased);
                }
            }
        }
        compare(shelf, &pulls)?;
    }
    shelf.verified();
    Ok(())
}

/// Some pull that is open.
fn open(pulls: &[Remembered], which: usize) -> Option<usize> {
    let open: Vec<_> = (0..pulls.len()).filter(|pull| pulls[*pull].open).collect();
    open.get(which % open.len().max(1)).copied()
}

impl Remembered {
    fn uses(&mut self, records: u64, lacking: &[(u16, u64)]) {
        let (left, position) = self.ahead;
        let used = left.min(records);
        self.ahead = (left - used, position + u32::try_from(used).unwrap());
        let first = self.records.len() - usize::try_from(left).unwrap();
        for &(field, record) in lacking.iter().filter(|(_, record)| *record < used) {
            self.records[first + usize::try_from(record).unwrap()].1.remove(&field);
            self.lacked.push((field, position + u32::try_from(record).unwrap()));
        }
    }
}

/// Records and distinct members of a campaign.
fn spent(pulls: &[Remembered], campaign: usize) -> (u64, BTreeSet<u32>) {
    let own = pulls.iter().filter(|pull| pull.campaign == campaign);
    let records: Vec<u32> = own.flat_map(|pull| pull.records.iter().map(|(member, _)| *member)).collect();
    (records.len() as u64, records.into_iter().collect())
}

/// Opens a pull. Those who are expected are granted ahead, or nobody is.
fn begin(
    shelf: &mut Shelf,
    pulls: &mut Vec<Remembered>,
    (request, campaign): (u64, usize),
    expected: (u32, u64),
    allowance: Allowance,
) -> Result<(), TestCaseError> {
    let opening = |request| expecting(opening(request, CAMPAIGNS[campaign], usize::from(FIELDS), allowance), expected);
    shelf.fail(&[opening(1_000_000 + request)]);
    let opened = shelf.opened(opening(request));
    let ahead: Vec<u32> = opened.ahead.members.iter().map(number_of).collect();
    let granted = ahead.len() as u64;
    prop_assert!(granted <= expected.1 && (ahead.is_empty() || opened.ahead.first == expected.0));
    prop_assert_eq!(opened.ahead.bytes, if ahead.is_empty() { 0 } else { expected.1 });
    let records = ahead.into_iter().map(|n| (n, (0..FIELDS).collect())).collect();
    let ahead = (granted, opened.ahead.first);
    pulls.push(Remembered { number: opened.number, campaign, records, ahead, held: granted, lacked: Vec::new(), open: true });
    let (records, members) = spent(pulls, campaign);
    prop_assert_eq!(opened.left.records, allowance.records.unwrap().checked_sub(records));
    prop_assert_eq!(opened.left.members, allowance.members.unwrap().checked_sub(members.len() as u64));
    Ok(())
}

fn release(
    shelf: &mut Shelf,
    pulls: &mut [Remembered],
    at: usize,
    asked: &Asked,
    allowance: Allowance,
    fails: bool,
) -> Result<(), TestCaseError> {
    let pull = &pulls[at];
    // Records that nobody foretold come, or the last of those who were foretold have left: what is over is given back first.
    let goes_on = asked.members.is_empty() && asked.lacking.is_empty();
    let lapsed = if goes_on { 0 } else { pull.ahead.0 };
    let held = (pull.held - lapsed).saturating_sub(asked.leaves).max(if goes_on { pull.ahead.0 } else { 0 });
    let said = Release {
        members: asked.members.iter().map(|n| member(*n)).collect(),
        lacking: asked.lacking.clone(),
        bytes: 10,
        held,
        lapsed: Amount { records: lapsed, bytes: lapsed },
        ahead: Amount { records: asked.ahead, bytes: asked.ahead },
        lacked: pull.lacked.clone(),
    };
    let number = pull.number;
    if fails {
        shelf.fail(&[Step::Release(number, Box::new(said), allowance)]);
        return Ok(());
    }
    let left = pull.records.len() - usize::try_from(lapsed).unwrap();
    pulls[at].records.truncate(left);
    pulls[at].lacked.clear();
    let (mut records, mut known) = spent(pulls, pulls[at].campaign);
    let (mut granted, mut exhausted) = (0, None);
    for member in &asked.members {
        if records == allowance.records.unwrap() {
            exhausted = Some(Exhausted::Records);
            break;
        }
        if !known.contains(member) && known.len() as u64 == allowance.members.unwrap() {
            exhausted = Some(Exhausted::Members);
            break;
        }
        known.insert(*member);
        records += 1;
        granted += 1;
    }
    let answer = shelf.release(number, said, allowance);
    prop_assert_eq!((answer.records, answer.exhausted), (granted, exhausted));
    for (record, n) in asked.members[..granted].iter().enumerate() {
        let lacks = |field: &u16| asked.lacking.contains(&(*field, u32::try_from(record).unwrap()));
        pulls[at].records.push((*n, (0..FIELDS).filter(|field| !lacks(field)).collect()));
    }
    let ahead = foretold(&pulls[at], &answer, asked)?;
    records += ahead.len() as u64;
    known.extend(&ahead);
    prop_assert!(records <= allowance.records.unwrap() && known.len() as u64 <= allowance.members.unwrap());
    prop_assert_eq!(answer.left.records, Some(allowance.records.unwrap() - records));
    prop_assert_eq!(answer.left.members, Some(allowance.members.unwrap() - known.len() as u64));
    let pull = &mut pulls[at];
    let new = (granted + ahead.len()) as u64;
    pull.held = held + new;
    pull.ahead = match (goes_on, pull.ahead) {
        (true, (over, first)) if over > 0 => (over + ahead.len() as u64, first),
        _ => (ahead.len() as u64, answer.ahead.first),
    };
    pull.records.extend(ahead.into_iter().map(|n| (n, (0..FIELDS).collect())));
    Ok(())
}

/// Whom the books foretell: nobody who is in the pull, and not more than was asked for.
fn foretold(pull: &Remembered, answer: &Granted, asked: &Asked) -> Result<Vec<u32>, TestCaseError> {
    let foretold: Vec<u32> = answer.ahead.members.iter().map(number_of).collect();
    prop_assert!(foretold.len() as u64 <= asked.ahead && (answer.exhausted.is_none() || foretold.is_empty()));
    prop_assert_eq!(answer.ahead.bytes, if foretold.is_empty() { 0 } else { asked.ahead });
    let mut seen: BTreeSet<_> = pull.records.iter().map(|(member, _)| *member).collect();
    prop_assert!(foretold.iter().all(|n| seen.insert(*n)), "{:?} are in the pull already, or twice", foretold);
    Ok(foretold)
}

/// Only what is held can be given back, and what was granted ahead and not used has not left.
fn close(shelf: &mut Shelf, pull: &mut Remembered, unreleased: u64) {
    let back = pull.held.min(unreleased.max(pull.ahead.0));
    pull.records.truncate(pull.records.len() - usize::try_from(back).unwrap());
    shelf.take(&[closing(pull.number, pull.records.len() as u64)]);
    pull.open = false;
}

fn digests(members: impl IntoIterator<Item = u32>) -> BTreeSet<MemberDigest> {
    members.into_iter().map(member).collect()
}

fn compare(shelf: &mut Shelf, pulls: &[Remembered]) -> Result<(), TestCaseError> {
    for (campaign, name) in CAMPAIGNS.into_iter().enumerate() {
        let (records, members) = spent(pulls, campaign);
        let kept = shelf.spent(name);
        prop_assert_eq!((kept.records, kept.records_ever, kept.members), (records, records, members.len() as u64));
        let set: BTreeSet<_> = shelf.set(&SetKey::Campaign(side(name))).into_iter().collect();
        prop_assert_eq!(set, digests(members));
    }
    for pull in pulls {
        let mut had = BTreeMap::<u32, BTreeSet<u16>>::new();
        for (member, fields) in &pull.records {
            had.entry(*member).or_default().extend(fields);
        }
        let set: BTreeSet<_> = shelf.set(&SetKey::Pull(pull.number)).into_iter().collect();
        prop_assert_eq!(&set, &digests(had.keys().copied()));
        for field in 0..FIELDS {
            let lacking: BTreeSet<_> = shelf.set(&SetKey::Lacking(pull.number, field)).into_iter().collect();
            let expected = digests(had.iter().filter(|(_, had)| !had.contains(&field)).map(|(member, _)| *member));
            let untold = pull.lacked.iter().filter(|(untold, _)| *untold == field).count();
            let lacking: BTreeSet<_> = lacking.intersection(&set).copied().collect();
            // What was given back at the end may have been the one record with the field: then the books say that it left.
            prop_assert!(lacking.is_subset(&expected), "field {}", field);
            prop_assert!(!pull.open || untold > 0 || lacking == expected, "field {}", field);
        }
    }
    Ok(())
}
