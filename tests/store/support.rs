//! Rows to write, directories to write them in.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use portcullis::engine::ids::{ActorId, CampaignId, ContestId, ExportName, RequestId};
use portcullis::engine::reason::Reason;
use portcullis::engine::time::Timestamp;
use portcullis::store::{RejectionBounds, RejectionRow};

pub const ROOMY: RejectionBounds = RejectionBounds { per_campaign_max: 100_000, queue_max: 100_000 };

/// A row of `amber` in `leader-2026`, the `n`th millisecond after noon.
pub fn row(n: i64, reason: Reason) -> RejectionRow {
    RejectionRow {
        at: at(n),
        request_id: RequestId::new(u64::try_from(n).unwrap(), [7; 10]),
        contest: Some(ContestId::parse("leader-2026").unwrap()),
        campaign: Some(CampaignId::parse("amber").unwrap()),
        actor: Some(ActorId::parse("Ms Ärger \"x\"").unwrap()),
        export: Some(ExportName::parse("members").unwrap()),
        reason,
        count: 1,
    }
}

/// The same of an asker who was not identified.
pub fn anonymous(n: i64, reason: Reason) -> RejectionRow {
    RejectionRow { campaign: None, ..row(n, reason) }
}

pub fn of(campaign: &str, row: RejectionRow) -> RejectionRow {
    RejectionRow { campaign: Some(CampaignId::parse(campaign).unwrap()), ..row }
}

pub fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_771_070_400_000 + milliseconds).unwrap()
}

/// A directory of its own for each test, removed when the test has passed.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("portcullis-store-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn database(&self) -> PathBuf {
        self.0.join("portcullis.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
