//! Reads one record whole: validates every byte of it, and notes where the values stand that the plan names.
//!
//! It writes nothing and decides nothing. Dropped values are read as strictly as kept ones.

use super::super::fault::FaultKind;
use super::super::json::cursor::{Cursor, Spelling, Step, Stop, plain_string};
use super::super::json::keys::{Keys, Mark};
use super::super::json::text;
use super::super::learnt::Learnt;
use super::super::stops::{Kernel, Lookout};
use super::super::tree::{NodeId, Tree};
use super::shape::{Place, Shape};
use super::short::short_scalar;
use super::slot::{Kind, Slot};

const MALFORMED: Stop = Stop::Fault(FaultKind::Malformed);

/// What reading needs beside the bytes: reused from record to record, so that reading allocates nothing.
pub(in super::super) struct Desk {
    /// Where the wanted values stand.
    pub slots: Vec<Slot>,
    /// Finds where strings end.
    pub lookout: Lookout,
    learnt: Learnt,
    tools: Tools,
}

/// What reading one value needs to remember.
#[derive(Default)]
struct Tools {
    keys: Keys,
    skipped: Vec<u32>,
    name: String,
}

/// Where a value stands, and what is wanted of it.
#[derive(Clone, Copy)]
pub(in super::super) struct Task<'t> {
    /// The paths that are wanted.
    pub tree: &'t Tree,
    /// Objects and arrays around it.
    pub depth: usize,
    /// Objects and arrays that may stand inside one another.
    pub depth_max: usize,
}

/// One value being read.
struct Scan<'s, 'b> {
    cursor: Cursor<'b>,
    tree: &'s Tree,
    depth_max: usize,
    slots: &'s mut [Slot],
    /// Members that all shapes have learnt.
    learnt: &'s mut usize,
    tools: &'s mut Tools,
}

impl Default for Desk {
    fn default() -> Self {
        Self::new(Kernel::fastest())
    }
}

impl Desk {
    /// A desk whose strings' ends are found with this kernel.
    pub fn new(kernel: Kernel) -> Self {
        let lookout = Lookout::new(b'\\', kernel);
        Self { slots: Vec::new(), lookout, learnt: Learnt::default(), tools: Tools::default() }
    }

    /// A desk that knows what bodies before have taught.
    pub fn knowing(learnt: Learnt) -> Self {
        Self { learnt, ..Self::default() }
    }

    /// What it has learnt. It begins anew.
    pub fn take_learnt(&mut self) -> Learnt {
        std::mem::take(&mut self.learnt)
    }

    /// Looks at bytes that are to be read in parts with [`object_at`](Self::object_at) and [`unwanted_at`](Self::unwanted_at).
    pub fn look(&mut self, bytes: &[u8]) {
        self.lookout.look(bytes);
    }

    /// A cursor in bytes that were looked at, or in a beginning of them.
    pub fn cursor<'b>(&'b self, bytes: &'b [u8], at: usize) -> Cursor<'b> {
        Cursor::new(bytes, self.lookout.all(), at)
    }

    /// Reads the object at a place. The bytes that it takes, or why not and after how many bytes.
    pub fn object_at(&mut self, bytes: &[u8], at: usize, task: Task<'_>) -> Result<usize, (Stop, usize)> {
        self.slots.clear();
        self.slots.resize(task.tree.slots(), Slot::default());
        let Self { slots, lookout, learnt: Learnt { shape, members }, tools } = self;
        let mut scan = Scan::new(Cursor::new(bytes, lookout.all(), at), slots, (members, tools), task);
        let read = scan.object_by(NodeId::ROOT, shape, task.depth);
        let taken = scan.cursor.at - at;
        read.map(|()| taken).map_err(|stop| (stop, taken))
    }

    /// Reads the value at a place, of which nothing is wanted.
    pub fn unwanted_at(&mut self, bytes: &[u8], at: usize, task: Task<'_>) -> Result<(Kind, usize), (Stop, usize)> {
        self.slots.clear();
        let Self { slots, lookout, learnt, tools } = self;
        let mut scan = Scan::new(Cursor::new(bytes, lookout.all(), at), slots, (&mut learnt.members, tools), task);
        let read = scan.value(NodeId::NOTHING, None, task.depth);
        let taken = scan.cursor.at - at;
        read.map(|kind| (kind, taken)).map_err(|stop| (stop, taken))
    }

