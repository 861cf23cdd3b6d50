//! The members in memory: each record serialised once, and the fields that the API filters on.
//!
//! Nothing here knows about HTTP.

use bytes::BytesMut;
use jiff::civil::Date;

use crate::demo::people;

/// All records, and an index beside them.
#[derive(Debug)]
pub(super) struct Database {
    json: Vec<u8>,
    rows: Vec<Row>,
}

/// One record's place in the serialised bytes, and what it can be filtered by.
#[derive(Debug)]
struct Row {
    start: usize,
    end: usize,
    member_id: u64,
    constituency: &'static str,
    joined_on: Date,
    religion: Option<&'static str>,
}

/// What a request filters by. `None` lets everything through.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) constituency: Option<String>,
    pub(super) joined_after: Option<Date>,
    pub(super) religion: Option<String>,
}

impl Database {
    /// The members 1 to `members` of this seed.
    pub(super) fn new(members: usize, seed: u64) -> Self {
        let mut json = Vec::with_capacity(members * 1_100);
        let rows = people::members(members, seed).map(|member| Row::write(&member, &mut json)).collect();
        Self { json, rows }
    }

    /// How many records the filter lets through.
    pub(super) fn count(&self, filter: &Filter) -> usize {
        if *filter == Filter::default() { self.rows.len() } else { self.matching(filter).count() }
    }

    /// Appends a page of the records that the filter lets through, with commas between them.
    pub(super) fn write_page(&self, filter: &Filter, offset: usize, limit: usize, to: &mut BytesMut) {
        for (place, row) in self.matching(filter).skip(offset).take(limit).enumerate() {
            if place > 0 {
                to.extend_from_slice(b",");
            }
            to.extend_from_slice(&self.json[row.start..row.end]);
        }
    }

    /// The record of this member.
    pub(super) fn one(&self, member_id: u64) -> Option<&[u8]> {
        let row = self.rows.iter().find(|row| row.member_id == member_id)?;
        Some(&self.json[row.start..row.end])
    }

    fn matching(&self, filter: &Filter) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| filter.lets(row))
    }
}

impl Row {
    fn write(member: &people::Member, json: &mut Vec<u8>) -> Self {
        let start = json.len();
        serde_json::to_writer(&mut *json, member).expect("a member of texts, numbers and lists is always JSON");
        Self {
            start,
            end: json.len(),
            member_id: member.member_id,
            constituency: member.constituency,
            joined_on: member.joined_on,
            religion: member.religion,
        }
    }
}

impl Filter {
    fn lets(&self, row: &Row) -> bool {
        self.constituency.as_deref().is_none_or(|name| row.constituency == name)
            && self.joined_after.is_none_or(|day| row.joined_on > day)
            && self.religion.as_deref().is_none_or(|religion| row.religion == Some(religion))
    }
}
