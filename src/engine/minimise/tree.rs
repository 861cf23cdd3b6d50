//! The paths of a plan as a tree of member names.
//!
//! A node may be a slot (its value is wanted) and have members that are wanted, both at once: a condition may ask whether
//! `consent` is there, and another what `consent.email` says.

use crate::engine::ids::Part;

/// A node of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct NodeId(u32);

/// The slot of a node whose value nobody wants.
pub(super) const NO_SLOT: u32 = u32::MAX;

/// What is wanted of an object.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    slots: u32,
}

#[derive(Debug)]
struct Node {
    slot: u32,
    members: Vec<(Box<[u8]>, NodeId)>,
}

impl Node {
    fn unwanted() -> Self {
        Self { slot: NO_SLOT, members: Vec::new() }
    }
}

impl NodeId {
    /// What no path leads to. It has no slot and no members.
    pub const NOTHING: Self = Self(0);
    /// The object that the paths begin in.
    pub const ROOT: Self = Self(1);
}

impl Tree {
    /// A tree of which nothing is wanted yet.
    pub fn new() -> Self {
        Self { nodes: vec![Node::unwanted(), Node::unwanted()], slots: 0 }
    }

    /// The slot of the value at a path of members; the same one whenever the same path is given. What stands in the elements
    /// of a list is wanted of a tree of its own.
    pub fn want(&mut self, path: &[Part]) -> u32 {
        let members = path.iter().filter_map(Part::member);
        let node = members.fold(NodeId::ROOT, |node, name| self.grow(node, name.as_bytes()));
        let slot = &mut self.nodes[node.0 as usize].slot;
        if *slot == NO_SLOT {
            *slot = self.slots;
            self.slots += 1;
        }
        *slot
    }

    fn grow(&mut self, node: NodeId, name: &[u8]) -> NodeId {
        let known = self.member(node, name);
        if known != NodeId::NOTHING {
            return known;
        }
        let new = NodeId(u32::try_from(self.nodes.len()).unwrap_or(0));
        self.nodes.push(Node::unwanted());
        let members = &mut self.nodes[node.0 as usize].members;
        let at = members.partition_point(|(other, _)| **other < *name);
        members.insert(at, (name.into(), new));
        new
    }

    /// The member of this name.
    pub fn member(&self, node: NodeId, name: &[u8]) -> NodeId {
        let members = &self.nodes[node.0 as usize].members;
        match members.binary_search_by(|(other, _)| (**other).cmp(name)) {
            Ok(at) => members[at].1,
            Err(_) => NodeId::NOTHING,
        }
    }

    /// The slot of a node, or [`NO_SLOT`].
    pub fn slot(&self, node: NodeId) -> u32 {
        self.nodes[node.0 as usize].slot
    }

    /// Whether anything inside the value is wanted.
    pub fn leads_on(&self, node: NodeId) -> bool {
        !self.nodes[node.0 as usize].members.is_empty()
    }

    /// How many slots there are.
    pub fn slots(&self) -> usize {
        self.slots as usize
    }
}
