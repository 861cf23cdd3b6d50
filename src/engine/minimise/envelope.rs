//! What stands around the records: read member by member, and rebuilt rather than copied.
//!
//! Only the scalars that the plan names leave, the link to the next page in our own words, and the records. An object is
//! opened in what leaves only when something inside it leaves, so what is dropped does not show. Those around the link to the next page
//! leave whenever they are there: on the last page, clients look into them all the same.

use std::collections::BTreeSet;

use super::json::text;
use super::layout;
use super::plan::PlanSpec;
use super::record::slot::{Found, Kind};
use super::tree::{NodeId, Tree};
use crate::engine::format::{Format, Scalar, TEXT_CHARS_DEFAULT};
use crate::engine::ids::FieldPath;

/// Turns what the source says about its next page into a link of our own.
pub trait NextLink {
    /// Our link for what the source said, the text of a string or the spelling of a number; `None` for none, which the
    /// campaign reads as `null`. Asked at most once a body. The empty text is passed on like any other.
    fn link(&mut self, said: &str) -> Option<String>;
}

/// What a named member of the envelope is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The array of records.
    Records,
    /// What the source says about its next page.
    Next,
    /// A scalar that may leave.
    Scalar,
}

/// What of an envelope is wanted.
#[derive(Debug)]
pub(super) struct Frame {
    /// Its members.
    pub tree: Tree,
    roles: Vec<Role>,
    /// The objects around what the source says about its next page, the body left out.
    around_next: Vec<NodeId>,
}

impl Frame {
    /// The frame of a specification without contradictions.
    pub fn new(spec: &PlanSpec) -> Self {
        let mut tree = Tree::new();
        let mut roles = Vec::new();
        let scalars = spec.envelope.iter().map(|path| (path, Role::Scalar));
        let next = spec.next.iter().map(|path| (path, Role::Next));
        for (path, role) in scalars.chain(next).chain([(&spec.records, Role::Records)]) {
            tree.want(path.parts());
            roles.push(role);
        }
        let steps = spec.next.iter().flat_map(|path| path.members().take(path.parts().len() - 1));
        let around_next = steps.scan(NodeId::ROOT, |node, name| {
            *node = tree.member(*node, name.as_bytes());
            Some(*node)
        });
        Self { roles, around_next: around_next.collect(), tree }
    }

    /// What the member at a node is.
    pub fn role(&self, node: NodeId) -> Option<Role> {
        self.roles.get(self.tree.slot(node) as usize).copied()
    }
}

/// The objects that are open around the place that is read.
#[derive(Default)]
pub(super) struct Envelope {
    levels: Vec<Level>,
    /// The member whose name was read last.
    pub member: NodeId,
    lead: Box<[u8]>,
    /// Whether the array of records has been met.
    pub has_records: bool,
    /// Whether the source has said where its next page is, or that there is none.
    pub has_next: bool,
    /// Whether nothing of it leaves.
    pub silent: bool,
}

struct Level {
    node: NodeId,
    names: BTreeSet<Box<str>>,
    /// Its own comma, name and colon in what leaves; nothing for the body.
    lead: Box<[u8]>,
    written: bool,
    empty: bool,
}

impl Envelope {
    /// How many objects are open.
    pub fn depth(&self) -> usize {
        self.levels.len()
    }

    /// Enters the object that is the value of the member that was named last, or the body.
    pub fn enter(&mut self) {
        let node = if self.levels.is_empty() { NodeId::ROOT } else { self.member };
        let lead = std::mem::take(&mut self.lead);
        self.levels.push(Level { node, names: BTreeSet::new(), lead, written: false, empty: true });
    }

    /// Appends how many records left, as a member of the object that is open.
    pub fn count(&mut self, path: &FieldPath, records: u64, out: &mut Vec<u8>) {
        if !self.silent {
            self.lead = layout::lead(path.members().next().unwrap_or_default());
            self.begin(out);
            out.extend_from_slice(records.to_string().as_bytes());
        }
    }

    /// Leaves the innermost object.
    pub fn leave(&mut self, frame: &Frame, out: &mut Vec<u8>) {
        let around_next = self.levels.last().is_some_and(|level| !level.written && frame.around_next.contains(&level.node));
        if around_next && !self.silent {
            self.lead = Box::default();
            self.begin(out);
        }
        if self.levels.pop().is_some_and(|level| level.written) {
            out.push(b'}');
        }
    }

    /// Notes a member's name; `false` when the object already has it.
    pub fn name(&mut self, name: &str, tree: &Tree) -> bool {
        let Some(level) = self.levels.last_mut() else { return false };
        self.member = tree.member(level.node, name.as_bytes());
        if self.member != NodeId::NOTHING {
            self.lead = layout::lead(name);
        }
        level.names.insert(name.into())
    }

    /// Appends the name of the member, and before it whatever objects around it have not been opened yet.
    fn begin(&mut self, out: &mut Vec<u8>) {
        let mut lead: &[u8] = &[];
        let mut parent_empty = true;
        for level in &mut self.levels {
            if !level.written {
                append(&level.lead, parent_empty, out);
                out.push(b'{');
                level.written = true;
            }
            parent_empty = level.empty;
            level.empty = false;
            lead = &self.lead;
        }
        append(lead, parent_empty, out);
    }

    /// Notes that the array of records begins, and appends its bracket.
    pub fn open_records(&mut self, out: &mut Vec<u8>) {
        self.has_records = true;
        if !self.silent {
            self.begin(out);
            out.push(b'[');
        }
    }

    /// Notes that the one record stands here.
    pub fn open_single(&mut self, out: &mut Vec<u8>) {
        self.has_records = true;
        if !self.silent && !self.levels.is_empty() {
            self.begin(out);
        }
    }

    /// Appends the bracket that ends the records.
    pub fn close_records(&self, out: &mut Vec<u8>) {
        if !self.silent {
            out.push(b']');
        }
    }

    /// Appends a scalar that may leave. What is none, or no short line of text, is dropped.
    pub fn scalar(&mut self, value: Found<'_>, out: &mut Vec<u8>) {
        let mut scratch = String::new();
        let passes = match value.scalar(&mut scratch) {
            Some(text @ Scalar::Text(_)) => Format::Text { max: TEXT_CHARS_DEFAULT }.accepts(text),
            other => other.is_some(),
        };
        if passes && !self.silent {
            self.begin(out);
            out.extend_from_slice(value.raw);
        }
    }

    /// Appends our link in the place of the source's. `false` and `null` are no next page.
    pub fn next(&mut self, value: Found<'_>, link: &mut dyn NextLink, out: &mut Vec<u8>) {
        let mut scratch = String::new();
        let ours = match value.kind {
            Kind::Null | Kind::False => None,
            _ => value.text(&mut scratch).and_then(|said| link.link(said)),
        };
        self.has_next = true;
        if self.silent {
            return;
        }
        self.begin(out);
        match ours {
            Some(ours) => text::write(&ours, out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

/// Appends a lead, without its comma where it is the first.
fn append(lead: &[u8], first: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(lead.get(usize::from(first)..).unwrap_or_default());
}
