//! The shape of the objects that stand at one place in every record: the spelling of their names, in the source's order.
//!
//! A guess, never a verdict. When an object follows its shape, each name costs one comparison, needs no look-up, and
//! cannot be a repeated one, because the names of a shape are all different. When it does not, the scanner reads it in
//! full. So what a shape holds changes how fast a record is read, and never what is read.

use super::super::tree::NodeId;
use super::lead::Lead;

/// Most members that a shape learns. Objects with more of them are read without it.
const ENTRIES_MAX: usize = 256;
/// Longest name with its quotes, colon and white space that a shape learns, in bytes.
const LEAD_BYTES_MAX: usize = 256;
/// Most members that all shapes of one body learn together.
const LEARNT_MAX: usize = 4096;

/// The objects at one place.
#[derive(Default)]
pub(in super::super) struct Shape {
    /// The members, in the order in which they were met.
    pub entries: Vec<Entry>,
    /// The node of the plan that the entries' nodes belong to.
    node: NodeId,
}

/// One member.
pub(in super::super) struct Entry {
    /// All that stands between the member before and the value: the comma, white space, the name with its quotes, the colon.
    pub(super) lead: Lead,
    /// The name, unescaped.
    pub name: Box<[u8]>,
    /// The print of the name.
    print: u64,
    /// What the plan says about it.
    pub node: NodeId,
    /// The place in the record's slots, or [`NO_SLOT`](super::super::tree::NO_SLOT).
    pub slot: u32,
    /// The objects inside its value.
    pub inside: Shape,
}

/// A name's first bytes and its length: what tells most names apart. A new name is compared with all others of its object.
#[inline]
fn print(name: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let own = name.len().min(7);
    bytes[..own].copy_from_slice(&name[..own]);
    bytes[7] = name.len() as u8;
    u64::from_le_bytes(bytes)
}

/// Where a shape has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Place {
    /// At this position, not before the one that was expected.
    Ahead(usize),
    /// Before it: the object has another order, or repeats a name.
    Behind,
    /// Nowhere.
    Nowhere,
}

impl Shape {
    /// Makes the shape one for objects at this node: an array's elements and the object itself never share entries.
    #[inline]
    pub fn settle(&mut self, node: NodeId, learnt: &mut usize) {
        if self.node != node {
            self.forget(learnt);
            self.node = node;
        }
    }

    /// Where the name is, seen from the position that is expected next.
    pub fn find(&self, name: &[u8], expected: usize) -> Place {
        let print = print(name);
        match self.entries.iter().position(|entry| entry.print == print && *entry.name == *name) {
            Some(position) if position >= expected => Place::Ahead(position),
            Some(_) => Place::Behind,
            None => Place::Nowhere,
        }
    }

    /// Learns a member at this position, where there is room for it.
    pub fn learn(&mut self, position: usize, lead: &[u8], name: &[u8], target: (NodeId, u32), learnt: &mut usize) -> bool {
        if self.entries.len() >= ENTRIES_MAX || lead.len() > LEAD_BYTES_MAX || *learnt >= LEARNT_MAX {
            return false;
        }
        // The member that came first so far had no comma before it; from now on it has one, or is not read by the shape.
        if position == 0
            && let Some(first) = self.entries.first_mut()
        {
            first.lead = first.lead.behind_a_comma();
        }
        let (node, slot) = target;
        let entry = Entry { lead: Lead::new(lead), name: name.into(), print: print(name), node, slot, inside: Self::default() };
        self.entries.insert(position, entry);
        *learnt += 1;
        true
    }

    /// Forgets every member, because the objects contradict them.
    pub fn forget(&mut self, learnt: &mut usize) {
        for mut entry in self.entries.drain(..) {
            entry.inside.forget(learnt);
            *learnt -= 1;
        }
    }
}
