//! Reads one record whole: validates every byte of it, and notes where the values stand that the plan names.
//!
//! It writes nothing and decides nothing. Dropped values are read as strictly as kept ones.

use super::super::fault::FaultKind;
use super::super::json::cursor::{Cursor, Step, Stop};
use super::super::json::keys::{Keys, Mark};
use super::super::json::text;
use super::super::tree::{NO_SLOT, NodeId, Tree};
use super::shape::{Place, Shape};
use super::slot::{Kind, Slot};

const MALFORMED: Stop = Stop::Fault(FaultKind::Malformed);

/// What reading needs beside the bytes: reused from record to record, so that reading allocates nothing.
#[derive(Default)]
pub(in super::super) struct Desk {
    /// Where the wanted values stand.
    pub slots: Vec<Slot>,
    shape: Shape,
    learnt: usize,
    keys: Keys,
    skipped: Vec<u32>,
    name: String,
}

/// One value being read.
struct Scan<'s, 'b> {
    cursor: Cursor<'b>,
    tree: &'s Tree,
    depth_max: usize,
    slots: &'s mut [Slot],
    learnt: &'s mut usize,
    keys: &'s mut Keys,
    skipped: &'s mut Vec<u32>,
    name: &'s mut String,
}

impl Desk {
    /// Reads the object that `bytes` begins with, which stands inside `depth` others. The bytes that it takes, or why not.
    pub fn object(&mut self, bytes: &[u8], tree: &Tree, depth: usize, depth_max: usize) -> Result<usize, (Stop, usize)> {
        self.slots.clear();
        self.slots.resize(tree.slots(), Slot::default());
        let mut shape = std::mem::take(&mut self.shape);
        let mut scan = self.scan(bytes, tree, depth_max);
        let read = scan.object(NodeId::ROOT, Some(&mut shape), depth);
        let at = scan.cursor.at;
        self.shape = shape;
        read.map(|()| at).map_err(|stop| (stop, at))
    }

    /// Reads the value that `bytes` begins with, of which nothing is wanted.
    pub fn unwanted(
        &mut self,
        bytes: &[u8],
        tree: &Tree,
        depth: usize,
        depth_max: usize,
    ) -> Result<(Kind, usize), (Stop, usize)> {
        self.slots.clear();
        let mut scan = self.scan(bytes, tree, depth_max);
        let read = scan.value(NodeId::NOTHING, None, depth);
        let at = scan.cursor.at;
        read.map(|kind| (kind, at)).map_err(|stop| (stop, at))
    }

    fn scan<'s, 'b>(&'s mut self, bytes: &'b [u8], tree: &'s Tree, depth_max: usize) -> Scan<'s, 'b> {
        self.keys.clear();
        self.skipped.clear();
        Scan {
            cursor: Cursor::new(bytes),
            tree,
            depth_max,
            slots: &mut self.slots,
            learnt: &mut self.learnt,
            keys: &mut self.keys,
            skipped: &mut self.skipped,
            name: &mut self.name,
        }
    }
}

/// What follows a member.
enum After {
    Another,
    Close,
}

impl Scan<'_, '_> {
    /// Reads any value.
    #[inline]
    fn value(&mut self, node: NodeId, inside: Option<&mut Shape>, depth: usize) -> Step<Kind> {
        match self.cursor.peek()? {
            b'"' => {
                let spelling = self.cursor.string()?;
                Ok(if spelling.escaped { Kind::Escaped } else { Kind::Plain })
            }
            b'-' | b'0'..=b'9' => self.cursor.number().map(|()| Kind::Number),
            b't' => self.cursor.word(b"true").map(|()| Kind::True),
            b'f' => self.cursor.word(b"false").map(|()| Kind::False),
            b'n' => self.cursor.word(b"null").map(|()| Kind::Null),
            b'{' => self.object(node, inside, depth).map(|()| Kind::Container),
            b'[' => self.array(inside, depth).map(|()| Kind::Container),
            _ => Err(MALFORMED),
        }
    }

    /// Steps over an opening bracket, unless it is one too deep.
    fn open(&mut self, depth: usize) -> Step {
        if depth >= self.depth_max {
            return Err(Stop::Fault(FaultKind::TooDeep));
        }
        self.cursor.at += 1;
        Ok(())
    }

    /// Steps over a comma, or over the closing bracket.
    #[inline]
    fn after(&mut self, closing: u8) -> Step<After> {
        let byte = self.cursor.peek_token()?;
        let after = match byte {
            b',' => After::Another,
            _ if byte == closing => After::Close,
            _ => return Err(MALFORMED),
        };
        self.cursor.at += 1;
        Ok(after)
    }

    /// Reads an array. What stands in it has no path, so no plan names it; its objects share one shape.
    fn array(&mut self, mut inside: Option<&mut Shape>, depth: usize) -> Step {
        self.open(depth)?;
        if self.cursor.peek_token()? == b']' {
            self.cursor.at += 1;
            return Ok(());
        }
        loop {
            self.cursor.peek_token()?;
            self.value(NodeId::NOTHING, inside.as_deref_mut(), depth + 1)?;
            if let After::Close = self.after(b']')? {
                return Ok(());
            }
        }
    }

    /// Reads an object.
    fn object(&mut self, node: NodeId, shape: Option<&mut Shape>, depth: usize) -> Step {
        self.open(depth)?;
        if self.cursor.peek_token()? == b'}' {
            self.cursor.at += 1;
            return Ok(());
        }
        match shape {
            Some(shape) => self.members(node, shape, depth + 1),
            None => {
                let mark = self.keys.open();
                self.any_members(node, mark, depth + 1)
            }
        }
    }

