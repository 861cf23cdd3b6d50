//! What every implementation promises, each held to it by the same tests.

use std::sync::Arc;
use std::time::Duration;

use portcullis::engine::ids::{CampaignId, ContestId};
use portcullis::engine::reason::Reason;
use portcullis::store::memory::MemoryStore;
use portcullis::store::postgres::{PostgresReader, PostgresStore};
use portcullis::store::sqlite::{Reader, SqliteStore};
use portcullis::store::{
    COUNT_MAX, RejectionBook, RejectionBounds, RejectionFilter, RejectionReader, RejectionRow, StoredRejection,
};

use super::cluster::Database;
use super::support::{Folder, ROOMY, anonymous, at, of, row};

/// A book and a way to read it.
struct Subject {
    book: Arc<dyn RejectionBook>,
    reader: Arc<dyn RejectionReader>,
    _kept: Option<Box<dyn std::any::Any + Sync>>,
}

impl Subject {
    fn memory(bounds: RejectionBounds) -> Self {
        let store = Arc::new(MemoryStore::new(bounds));
        Self { book: Arc::clone(&store) as _, reader: store, _kept: None }
    }

    fn sqlite(bounds: RejectionBounds) -> Self {
        let folder = Folder::new();
        let book = Arc::new(SqliteStore::open(&folder.database(), bounds).unwrap());
        let reader = Arc::new(Reader::open(&folder.database()).unwrap());
        Self { book, reader, _kept: Some(Box::new(folder)) }
    }

    fn postgres(bounds: RejectionBounds) -> Self {
        let database = Database::new();
        let book = Arc::new(PostgresStore::open(&database.store(), bounds).unwrap());
        let reader = Arc::new(PostgresReader::open(&database.store()).unwrap());
        Self { book, reader, _kept: Some(Box::new(database)) }
    }

    fn record(&self, rows: impl IntoIterator<Item = RejectionRow>) {
        for row in rows {
            assert!(self.book.record(row));
        }
        self.book.flush(Duration::from_secs(20)).unwrap();
    }

    fn all(&self) -> Vec<StoredRejection> {
        self.reader.query(&RejectionFilter::all(usize::MAX)).unwrap()
    }

    fn counts(&self) -> Vec<(String, u64)> {
        self.all().into_iter().map(|row| (row.reason, row.count)).collect()
    }
}

