//! What an export names and no record of a sample has: a misspelt name drops a field silently, or every record.
//!
//! The sample goes through the proxy's own minimiser, under a plan that reads all that the export's plan names, lets nothing
//! of it leave and leaves no record out. Nothing here reads a file or keeps a value; names are all that comes out.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::raw::spelling;
use crate::engine::format::Format;
use crate::engine::ids::{CampaignId, ContestId, FieldPath, Part};
use crate::engine::minimise::plan::{Plan, PlanSpec};
use crate::engine::minimise::pseudonym::{CONTEST_KEY_BYTES, ContestKey, Keyring};
use crate::engine::minimise::rule::{Condition, FieldRule, LIST_ITEMS_MAX, ListRule, Rule};
use crate::engine::minimise::{Fate, Fault, Minimiser, NextLink, Witness};

/// Unnamed members that are remembered, for suggestions.
const UNNAMED_MAX: usize = 4096;

/// A body of a source, to try an export on.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The contest's identifier.
    pub contest: String,
    /// The export's name.
    pub export: String,
    /// What messages call it: its file.
    pub name: String,
    /// The body, as the source sends it, in the export's `format`.
    pub body: Vec<u8>,
}

/// What became of a sample.
#[derive(Debug)]
pub struct Tried {
    /// Records that were read whole.
    pub records: u64,
    /// Why the proxy would refuse the body; then nothing is missing, because not all was read.
    pub fault: Option<Fault>,
    /// What no record has, in the order of the export's fields, their conditions, and its row rules; none where no record was read.
    pub missing: Vec<Missing>,
}

/// A path that an export names and no record has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The path.
    pub path: FieldPath,
    /// What the name is for; the first of several.
    pub role: Role,
    /// A member that no rule names, and that may be meant.
    pub meant: Option<String>,
}

/// What an export names a path for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A rule. The identifier has one too.
    Field,
    /// A condition of a field.
    Condition,
    /// A row rule.
    Row,
    /// A row rule of a list inside the record.
    ElementRow,
}

/// Tries the plan of an export on a body. A member that is there with `null` is there; an empty cell of a table is not.
#[must_use]
pub fn tried(plan: &Plan, body: &[u8]) -> Tried {
    let spec = plan.spec();
    let nothing = |fault| Tried { records: 0, fault, missing: Vec::new() };
    let Some((reading, keys)) = reading(spec).zip(keys()) else { return nothing(None) };
    let mut machine = Minimiser::watched(Arc::new(reading), Arc::new(keys), Seen::default());
    let fed = machine.feed(body, &mut NoLink, &mut Vec::new());
    if let Err(fault) = fed.and_then(|()| machine.finish(&mut Vec::new())) {
        return nothing(Some(fault));
    }
    let records = machine.tally().seen;
    let missing = if records > 0 { machine.witness().missing(spec) } else { Vec::new() };
    Tried { records, fault: None, missing }
}

/// A plan that reads what the other names. Dropped fields tell whether they are there. Conditions are asked by a field of the same
/// record or element, so that inner names are looked for where the other plan looks for them, and none leaves anything out.
fn reading(spec: &PlanSpec) -> Option<Plan> {
    let mut reading = spec.clone();
    reading.lists = spec.lists_in_force();
    let mut conditions: Vec<Condition> = std::mem::take(&mut reading.rows);
    for field in &mut reading.fields {
        let (inside, outside) = field.when.drain(..).partition(|condition| condition.path.enters_list());
        conditions.extend::<Vec<_>>(outside);
        field.rule = Rule::Drop;
        ask(field, inside);
    }
    for list in &mut reading.lists {
        // A list of which more would leave counts as one value of each field, and would hide which of them it does not have.
        list.max = LIST_ITEMS_MAX;
        let inside = list.rows.drain(..).map(|row| Condition { path: list.path.in_each(&row.path), test: row.test });
        let first =
            reading.fields.iter_mut().find(|field| field.path.innermost_list().is_some_and(|(path, _)| path == list.path));
        if let Some(field) = first {
            let asked = inside.chain(field.when.drain(..)).collect();
            ask(field, asked);
        }
    }
    ask(reading.fields.iter_mut().find(|field| field.path == reading.id)?, conditions);
    Plan::compile(reading).ok()
}

