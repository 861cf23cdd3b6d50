//! The registrar of one body: tells who each record is about, and which fields it left without; and keeps back what members
//! object to.
//!
//! Watches the minimiser, and holds what it saw until it is taken: digests and numbers, never a value. A record without an
//! identifier is not admitted, because nobody could say afterwards whom it was about.

use std::sync::Arc;

use super::audit::leaving;
use crate::engine::ids::{CampaignId, Part};
use crate::engine::member::{MemberDigest, MemberKey, Objected};
use crate::engine::minimise::plan::PlanSpec;
use crate::engine::minimise::witness::{Fate, Witness};
use crate::engine::policy::objection::{OfContest, objected};
use crate::engine::policy::{Campaign, Contest};

/// Fields of a plan at the most, in words of 64: what `check` lets an export have.
const WORDS: usize = 8;

/// One bit for each field of a plan.
type Bits = [u64; WORDS];

/// Who keeps the register of one body.
pub struct Registrar {
    key: Arc<MemberKey>,
    campaign: CampaignId,
    objections: Arc<OfContest>,
    /// Fields that may leave, and for each field its position among them.
    may_leave: Bits,
    positions: Vec<u16>,
    left: Bits,
    member: MemberDigest,
    slips: Slips,
    /// Records without an identifier.
    unidentified: u64,
}

/// What was written since it was last taken.
#[derive(Debug, Default)]
pub struct Slips {
    /// The member of each record.
    pub members: Vec<MemberDigest>,
    /// Where each record ends in what was written.
    pub ends: Vec<usize>,
    /// Fields that a record left without: the field's position among those that may leave, and the record's.
    pub lacking: Vec<(u16, u32)>,
}

impl Registrar {
    /// A registrar for one body under a plan.
    #[must_use]
    pub fn new(contest: &Contest, campaign: &Campaign, spec: &PlanSpec, objections: Arc<OfContest>) -> Self {
        let (mut may_leave, mut positions) = ([0; WORDS], vec![0; spec.fields.len()]);
        for (position, (field, _)) in (0..).zip(leaving(spec)) {
            if let Some(word) = may_leave.get_mut(field / 64) {
                *word |= 1 << (field % 64);
            }
            positions[field] = position;
        }
        Self {
            key: Arc::clone(&contest.member_key),
            campaign: campaign.id.clone(),
            objections,
            may_leave,
            positions,
            left: [0; WORDS],
            member: MemberDigest([0; 16]),
            slips: Slips::default(),
            unidentified: 0,
        }
    }

    /// What was written since the last time. There is room for as much to follow.
    pub fn take(&mut self) -> Slips {
        let records = self.slips.members.len();
        let next = Slips { members: Vec::with_capacity(records), ends: Vec::with_capacity(records), lacking: Vec::new() };
        std::mem::replace(&mut self.slips, next)
    }

    /// Whether all that may leave of the record did. Compared without a call: it is asked of every record.
    #[inline]
    fn is_complete(&self) -> bool {
        self.left.iter().zip(self.may_leave).fold(0, |missing, (left, may_leave)| missing | (left ^ may_leave)) == 0
    }

    /// Records that were kept back because they name no member.
    #[must_use]
    pub fn unidentified(&self) -> u64 {
        self.unidentified
    }

    /// From now on these objections hold.
    pub fn object(&mut self, objections: Arc<OfContest>) {
        self.objections = objections;
    }

    #[cold]
    fn lacks(&mut self, record: u32) {
        for (word, (left, may_leave)) in self.left.iter().zip(self.may_leave).enumerate() {
            let mut missing = may_leave & !left;
            while missing != 0 {
                let field = word * 64 + missing.trailing_zeros() as usize;
                missing &= missing - 1;
                self.slips.lacking.extend(self.positions.get(field).map(|&position| (position, record)));
            }
        }
    }
}

impl Witness for Registrar {
    const WATCHES: bool = false;
    const BOOKS: bool = true;

    #[inline]
    fn admit(&mut self, id: Option<&[u8]>) -> Option<Objected> {
        let Some(id) = id else {
            self.unidentified += 1;
            return None;
        };
        self.member = self.key.digest(id);
        self.left = [0; WORDS];
        let objected = objected(&self.objections, &self.campaign, self.member);
        (!objected.all()).then_some(objected)
    }

    #[inline]
    fn field(&mut self, field: usize, fate: Fate) {
        if let (true, Some(word)) = (fate.leaves(), self.left.get_mut(field / 64)) {
            *word |= 1 << (field % 64);
        }
    }

    #[inline]
    fn written(&mut self, end: usize) {
        let record = u32::try_from(self.slips.members.len()).unwrap_or(u32::MAX);
        self.slips.members.push(self.member);
        self.slips.ends.push(end);
        if !self.is_complete() {
            self.lacks(record);
        }
    }

    fn unnamed(&mut self, _: &[Part]) {}
    fn released(&mut self, _: Option<&str>) {}
    fn left_out(&mut self, _: usize) {}
}
