//! Single promises, each by itself.

use portcullis::engine::audit::entry::Entry;
use portcullis::engine::audit::event::{Ending, Event};
use portcullis::engine::member::Withheld;
use portcullis::engine::quota::Allowance;
use portcullis::store::books::desk;
use portcullis::store::books::heads::{continues, read_head, receipt};
use portcullis::store::books::{Answer, Exhausted, ObjectionRow, PullFilter, Release, Step};

use super::shelf::{Shelf, closing, contest, log, member, opening, signer};
use crate::support::at;

const FREE: Allowance = Allowance { period: 0, records: None, members: None };

/// Makes one test of the property for each database.
macro_rules! each {
    ($($name:ident;)*) => {
        mod sqlite { $( #[test] fn $name() { super::$name(super::Shelf::sqlite); } )* }
        mod postgres { $( #[test] fn $name() { super::$name(super::Shelf::postgres); } )* }
    };
}

each! {
    a_pull_is_on_record_from_its_opening_to_its_end;
    an_exhausted_quota_opens_nothing;
    pulls_of_a_dead_process_are_closed_as_lost;
    objections_are_rows_and_entries;
    receipts_prove_any_entry_under_a_later_head;
    an_old_copy_does_not_continue_a_head_that_is_known;
    a_large_release_is_exact_over_several_chunks;
    a_clock_that_was_set_back_opens_no_period_again;
}

fn some(members: std::ops::Range<u32>) -> Release {
    Release { members: members.map(member).collect(), bytes: 10, ..Release::default() }
}

fn last_event(shelf: &mut Shelf) -> Event {
    Entry::parse(shelf.entries().last().unwrap()).unwrap().event
}

fn a_pull_is_on_record_from_its_opening_to_its_end(new: fn() -> Shelf) {
    let shelf = &mut new();
    let number = shelf.open(1, "amber", 2, FREE);
    assert!(matches!(last_event(shelf), Event::PullOpened(_)));
    assert_eq!(shelf.release(number, some(0..5), FREE).records, 5);
    let open = shelf.read(|tables| tables.pull(number)).unwrap();
    assert_eq!((open.records, open.bytes, open.end), (5, 10, None));
    shelf.take(&[closing(number, 5)]);
    let closed = shelf.read(|tables| tables.pull(number)).unwrap();
    assert_eq!((closed.records, closed.bytes, closed.end.unwrap().entry), (5, 500, 2));
    assert!(matches!(last_event(shelf), Event::PullClosed { .. }));
    let late = shelf.take(&[Step::Release(number, Box::new(some(5..6)), FREE), closing(number, 6)]);
    assert!(matches!(late[..], [Answer::NotOpen, Answer::NotOpen]), "{late:?}");
    assert_eq!(shelf.verified().open_pulls, 0);
}

fn an_exhausted_quota_opens_nothing(new: fn() -> Shelf) {
    let shelf = &mut new();
    let five = Allowance { records: Some(5), ..FREE };
    let number = shelf.open(1, "amber", 1, five);
    assert_eq!(shelf.release(number, some(0..9), five).records, 5);
    let entries = shelf.entries().len();
    let answers = shelf.take(&[opening(2, "amber", 1, five)]);
    assert!(matches!(answers[..], [Answer::Exhausted(Exhausted::Records, _)]), "{answers:?}");
    assert_eq!(shelf.entries().len(), entries);
    shelf.open(3, "amber", 1, Allowance { period: 1, ..five });
    shelf.open(4, "blue", 1, five);
}

fn a_clock_that_was_set_back_opens_no_period_again(new: fn() -> Shelf) {
    let shelf = &mut new();
    let in_period = |period| Allowance { period, records: Some(5), members: None };
    let number = shelf.open(1, "amber", 1, in_period(7));
    assert_eq!(shelf.release(number, some(0..9), in_period(7)).records, 5);
    let earlier = shelf.take(&[opening(2, "amber", 1, in_period(6))]);
    assert!(matches!(earlier[..], [Answer::Exhausted(Exhausted::Records, _)]), "{earlier:?}");
    assert_eq!(shelf.release(number, some(0..9), in_period(3)).records, 0, "in the middle of a list as well");
    assert_eq!(shelf.release(number, some(0..9), in_period(8)).records, 5);
    shelf.take(&[closing(number, 6)]);
    let spent = shelf.spent("amber");
    assert_eq!((spent.period, spent.records, spent.records_ever), (8, 1, 6), "what did not leave is given back to its period");
}

fn pulls_of_a_dead_process_are_closed_as_lost(new: fn() -> Shelf) {
    let shelf = &mut new();
    let number = shelf.open(1, "amber", 1, FREE);
    shelf.release(number, some(0..7), FREE);
    shelf.dies();
    assert_eq!(shelf.read(|tables| desk::close_orphans(tables, at(5))), 1);
    let Event::PullClosed { ending, records, .. } = last_event(shelf) else { panic!() };
    assert_eq!((ending, records.get()), (Ending::Lost, 7));
    assert_eq!(shelf.read(|tables| desk::close_orphans(tables, at(6))), 0);
    assert_eq!(shelf.spent("amber").records, 7, "what may have left stays counted");
    let orphans = PullFilter { orphaned: true, ..PullFilter::default() };
    assert!(shelf.read(|tables| tables.pulls(&orphans)).is_empty());
}

fn objections_are_rows_and_entries(new: fn() -> Shelf) {
    let shelf = &mut new();
    let row = |n, withdrawn| ObjectionRow {
        at: at(n),
        contest: contest(),
        campaign: None,
        member: member(3),
        withheld: Withheld::All,
        withdrawn,
    };
    shelf.take(&[Step::Object(vec![row(1, false), row(2, true)])]);
    let kept = shelf.read(|tables| tables.objections(0));
    assert_eq!(kept.iter().map(|kept| kept.row.clone()).collect::<Vec<_>>(), [row(1, false), row(2, true)]);
    assert_eq!(shelf.read(|tables| tables.objections(kept[0].sequence)).len(), 1);
    let Event::ObjectionWithdrawn(said) = last_event(shelf) else { panic!() };
    assert_eq!(said.member, desk::logged(member(3)));
}

fn receipts_prove_any_entry_under_a_later_head(new: fn() -> Shelf) {
    let shelf = &mut new();
    for request in 1..=300 {
        let number = shelf.open(request, "amber", 1, FREE);
        shelf.take(&[closing(number, 0)]);
    }
    let (size, head) = shelf.read(|tables| signer().head(tables));
    assert_eq!(size, 601);
    let keys = [signer().key.public().clone()];
    for index in [0, 1, 255, 256, 257, 511, 512, 600] {
        let receipt = shelf.read(|tables| receipt(tables, index, size, &head));
        assert_eq!(receipt.verify(&log(), &keys).unwrap().entry.seq.get(), index);
    }
}

fn an_old_copy_does_not_continue_a_head_that_is_known(new: fn() -> Shelf) {
    let shelf = &mut new();
    let mut old = new();
    for request in 1..=3 {
        shelf.open(request, "amber", 1, FREE);
        old.open(request + 7, "amber", 1, FREE);
    }
    let (_, head) = shelf.read(|tables| signer().head(tables));
    let head = read_head(head.as_bytes(), &log(), &[signer().key.public().clone()]).unwrap();
    assert_eq!(shelf.read(|tables| continues(tables, &head)), Ok(()));
    let other = old.read(|tables| continues(tables, &head)).unwrap_err().to_string();
    assert_eq!(other, "the first 4 entries of the audit log are not those that a known head was signed over");
    let shorter = new().read(|tables| continues(tables, &head)).unwrap_err().to_string();
    assert!(shorter.starts_with("the audit log has 1 entries, and a signed head of 4 is known"), "{shorter}");
    shelf.open(9, "amber", 1, FREE);
    assert_eq!(shelf.read(|tables| continues(tables, &head)), Ok(()));
}

fn a_large_release_is_exact_over_several_chunks(new: fn() -> Shelf) {
    let shelf = &mut new();
    let allowance = Allowance { members: Some(150_000), ..FREE };
    let first = shelf.open(1, "amber", 1, allowance);
    for from in (0..140_000).step_by(20_000) {
        assert_eq!(shelf.release(first, some(from..from + 20_000), allowance).records, 20_000);
    }
    let second = shelf.open(2, "amber", 1, allowance);
    let granted = shelf.release(second, some(100_000..160_000), allowance);
    assert_eq!((granted.records, granted.exhausted), (50_000, Some(Exhausted::Members)));
    assert_eq!(shelf.spent("amber").members, 150_000);
    let blue = shelf.open(3, "blue", 1, FREE);
    assert_eq!(shelf.release(blue, some(0..10), FREE).records, 10);
    assert_eq!(shelf.spent("blue").members, 10);
}