/// Makes a field ask conditions, by a rule that may have some and takes `null` as well; it lets nothing else through, and that
/// into a buffer that is dropped.
fn ask(field: &mut FieldRule, conditions: Vec<Condition>) {
    if !conditions.is_empty() {
        (field.rule, field.when) = (Rule::Keep(Format::Enum([].into())), conditions);
    }
}

/// Nothing is pseudonymised here, so the key does not matter.
fn keys() -> Option<Keyring> {
    let (contest, campaign) = (ContestId::parse("sample").ok()?, CampaignId::parse("sample").ok()?);
    Some(Keyring::derive(&ContestKey::new([0; CONTEST_KEY_BYTES]), &contest, &campaign, &[]))
}

/// The names that records have.
#[derive(Default)]
struct Seen {
    fields: BTreeSet<usize>,
    unnamed: BTreeSet<FieldPath>,
}

impl Witness for Seen {
    fn field(&mut self, field: usize, fate: Fate) {
        if fate != Fate::Absent {
            self.fields.insert(field);
        }
    }

    fn unnamed(&mut self, path: &[Part]) {
        if self.unnamed.len() < UNNAMED_MAX {
            self.unnamed.insert(FieldPath::of(path));
        }
    }

    fn released(&mut self, _: Option<&str>) {}

    fn left_out(&mut self, _: usize) {}
}

impl Seen {
    fn missing(&self, spec: &PlanSpec) -> Vec<Missing> {
        let named = named(spec);
        // A member that something else names is not what was meant by another name.
        let unknown = |path: &&FieldPath| named.iter().all(|(_, known)| known != *path);
        let spare: Vec<String> = self.unnamed.iter().filter(unknown).map(FieldPath::to_string).collect();
        let mut missing: Vec<Missing> = Vec::new();
        for (role, path) in &named {
            if !self.has(path, spec) && missing.iter().all(|other| other.path != *path) {
                let meant = spelling::nearest(&path.to_string(), spare.iter().map(String::as_str)).map(str::to_owned);
                missing.push(Missing { path: path.clone(), role: *role, meant });
            }
        }
        missing
    }

    /// Whether a record has a member at the path, or inside it. Where a whole ruled value is read, nobody looks inside it.
    fn has(&self, path: &FieldPath, spec: &PlanSpec) -> bool {
        let parts = path.parts();
        let ruled = |(index, field): (usize, &FieldRule)| {
            let other = field.path.parts();
            (other.starts_with(parts) || parts.starts_with(other)) && self.fields.contains(&index)
        };
        let leads = |other: &FieldPath| other.parts().starts_with(parts);
        spec.fields.iter().enumerate().any(ruled) || self.unnamed.iter().any(leads)
    }
}

fn named(spec: &PlanSpec) -> Vec<(Role, FieldPath)> {
    let fields = spec.fields.iter().map(|field| (Role::Field, field.path.clone()));
    let conditions = spec.fields.iter().flat_map(|field| &field.when).map(|condition| (Role::Condition, condition.path.clone()));
    let inner =
        |list: &ListRule| list.rows.iter().map(|row| (Role::ElementRow, list.path.in_each(&row.path))).collect::<Vec<_>>();
    let rows = spec.rows.iter().map(|condition| (Role::Row, condition.path.clone()));
    fields.chain(conditions).chain(rows).chain(spec.lists.iter().flat_map(inner)).collect()
}

/// Stands for the links that the proxy would write.
struct NoLink;

impl NextLink for NoLink {
    fn link(&mut self, _: &str) -> Option<String> {
        Some(String::new())
    }
}
