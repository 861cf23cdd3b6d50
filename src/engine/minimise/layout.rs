//! The order in which a record's values leave: the plan's order, whatever the source's is.
//!
//! Members of one nested object stand together, at the place of the first of them.

use super::json::text;
use super::rule::{Condition, FieldRule, Rule, Test};
use super::tree::Tree;

/// A member of what leaves.
#[derive(Debug)]
pub(super) struct Place {
    /// Comma, name and colon, as they are written.
    pub lead: Box<[u8]>,
    /// What the member is.
    pub what: What,
}

/// What a member of what leaves is.
#[derive(Debug)]
pub(super) enum What {
    /// A value of the record.
    Field {
        /// The rule's position in the specification.
        field: usize,
        /// Where the value stands.
        slot: u32,
        /// What must hold for it to leave.
        when: Vec<Check>,
    },
    /// An object with members of its own. Leaves only when one of them does.
    Group(Vec<Place>),
}

/// A condition on a slot.
#[derive(Debug)]
pub(super) struct Check {
    /// The value that is read.
    pub slot: u32,
    /// What must hold of it.
    pub test: Test,
}

/// Lays out the fields that may leave, and wants them of the tree.
pub(super) fn places(fields: &[FieldRule], tree: &mut Tree) -> Vec<Place> {
    let mut places = Vec::new();
    for (index, field) in fields.iter().enumerate().filter(|(_, field)| field.rule != Rule::Drop) {
        let slot = tree.want(&field.path);
        let when = checks(&field.when, tree);
        put(&mut places, field.path.parts(), What::Field { field: index, slot, when });
    }
    places
}

/// Conditions, resolved to slots.
pub(super) fn checks(conditions: &[Condition], tree: &mut Tree) -> Vec<Check> {
    conditions.iter().map(|condition| Check { slot: tree.want(&condition.path), test: condition.test.clone() }).collect()
}

fn put(places: &mut Vec<Place>, path: &[Box<str>], what: What) {
    let Some((name, inner)) = path.split_first() else { return };
    let lead = lead(name);
    if inner.is_empty() {
        places.push(Place { lead, what });
        return;
    }
    let known = places.iter().position(|place| place.lead == lead);
    let at = known.unwrap_or_else(|| {
        places.push(Place { lead, what: What::Group(Vec::new()) });
        places.len() - 1
    });
    if let What::Group(members) = &mut places[at].what {
        put(members, inner, what);
    }
}

/// Comma, name, colon.
pub(super) fn lead(name: &str) -> Box<[u8]> {
    let mut lead = vec![b','];
    text::write(name, &mut lead);
    lead.push(b':');
    lead.into()
}
