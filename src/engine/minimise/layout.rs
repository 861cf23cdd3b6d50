//! The order in which a record's values leave: the plan's order, whatever the source's is.
//!
//! Members of one nested object stand together, at the place of the first of them, and so does what leaves of a list. An
//! element of a list is laid out like a record, with a tree of its own. Nothing is judged here.

use super::json::text;
use super::plan::PlanSpec;
use super::rule::{Condition, Rule, Test};
use super::tree::Tree;
use crate::engine::format::Format;
use crate::engine::ids::{FieldPath, Part};

/// What becomes of one object: a record, or an element of a list.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// What leaves, in order.
    pub places: Vec<Place>,
    /// Fields whose rule is to drop them: position in the specification, and slot.
    pub dropped: Vec<(usize, u32)>,
    /// The slots of fields that have a rule. Those of lists are not among them: their elements have rules.
    pub ruled: Vec<u32>,
}

/// A member of what leaves.
#[derive(Debug)]
pub(super) struct Place {
    /// Comma, name and colon, as they are written.
    pub lead: Opening,
    /// What the member is.
    pub what: What,
}

/// What is written before a member's value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opening {
    /// Comma, name and colon.
    spelling: Box<[u8]>,
    /// Its first bytes, and spaces.
    head: [u8; Opening::HEAD],
}

impl Opening {
    /// Bytes that are appended at once.
    const HEAD: usize = 32;

    fn of(name: &str) -> Self {
        let spelling = lead(name);
        let mut head = [b' '; Self::HEAD];
        let own = spelling.len().min(Self::HEAD);
        head[..own].copy_from_slice(&spelling[..own]);
        Self { spelling, head }
    }

    /// Appends it, without its comma before an object's first member.
    ///
    /// Appending always as much and taking back what is too much costs less than a call for each length.
    #[inline]
    pub fn write(&self, first: bool, out: &mut Vec<u8>) {
        if first || self.spelling.len() > Self::HEAD {
            out.extend_from_slice(&self.spelling[usize::from(first)..]);
            return;
        }
        let end = out.len() + self.spelling.len();
        out.extend_from_slice(&self.head);
        out.truncate(end);
    }
}

/// What a member of what leaves is.
#[derive(Debug)]
pub(super) enum What {
    /// One value.
    Field {
        /// The rule's position in the specification.
        field: usize,
        /// Where the value stands.
        slot: u32,
        /// What must hold for it to leave.
        when: Vec<Check>,
        /// The format, where nothing but that must hold for a text to leave as it is: most of what leaves.
        keeps: Option<Format>,
    },
    /// An object with members of its own. Leaves only when one of them does, but for those around the plan's root and the root itself,
    /// which leave always.
    Group {
        /// Its members.
        members: Vec<Place>,
        /// Whether it leaves always.
        always: bool,
    },
    /// An array, element by element. Leaves whenever it is there, also when nothing of it does.
    List(Box<List>),
}

/// An array whose elements have rules.
#[derive(Debug)]
pub(super) struct List {
    /// Its number among the lists of the plan.
    pub number: usize,
    /// Where the array stands in the object that it is a member of; 0 where it is itself an element.
    pub slot: u32,
    /// Elements that may leave.
    pub max: u32,
    /// Whether it may leave. One whose elements have only rules to drop is read to count what was dropped.
    pub leaves: bool,
    /// The fields inside its elements, by their position in the specification.
    pub fields: Vec<usize>,
    /// What its elements should be.
    pub element: Element,
}

/// What the elements of a list should be.
#[derive(Debug)]
pub(super) enum Element {
    /// Objects.
    Object {
        /// What of one is wanted.
        tree: Tree,
        /// What becomes of one.
        layout: Layout,
        /// What one must satisfy to leave.
        rows: Vec<Check>,
    },
    /// Values, each in slot 0 of its own.
    Value {
        /// The rule's position in the specification.
        field: usize,
        /// What must hold for one to leave.
        when: Vec<Check>,
    },
    /// Arrays, each in slot 0 of its own.
    List(Box<List>),
}

/// A condition on a slot.
#[derive(Debug)]
pub(super) struct Check {
    /// Whose value is read.
    pub of: Owner,
    /// Which value is read.
    pub slot: u32,
    /// What must hold of it.
    pub test: Test,
}

/// Whose value a condition reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// That of the record or element in which the condition's own field stands.
    Own,
    /// The record's, from inside an element.
    Record,
}

/// Lays out a specification without contradictions, and wants of the record what it needs.
pub(super) fn of(spec: &PlanSpec) -> (Layout, Tree) {
    let fields = spec.fields.iter().enumerate().map(|(index, field)| (index, field.path.parts())).collect::<Vec<_>>();
    let mut draft = Draft { spec, trees: vec![Tree::new()], lists: 0 };
    let mut layout = draft.object(&fields, &[]);
    if let Some(root) = &spec.root {
        insist(&mut layout.places, root.parts());
    }
    (layout, draft.trees.swap_remove(0))
}

/// Conditions on values of the record, resolved to slots.
pub(super) fn checks(conditions: &[Condition], tree: &mut Tree) -> Vec<Check> {
    let check = |condition: &Condition| {
        let slot = tree.want(condition.path.parts());
        Check { of: Owner::Own, slot, test: condition.test.clone() }
    };
    conditions.iter().map(check).collect()
}

/// A field, by its position in the specification, and the steps that are left to it.
type Steps<'s> = (usize, &'s [Part]);

/// What is being laid out.
struct Draft<'s> {
    spec: &'s PlanSpec,
    /// The record's tree, then those of the elements around the place that is laid out.
    trees: Vec<Tree>,
    /// Lists that were laid out.
    lists: usize,
}

