//! Tells a witness which members of a record no rule names. Never runs where nobody watches.

use super::json::boundary::Boundary;
use super::json::cursor::{Cursor, Spelling};
use super::json::text;
use super::layout::{Element, Layout, List, list_at};
use super::plan::Plan;
use super::stops::{Kernel, Lookout};
use super::tree::{NodeId, Tree};
use super::witness::Witness;
use crate::engine::ids::Part;

/// Walks a record that has been validated.
pub(super) fn tell<W: Witness>(record: &[u8], plan: &Plan, witness: &mut W) {
    let mut lookout = Lookout::new(b'\\', Kernel::fastest());
    let mut walk = Walk { cursor: Cursor::new(record, lookout.look(record), 0), witness, path: Vec::new() };
    // The record is valid, so the walk does not stop early; if it did, only the telling would end.
    let _ = walk.object(Named { tree: &plan.tree, layout: &plan.layout }, NodeId::ROOT);
}

struct Walk<'w, W> {
    cursor: Cursor<'w>,
    witness: &'w mut W,
    path: Vec<Part>,
}

/// What is named of a record, or of an element of a list.
#[derive(Clone, Copy)]
struct Named<'p> {
    tree: &'p Tree,
    layout: &'p Layout,
}

impl<'p> Named<'p> {
    fn ruled(self, node: NodeId) -> bool {
        self.layout.ruled.contains(&self.tree.slot(node))
    }

    fn list(self, node: NodeId) -> Option<&'p List> {
        list_at(&self.layout.places, self.tree.slot(node))
    }
}

impl<W: Witness> Walk<'_, W> {
    fn object(&mut self, named: Named<'_>, node: NodeId) -> Option<()> {
        self.cursor.at += 1;
        while self.token()? != b'}' {
            let name = self.name()?;
            let member = named.tree.member(node, name.as_bytes());
            self.path.push(Part::Member(name.into()));
            self.value(named, member)?;
            self.path.pop();
            self.cursor.at += usize::from(self.token()? == b',');
        }
        self.cursor.at += 1;
        Some(())
    }

    fn token(&mut self) -> Option<u8> {
        self.cursor.peek_token().ok()
    }

    fn name(&mut self) -> Option<String> {
        let start = self.cursor.at + 1;
        let spelling = self.cursor.string().ok()?;
        let mut name = String::new();
        text::read_into(&self.cursor.bytes[start..self.cursor.at - 1], spelling == Spelling::Escaped, &mut name);
        self.token()?;
        self.cursor.at += 1;
        self.token()?;
        Some(name)
    }

    fn value(&mut self, named: Named<'_>, member: NodeId) -> Option<()> {
        if let Some(list) = named.list(member) {
            return self.list(list);
        }
        if self.cursor.peek().ok()? == b'{' && named.tree.leads_on(member) && !named.ruled(member) {
            return self.object(named, member);
        }
        if !named.ruled(member) {
            self.witness.unnamed(&self.path);
        }
        self.skip()
    }

    /// Walks a list whose elements have rules. What stands there instead of an array has a fate of its own.
    fn list(&mut self, list: &List) -> Option<()> {
        if self.cursor.peek().ok()? != b'[' {
            return self.skip();
        }
        self.cursor.at += 1;
        self.path.push(Part::Each);
        while self.token()? != b']' {
            match (&list.element, self.cursor.peek().ok()?) {
                (Element::Object { tree, layout, .. }, b'{') => self.object(Named { tree, layout }, NodeId::ROOT)?,
                (Element::List(inner), b'[') => self.list(inner)?,
                _ => self.skip()?,
            }
            self.cursor.at += usize::from(self.token()? == b',');
        }
        self.path.pop();
        self.cursor.at += 1;
        Some(())
    }

    fn skip(&mut self) -> Option<()> {
        self.cursor.at += Boundary::default().advance(self.cursor.rest())?.own;
        Some(())
    }
}