/// Makes one test of the property for each implementation.
macro_rules! both {
    ($($name:ident($bounds:expr);)*) => {
        mod memory { $( #[test] fn $name() { super::$name(&super::Subject::memory($bounds)); } )* }
        mod sqlite { $( #[test] fn $name() { super::$name(&super::Subject::sqlite($bounds)); } )* }
        mod postgres { $( #[test] fn $name() { super::$name(&super::Subject::postgres($bounds)); } )* }
    };
}

const TEN: RejectionBounds = RejectionBounds { per_campaign_max: 10, ..ROOMY };

both! {
    keeps_what_was_recorded(super::ROOMY);
    keeps_the_order(super::ROOMY);
    selects_by_each_part_of_the_filter(super::ROOMY);
    sums_by_campaign_and_reason(super::ROOMY);
    bounds_each_campaign_by_itself(super::TEN);
    stays_within_a_larger_bound(super::RejectionBounds { per_campaign_max: 160, ..super::ROOMY });
    keeps_the_rare_reason(super::TEN);
    never_uses_a_number_twice(super::TEN);
    folds_what_is_not_identified(super::ROOMY);
    bounds_what_is_not_identified(super::TEN);
    survives_absurd_counts(super::ROOMY);
    loses_nothing_of_eight_writers(super::ROOMY);
}

fn keeps_what_was_recorded(subject: &Subject) {
    let given = row(1_234, Reason::QueryOnHiddenField);
    subject.record([given.clone()]);
    let expected = StoredRejection {
        sequence: 1,
        at: at(1_234),
        request_id: given.request_id.to_string(),
        contest: Some("leader-2026".into()),
        campaign: Some("amber".into()),
        actor: Some("Ms Ärger \"x\"".into()),
        export: Some("members".into()),
        reason: "query_on_hidden_field".into(),
        count: 1,
    };
    assert_eq!(subject.all(), [expected]);
    assert_eq!(subject.book.unwritten(), 0);
}

fn keeps_the_order(subject: &Subject) {
    subject.record((0..3_000).map(|n| row(5_000 - n, Reason::RateLimited)));
    let rows = subject.all();
    assert_eq!(rows.len(), 3_000);
    assert!(rows.iter().zip(0..).all(|(row, n)| row.at == at(5_000 - n)), "as recorded, whatever the clock said");
    assert!(rows.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
}

fn selects_by_each_part_of_the_filter(subject: &Subject) {
    subject.record([
        row(0, Reason::RateLimited),
        of("green", row(1, Reason::RateLimited)),
        row(2, Reason::Suspended),
        RejectionRow { contest: Some(ContestId::parse("other").unwrap()), ..row(3, Reason::RateLimited) },
        anonymous(4, Reason::CredentialInvalid),
    ]);
    let all = RejectionFilter::all(100);
    let selected = |filter: &RejectionFilter| {
        subject
            .reader
            .query(filter)
            .unwrap()
            .iter()
            .map(|row| row.at.as_millisecond() - at(0).as_millisecond())
            .collect::<Vec<_>>()
    };
    assert_eq!(selected(&all), [0, 1, 2, 3, 4]);
    assert_eq!(selected(&RejectionFilter { contest: ContestId::parse("other").ok(), ..all.clone() }), [3]);
    assert_eq!(selected(&RejectionFilter { campaign: CampaignId::parse("green").ok(), ..all.clone() }), [1]);
    assert_eq!(selected(&RejectionFilter { reason: Some(Reason::RateLimited), ..all.clone() }), [0, 1, 3]);
    assert_eq!(selected(&RejectionFilter { since: Some(at(2)), ..all.clone() }), [2, 3, 4]);
    assert_eq!(selected(&RejectionFilter { folded_only: true, ..all.clone() }), [4]);
    assert_eq!(selected(&RejectionFilter { limit: 2, ..all.clone() }), [3, 4], "the newest");
    assert_eq!(selected(&RejectionFilter { limit: 2, after_sequence: Some(1), ..all.clone() }), [1, 2], "the next");
    assert_eq!(selected(&RejectionFilter { after_sequence: Some(5), ..all.clone() }), [0; 0]);
    assert_eq!(selected(&RejectionFilter { after_sequence: Some(u64::MAX), ..all }), [0; 0]);
}

fn sums_by_campaign_and_reason(subject: &Subject) {
    subject.record([
        row(0, Reason::RateLimited),
        RejectionRow { count: 5, ..row(1, Reason::RateLimited) },
        of("green", row(2, Reason::Suspended)),
        anonymous(3, Reason::CredentialMissing),
        anonymous(4, Reason::CredentialMissing),
    ]);
    let sums = subject.reader.summary(&RejectionFilter::all(0)).unwrap();
    let sums: Vec<_> = sums.iter().map(|sum| (sum.campaign.as_deref(), sum.reason.as_str(), sum.rows, sum.count)).collect();
    let expected =
        [(None, "credential_missing", 1, 2), (Some("amber"), "rate_limited", 2, 6), (Some("green"), "suspended", 1, 1)];
    assert_eq!(sums, expected);
}

fn bounds_each_campaign_by_itself(subject: &Subject) {
    subject.record([of("green", row(0, Reason::RateLimited))]);
    subject.record((1..=25).map(|n| row(n, Reason::RateLimited)));
    let other = RejectionRow { contest: Some(ContestId::parse("other").unwrap()), ..row(26, Reason::RateLimited) };
    subject.record([other]);
    let times: Vec<_> = subject.all().iter().map(|row| row.at).collect();
    let expected: Vec<_> = [0].into_iter().chain(16..=26).map(at).collect();
    assert_eq!(times, expected, "the newest ten of amber in this contest, and everybody else's");
}

fn stays_within_a_larger_bound(subject: &Subject) {
    for start in (0..1_000).step_by(50) {
        subject.record((start..start + 50).map(|n| row(n, Reason::RateLimited)));
        let rows = subject.all();
        let most = usize::try_from(start).unwrap() + 50;
        assert!(rows.len() <= 160 && rows.len() >= most.min(150), "{} of {most}", rows.len());
        assert_eq!(rows.last().unwrap().at, at(start + 49));
        assert!(rows.windows(2).all(|pair| pair[0].sequence + 1 == pair[1].sequence), "the oldest went");
    }
}

fn keeps_the_rare_reason(subject: &Subject) {
    subject.record([row(0, Reason::QueryOnHiddenField)]);
    for start in (1..1_000).step_by(100) {
        subject.record((start..start + 100).map(|n| row(n, Reason::RateLimited)));
    }
    let rows = subject.all();
    assert_eq!(rows.len(), 10);
    assert_eq!(rows[0].reason, "query_on_hidden_field", "a flood of its own making does not wash it away");
}

fn never_uses_a_number_twice(subject: &Subject) {
    for n in 0..50 {
        subject.record([row(n, Reason::RateLimited)]);
    }
    let numbers: Vec<_> = subject.all().iter().map(|row| row.sequence).collect();
    assert_eq!(numbers, (41..=50).collect::<Vec<_>>());
}

fn folds_what_is_not_identified(subject: &Subject) {
    let unknown = |n| RejectionRow { contest: None, ..anonymous(n, Reason::CredentialInvalid) };
    subject.record((0..1_000).map(|n| anonymous(n, Reason::CredentialInvalid)));
    subject.record((1_000..1_500).map(|n| anonymous(n, Reason::CredentialInvalid)));
    subject.record([unknown(1_500), unknown(1_501), anonymous(1_502, Reason::CredentialMissing)]);
    subject.record([anonymous(60_000, Reason::CredentialInvalid)]);
    let rows = subject.all();
    let seen: Vec<_> = rows.iter().map(|row| (row.sequence, row.contest.is_some(), row.reason.as_str(), row.count)).collect();
    let expected = [
        (1, true, "credential_invalid", 1_500),
        (2, false, "credential_invalid", 2),
        (3, true, "credential_missing", 1),
        (4, true, "credential_invalid", 1),
    ];
    assert_eq!(seen, expected, "one row a minute, contest and reason; no number used up");
    assert_eq!(rows[0].at, at(0));
    assert_eq!(rows[0].request_id, anonymous(0, Reason::CredentialInvalid).request_id.to_string());
    assert!(rows.iter().all(|row| row.actor.is_none() && row.export.is_none()));
}

fn bounds_what_is_not_identified(subject: &Subject) {
    subject.record([row(0, Reason::Suspended)]);
    let contest = |n: i64| ContestId::parse(&format!("c{}", n % 3)).ok();
    subject.record((0..40).map(|n| RejectionRow { contest: contest(n), ..anonymous(n * 60_000, Reason::CredentialInvalid) }));
    let rows = subject.all();
    assert_eq!(rows.len(), 11, "all contests together");
    assert_eq!(rows[10].at, at(39 * 60_000));
}

fn survives_absurd_counts(subject: &Subject) {
    let many = |count| RejectionRow { count, ..anonymous(0, Reason::CredentialInvalid) };
    subject.record([many(u64::MAX), many(0), RejectionRow { count: 0, ..row(0, Reason::Suspended) }]);
    assert_eq!(subject.counts(), [("credential_invalid".into(), COUNT_MAX + 1), ("suspended".into(), 1)]);
}

fn loses_nothing_of_eight_writers(subject: &Subject) {
    std::thread::scope(|scope| {
        for writer in 0..8 {
            scope.spawn(move || {
                for n in 0..500 {
                    let named = of(&format!("c{writer}"), row(n, Reason::RateLimited));
                    assert!(subject.book.record(named));
                    assert!(subject.book.record(anonymous(0, Reason::CredentialInvalid)));
                }
            });
        }
    });
    subject.record([]);
    let rows = subject.all();
    assert_eq!(rows.iter().map(|row| row.count).sum::<u64>(), 8_000);
    for writer in 0..8 {
        let name = format!("c{writer}");
        let times = rows.iter().filter(|row| row.campaign.as_ref() == Some(&name)).map(|row| row.at);
        assert!(times.eq((0..500).map(at)), "{name}: all, in its own order");
    }
}