impl<'s> Draft<'s> {
    /// Lays out an object whose fields these are. `around` leads to it.
    fn object(&mut self, fields: &[Steps<'s>], around: &[Part]) -> Layout {
        let mut layout = Layout::default();
        let mut listed: Vec<&[Part]> = Vec::new();
        // First what leaves, so that the order is that of its rules; then the lists that are read only to be counted.
        for leaving in [true, false] {
            for &(index, steps) in fields.iter().filter(|(index, _)| (self.spec.fields[*index].rule != Rule::Drop) == leaving) {
                match steps.iter().position(|step| *step == Part::Each) {
                    None => self.value(index, steps, around, &mut layout),
                    Some(end) if listed.contains(&&steps[..end]) => {}
                    Some(end) => {
                        listed.push(&steps[..end]);
                        let slot = self.own().want(&steps[..end]);
                        let list = self.list(&inside(fields, &steps[..end]), &[around, &steps[..end]].concat(), slot);
                        put(&mut layout.places, &steps[..end], What::List(Box::new(list)));
                    }
                }
            }
        }
        layout
    }

    fn value(&mut self, index: usize, steps: &[Part], around: &[Part], layout: &mut Layout) {
        let field = &self.spec.fields[index];
        let slot = self.own().want(steps);
        layout.ruled.push(slot);
        if field.rule == Rule::Drop {
            layout.dropped.push((index, slot));
            return;
        }
        let when = self.checks(&field.when, around);
        let keeps = match &field.rule {
            Rule::Keep(format) if when.is_empty() => Some(format.clone()),
            _ => None,
        };
        put(&mut layout.places, steps, What::Field { field: index, slot, when, keeps });
    }

    /// Lays out the list at `path`; the steps of its fields begin inside its elements.
    fn list(&mut self, fields: &[Steps<'s>], path: &[Part], slot: u32) -> List {
        let number = self.lists;
        self.lists += 1;
        let said = self.spec.list(FieldPath::of(path));
        let each = [path, &[Part::Each]].concat();
        let element = match fields {
            [(_, [Part::Each, ..]), ..] => Element::List(Box::new(self.list(&inside(fields, &[]), &each, 0))),
            [(field, []), ..] => Element::Value { field: *field, when: self.checks(&self.spec.fields[*field].when, &each) },
            _ => {
                self.trees.push(Tree::new());
                let layout = self.object(fields, &each);
                let mut tree = self.trees.pop().unwrap_or_else(Tree::new);
                let rows = checks(&said.rows, &mut tree);
                Element::Object { tree, layout, rows }
            }
        };
        let leaves = fields.iter().any(|(index, _)| self.spec.fields[*index].rule != Rule::Drop);
        List { number, slot, max: said.max, leaves, fields: fields.iter().map(|(index, _)| *index).collect(), element }
    }

    /// Conditions of a field that stands directly inside `around`: on the same object, or on the record.
    fn checks(&mut self, conditions: &[Condition], around: &[Part]) -> Vec<Check> {
        let mut checks = Vec::new();
        for condition in conditions {
            let path = condition.path.parts();
            let (of, slot) = match path.strip_prefix(around) {
                Some([]) => (Owner::Own, 0),
                Some(steps) => (Owner::Own, self.own().want(steps)),
                None => (Owner::Record, self.trees[0].want(path)),
            };
            checks.push(Check { of, slot, test: condition.test.clone() });
        }
        checks
    }

    /// The tree of the object that is laid out.
    fn own(&mut self) -> &mut Tree {
        let last = self.trees.len() - 1;
        &mut self.trees[last]
    }
}

/// Those of the fields that stand in the elements of the list at `path`, with what is left of their steps.
fn inside<'s>(fields: &[Steps<'s>], path: &[Part]) -> Vec<Steps<'s>> {
    let behind = |&(index, steps): &Steps<'s>| match steps.strip_prefix(path)? {
        [Part::Each, inner @ ..] => Some((index, inner)),
        _ => None,
    };
    fields.iter().filter_map(behind).collect()
}

fn put(places: &mut Vec<Place>, path: &[Part], what: What) {
    let Some((Part::Member(name), inner)) = path.split_first() else { return };
    let lead = Opening::of(name);
    if inner.is_empty() {
        places.push(Place { lead, what });
        return;
    }
    if let What::Group { members, .. } = &mut group(places, lead).what {
        put(members, inner, what);
    }
}

/// Has the objects on the way to the last one of a path leave always, and that one too. An object of which nothing may leave stands at
/// the end.
fn insist(places: &mut Vec<Place>, path: &[Part]) {
    let Some((Part::Member(name), inner)) = path.split_first() else { return };
    if let What::Group { members, always } = &mut group(places, Opening::of(name)).what {
        *always = true;
        insist(members, inner);
    }
}

/// The place with this name; that of a new group where there is none.
fn group(places: &mut Vec<Place>, lead: Opening) -> &mut Place {
    let known = places.iter().position(|place| place.lead == lead);
    let at = known.unwrap_or_else(|| {
        places.push(Place { lead, what: What::Group { members: Vec::new(), always: false } });
        places.len() - 1
    });
    &mut places[at]
}

/// Comma, name, colon.
pub(super) fn lead(name: &str) -> Box<[u8]> {
    let mut lead = vec![b','];
    text::write(name, &mut lead);
    lead.push(b':');
    lead.into()
}

/// The list at a slot of an object that is laid out so.
pub(super) fn list_at(places: &[Place], slot: u32) -> Option<&List> {
    places.iter().find_map(|place| match &place.what {
        What::Field { .. } => None,
        What::Group { members, .. } => list_at(members, slot),
        What::List(list) => (list.slot == slot).then_some(list),
    })
}
