//! Tells a witness which members of a record no rule names. Never runs where nobody watches.

use super::json::boundary::Boundary;
use super::json::cursor::{Cursor, Spelling};
use super::json::stops::Lookout;
use super::json::text;
use super::plan::Plan;
use super::tree::NodeId;
use super::witness::Witness;

/// Walks a record that has been validated.
pub(super) fn tell<W: Witness>(record: &[u8], plan: &Plan, witness: &mut W) {
    let mut lookout = Lookout::default();
    let stops = lookout.look(record);
    let mut walk = Walk { cursor: Cursor::new(record, stops, 0), plan, witness, path: Vec::new() };
    // The record is valid, so the walk does not stop early; if it did, only the telling would end.
    let _ = walk.object(NodeId::ROOT);
}

struct Walk<'w, W> {
    cursor: Cursor<'w>,
    plan: &'w Plan,
    witness: &'w mut W,
    path: Vec<String>,
}

impl<W: Witness> Walk<'_, W> {
    fn object(&mut self, node: NodeId) -> Option<()> {
        self.cursor.at += 1;
        while self.token()? != b'}' {
            let name = self.name()?;
            let member = self.plan.tree.member(node, name.as_bytes());
            self.path.push(name);
            self.value(member)?;
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

    fn value(&mut self, member: NodeId) -> Option<()> {
        if self.cursor.peek().ok()? == b'{' && self.plan.tree.leads_on(member) && !self.plan.ruled(member) {
            return self.object(member);
        }
        if !self.plan.ruled(member) {
            self.witness.unnamed(&self.path);
        }
        self.cursor.at += Boundary::default().advance(self.cursor.rest())?.own;
        Some(())
    }
}