    /// Reads members by the shape for as long as they follow it, and the others in full.
    fn members(&mut self, node: NodeId, shape: &mut Shape, depth: usize) -> Step {
        shape.settle(node, self.learnt);
        let skipped = self.skipped.len();
        let mut position = 0;
        loop {
            if !self.follows(shape, position) {
                let place = self.place(node, shape, position)?;
                let Place::Ahead(found) = place else {
                    let mark = self.seen(shape, position, skipped);
                    if place == Place::Behind {
                        shape.forget(self.learnt);
                    }
                    return self.any_members(node, mark, depth);
                };
                self.skipped.extend((position..found).map(|skipped| skipped as u32));
                position = found;
            }
            let Some(entry) = shape.entries.get_mut(position) else { return Err(MALFORMED) };
            self.wanted(entry.node, entry.slot, Some(&mut entry.inside), depth)?;
            position += 1;
            if let After::Close = self.after(b'}')? {
                self.skipped.truncate(skipped);
                return Ok(());
            }
        }
    }

    /// Steps over the name that the shape expects, when it is the one that stands here.
    #[inline]
    fn follows(&mut self, shape: &Shape, position: usize) -> bool {
        match shape.entries.get(position) {
            Some(entry) if begins_with(self.cursor.rest(), &entry.lead) => {
                self.cursor.at += entry.lead.len();
                true
            }
            _ => false,
        }
    }

    /// Steps over a name and finds or learns its position in the shape. Anything but `Ahead` leaves the cursor before the name.
    #[cold]
    #[inline(never)]
    fn place(&mut self, node: NodeId, shape: &mut Shape, position: usize) -> Step<Place> {
        let start = self.cursor.at;
        let name = self.name()?;
        let lead = &self.cursor.bytes[start..self.cursor.at];
        let mut place = shape.find(name.as_bytes(), position);
        if place == Place::Nowhere {
            let member = self.tree.member(node, name.as_bytes());
            let target = (member, self.tree.slot(member));
            if shape.learn(position, lead, name.as_bytes(), target, self.learnt) {
                place = Place::Ahead(position);
            }
        }
        *self.name = name;
        if !matches!(place, Place::Ahead(_)) {
            self.cursor.at = start;
        }
        Ok(place)
    }

    /// Begins to keep this object's names, with those that were read by the shape: the ones before `position` but for the
    /// skipped ones.
    #[cold]
    #[inline(never)]
    fn seen(&mut self, shape: &Shape, position: usize, skipped: usize) -> Mark {
        let mark = self.keys.open();
        for (index, entry) in shape.entries.iter().enumerate().take(position) {
            if !self.skipped[skipped..].contains(&(index as u32)) {
                self.keys.push(&entry.name);
            }
        }
        self.skipped.truncate(skipped);
        mark
    }

    /// Reads members in any order, and refuses the object when a name stands in it twice.
    fn any_members(&mut self, node: NodeId, mark: Mark, depth: usize) -> Step {
        loop {
            let name = self.name()?;
            self.keys.push(name.as_bytes());
            let member = self.tree.member(node, name.as_bytes());
            *self.name = name;
            self.wanted(member, self.tree.slot(member), None, depth)?;
            if let After::Close = self.after(b'}')? {
                break;
            }
        }
        if self.keys.close(mark) { Ok(()) } else { Err(Stop::Fault(FaultKind::DuplicateKey)) }
    }

    /// Reads a member's value and notes where it stands, if it is wanted.
    #[inline]
    fn wanted(&mut self, node: NodeId, slot: u32, inside: Option<&mut Shape>, depth: usize) -> Step {
        self.cursor.peek_token()?;
        let start = self.cursor.at;
        let kind = self.value(node, inside, depth)?;
        if slot != NO_SLOT {
            self.slots[slot as usize] = Slot { start: start as u32, end: self.cursor.at as u32, kind };
        }
        Ok(())
    }

    /// Steps over a name, its colon and the white space before them. The name is unescaped, in a buffer to be given back.
    fn name(&mut self) -> Step<String> {
        if self.cursor.peek_token()? != b'"' {
            return Err(MALFORMED);
        }
        let start = self.cursor.at + 1;
        let spelling = self.cursor.string()?;
        let raw = &self.cursor.bytes[start..self.cursor.at - 1];
        let mut name = std::mem::take(self.name);
        text::read_into(raw, spelling.escaped, &mut name);
        self.cursor.peek_token()?;
        self.cursor.expect(b':')?;
        Ok(name)
    }
}

/// Whether the bytes begin with the lead. Word by word, the last one overlapping: names are so short that calling `memcmp`
/// would cost more than comparing.
#[inline]
fn begins_with(bytes: &[u8], lead: &[u8]) -> bool {
    let Some(bytes) = bytes.get(..lead.len()) else { return false };
    let Some(last) = lead.last_chunk::<8>() else { return bytes == lead };
    let (words, _) = lead.as_chunks::<8>();
    let (others, _) = bytes.as_chunks::<8>();
    words.iter().zip(others).all(|(word, other)| word == other) && bytes.last_chunk::<8>() == Some(last)
}

#[cfg(test)]
mod tests {
    use super::begins_with;

    #[test]
    fn a_lead_is_compared_to_its_last_byte() {
        let text = b",\"constituency_code\" : 7";
        for length in 0..text.len() {
            let mut lead = text[..length].to_vec();
            assert!(begins_with(text, &lead), "{length}");
            for place in 0..length {
                lead[place] ^= 1;
                assert!(!begins_with(text, &lead), "{length} {place}");
                lead[place] ^= 1;
            }
        }
        assert!(!begins_with(b"\"a\"", b"\"a\":"));
    }
}