    /// Bytes that are held between records.
    pub fn held(&self) -> usize {
        self.lookout.held()
    }
}

/// What follows a member.
enum After {
    Another,
    Close,
}

impl<'s, 'b> Scan<'s, 'b> {
    fn new(cursor: Cursor<'b>, slots: &'s mut [Slot], (learnt, tools): (&'s mut usize, &'s mut Tools), task: Task<'s>) -> Self {
        tools.keys.clear();
        tools.skipped.clear();
        Self { cursor, tree: task.tree, depth_max: task.depth_max, slots, learnt, tools }
    }

    /// Reads any value.
    #[inline]
    fn value(&mut self, node: NodeId, inside: Option<&mut Shape>, depth: usize) -> Step<Kind> {
        match self.cursor.peek()? {
            b'"' => Ok(match self.cursor.string()? {
                Spelling::Ascii => Kind::Ascii,
                Spelling::Plain => Kind::Plain,
                Spelling::Escaped => Kind::Escaped,
            }),
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
            match (self.cursor.peek_token()?, inside.as_deref_mut()) {
                (b'{', Some(shape)) => self.object_by(NodeId::NOTHING, shape, depth + 1)?,
                (_, inside) => _ = self.value(NodeId::NOTHING, inside, depth + 1)?,
            }
            if let After::Close = self.after(b']')? {
                return Ok(());
            }
        }
    }

    /// Reads an object.
    fn object(&mut self, node: NodeId, shape: Option<&mut Shape>, depth: usize) -> Step {
        if let Some(shape) = shape {
            return self.object_by(node, shape, depth);
        }
        if self.begin(depth)? {
            let mark = self.tools.keys.open();
            self.any_members(node, mark, depth + 1)?;
        }
        Ok(())
    }

    /// Reads an object by the shape. Most follow it to their ends, and are done with here.
    fn object_by(&mut self, node: NodeId, shape: &mut Shape, depth: usize) -> Step {
        if !self.begin(depth)? {
            return Ok(());
        }
        shape.settle(node, self.learnt);
        let read = self.follow(shape, 0, depth + 1)?;
        if read > 0 && read == shape.entries.len() && self.cursor.bytes.get(self.cursor.at) == Some(&b'}') {
            self.cursor.at += 1;
            return Ok(());
        }
        self.members(node, shape, read, depth + 1)
    }

    /// Steps over the bracket that opens an object, and the one that closes it where it is empty. Whether it has members.
    #[inline]
    fn begin(&mut self, depth: usize) -> Step<bool> {
        self.open(depth)?;
        let begins = self.cursor.bytes.get(self.cursor.at) == Some(&b'"');
        if !begins && self.cursor.peek_token()? == b'}' {
            self.cursor.at += 1;
            return Ok(false);
        }
        Ok(true)
    }

    /// Reads members of which so many have followed the shape: by the shape for as long as they come in its order, and the others in
    /// full.
    #[inline(never)]
    fn members(&mut self, node: NodeId, shape: &mut Shape, mut position: usize, depth: usize) -> Step {
        let skipped = self.tools.skipped.len();
        let mut begun = position > 0;
        loop {
            if begun && let After::Close = self.after(b'}')? {
                break;
            }
            let place = self.place(node, shape, position, begun)?;
            let Place::Ahead(found) = place else {
                let mark = self.seen(shape, position, skipped);
                if place == Place::Behind {
                    shape.forget(self.learnt);
                }
                return self.any_members(node, mark, depth);
            };
            self.tools.skipped.extend((position..found).map(|skipped| skipped as u32));
            let Some(entry) = shape.entries.get_mut(found) else { return Err(MALFORMED) };
            self.wanted(entry.node, entry.slot, Some(&mut entry.inside), depth)?;
            position = found + 1;
            position += self.follow(shape, position, depth)?;
            begun = true;
        }
        self.tools.skipped.truncate(skipped);
        Ok(())
    }

    /// Reads members for as long as each is the one that the shape expects, from a position on, and stops behind a value. How many
    /// there were.
    ///
    /// Most of all bytes are read here, so the place is kept in a local, and a string that is whole and plain costs no call.
    #[inline(always)]
    fn follow(&mut self, shape: &mut Shape, position: usize, depth: usize) -> Step<usize> {
        let (bytes, stops) = (self.cursor.bytes, self.cursor.stops);
        let mut at = self.cursor.at;
        let entries = shape.entries.get_mut(position..).unwrap_or_default();
        let all = entries.len();
        let mut left = all;
        for entry in entries {
            if !entry.lead.stands(bytes, at) {
                break;
            }
            left -= 1;
            at += entry.lead.len();
            if let Some(end) = plain_string(bytes, stops, at) {
                note(self.slots, entry.slot, Slot::new(at, end, Kind::Ascii));
                at = end;
            } else if let Some((end, kind)) = short_scalar(bytes, at) {
                note(self.slots, entry.slot, Slot::new(at, end, kind));
                at = end;
            } else {
                self.cursor.at = at;
                let kind = match bytes.get(at) {
                    Some(b'{') => self.object_by(entry.node, &mut entry.inside, depth).map(|()| Kind::Container),
                    Some(b'[') => self.array(Some(&mut entry.inside), depth).map(|()| Kind::Container),
                    _ => {
                        self.cursor.peek_token()?;
                        at = self.cursor.at;
                        self.value(entry.node, Some(&mut entry.inside), depth)
                    }
                }?;
                note(self.slots, entry.slot, Slot::new(at, self.cursor.at, kind));
                at = self.cursor.at;
            }
        }
        self.cursor.at = at;
        Ok(all - left)
    }

    /// Steps over a name, behind a comma unless it is the first, and finds or learns its position in the shape. Anything but `Ahead`
    /// leaves the cursor before the name.
    #[cold]
    #[inline(never)]
    fn place(&mut self, node: NodeId, shape: &mut Shape, position: usize, begun: bool) -> Step<Place> {
        let start = self.cursor.at;
        let name = self.name()?;
        self.cursor.peek_token()?;
        let lead = &self.cursor.bytes[start - usize::from(begun)..self.cursor.at];
        let mut place = shape.find(name.as_bytes(), position);
        if place == Place::Nowhere {
            let member = self.tree.member(node, name.as_bytes());
            let target = (member, self.tree.slot(member));
            if shape.learn(position, lead, name.as_bytes(), target, self.learnt) {
                place = Place::Ahead(position);
            }
        }
        self.tools.name = name;
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
        let mark = self.tools.keys.open();
        for (index, entry) in shape.entries.iter().enumerate().take(position) {
            if !self.tools.skipped[skipped..].contains(&(index as u32)) {
                self.tools.keys.push(&entry.name);
            }
        }
        self.tools.skipped.truncate(skipped);
        mark
    }

    /// Reads members in any order, and refuses the object when a name stands in it twice.
    fn any_members(&mut self, node: NodeId, mark: Mark, depth: usize) -> Step {
        loop {
            let name = self.name()?;
            self.tools.keys.push(name.as_bytes());
            let member = self.tree.member(node, name.as_bytes());
            self.tools.name = name;
            self.wanted(member, self.tree.slot(member), None, depth)?;
            if let After::Close = self.after(b'}')? {
                break;
            }
        }
        if self.tools.keys.close(mark) { Ok(()) } else { Err(Stop::Fault(FaultKind::DuplicateKey)) }
    }

    /// Reads a member's value and notes where it stands, if it is wanted.
    #[inline]
    fn wanted(&mut self, node: NodeId, slot: u32, inside: Option<&mut Shape>, depth: usize) -> Step {
        self.cursor.peek_token()?;
        let start = self.cursor.at;
        let kind = self.value(node, inside, depth)?;
        note(self.slots, slot, Slot::new(start, self.cursor.at, kind));
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
        let mut name = std::mem::take(&mut self.tools.name);
        text::read_into(raw, spelling == Spelling::Escaped, &mut name);
        self.cursor.peek_token()?;
        self.cursor.expect(b':')?;
        Ok(name)
    }
}

/// Notes where a value stands, if it has a slot.
#[inline]
fn note(slots: &mut [Slot], slot: u32, value: Slot) {
    // `NO_SLOT` is beyond all slots.
    if let Some(slot) = slots.get_mut(slot as usize) {
        *slot = value;
    }
}
