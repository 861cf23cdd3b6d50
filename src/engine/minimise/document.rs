//! The reader of one JSON text: an envelope, and an array of records in it.
//!
//! A body is read in units: a record, or a name or value beside the records. A unit that is whole inside a chunk is read
//! where it lies. One that a chunk boundary cuts is carried: with some of what follows it is read like any other, if it
//! ends there; if not, a byte-wise scan finds its end first. So every byte is looked at a few times at the most, whatever
//! the chunks, and no more than one unit is ever held.

use std::sync::Arc;

use super::envelope::{Envelope, NextLink, Role};
use super::fault::{Fault, FaultKind};
use super::json::boundary::{Boundary, ends_bare};
use super::json::cursor::{Spelling, Stop};
use super::json::text;
use super::learnt::Learnt;
use super::machine::Ends;
use super::outlet::Outlet;
use super::plan::{Bounds, Plan};
use super::record::scan::{Desk, Task};
use super::record::slot::Found;
use super::stops::{Kernel, PIECE};
use super::unnamed;
use super::witness::Witness;
use crate::engine::form::Form;

/// A unit that a chunk boundary cuts is looked for in so many bytes at the most before its end is known.
const REACH_MAX: usize = 16 << 10;

/// Reads one body.
pub(super) struct Document {
    plan: Arc<Plan>,
    expect: Expect,
    envelope: Envelope,
    desk: Desk,
    scratch: String,
    /// The beginning of the unit that the last chunk cut, and how far its end has been searched for, if it has.
    carry: Vec<u8>,
    boundary: Option<Boundary>,
    /// Bytes of the last unit: most are about as long as the one before.
    length: usize,
    /// Bytes of the body before the unit that is read.
    base: u64,
    /// Bytes that may still stand beside the records.
    envelope_left: usize,
}

/// What the next byte, white space aside, must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// The body's opening bracket.
    Body,
    /// A name, or the end of an empty object.
    FirstName,
    /// A name.
    Name,
    /// A colon.
    Colon,
    /// A value.
    Value,
    /// A comma or the end of the object.
    AfterMember,
    /// A record, or the end of an empty array.
    FirstRecord,
    /// A record.
    Record,
    /// A comma or the end of the array.
    AfterRecord,
    /// The one record.
    Single,
    /// Nothing more.
    End,
}

impl Expect {
    fn in_records(self) -> bool {
        matches!(self, Self::FirstRecord | Self::Record | Self::AfterRecord | Self::Single)
    }
}

/// A unit that was not read: why, and the bytes of it before the place.
type Unread = (Stop, usize);

impl Document {
    /// A reader at the beginning of a body.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            expect: Expect::Body,
            envelope: Envelope::default(),
            desk: Desk::knowing(plan.lessons.take()),
            scratch: String::new(),
            carry: Vec::new(),
            boundary: None,
            length: 0,
            base: 0,
            envelope_left: plan.spec().bounds.envelope_bytes_max,
            plan,
        }
    }

    /// What was learnt of the records' shape.
    pub fn take_learnt(&mut self) -> Learnt {
        self.desk.take_learnt()
    }

    /// Whether only the records leave, and nothing of what stands around them.
    pub fn leave_envelope_behind(&mut self, behind: bool) {
        self.envelope.silent = behind;
    }

    /// Chooses how the ends of strings are found.
    pub fn look_with(&mut self, kernel: Kernel) {
        self.desk.lookout.kernel = kernel;
    }

    /// Whether the body has come to its end.
    pub fn ended(&self) -> bool {
        self.expect == Expect::End
    }

    /// Whether the member that says where the next page is has been read, or the body has ended without it.
    pub fn next_is_known(&self) -> bool {
        self.envelope.has_next || self.ended()
    }

    /// Bytes that are held between chunks.
    pub fn held(&self) -> usize {
        self.carry.capacity() + self.desk.held()
    }

    /// Bytes that were fed so far.
    pub fn received(&self) -> u64 {
        self.base + self.carry.len() as u64
    }

    /// Forgets what is held.
    pub fn let_go(&mut self) {
        self.carry = Vec::new();
    }

    fn bounds(&self) -> &Bounds {
        &self.plan.spec().bounds
    }

    fn fault(&self, kind: FaultKind, at: usize) -> Fault {
        Fault { kind, offset: self.base + at as u64 }
    }

    /// Reads the next bytes.
    pub fn advance<W: Witness>(&mut self, input: &[u8], ends: &mut Ends<'_, W>) -> Result<(), Fault> {
        for piece in input.chunks(PIECE) {
            let mut taken = 0;
            while !self.carry.is_empty() && taken < piece.len() {
                taken += self.resume(&piece[taken..], ends)?;
            }
            self.read(&piece[taken..], ends)?;
        }
        Ok(())
    }

    /// Reads all of a piece, and carries what its end cuts.
    fn read<W: Witness>(&mut self, piece: &[u8], ends: &mut Ends<'_, W>) -> Result<(), Fault> {
        self.desk.look(piece);
        let mut at = 0;
        while at < piece.len() {
            at += self.step(piece, at, ends)?;
        }
        Ok(())
    }

    /// Takes white space, one byte of punctuation, or one unit. The bytes taken.
    fn step<W: Witness>(&mut self, piece: &[u8], at: usize, ends: &mut Ends<'_, W>) -> Result<usize, Fault> {
        let in_records = self.expect.in_records();
        let room = if in_records { piece.len() - at } else { self.envelope_left };
        let piece = &piece[..piece.len().min(at.saturating_add(room))];
        let Some(&byte) = piece.get(at) else { return Err(self.fault(FaultKind::EnvelopeTooLarge, 0)) };
        let taken = match (self.expect, byte) {
            (_, b' ' | b'\n' | b'\r' | b'\t') => text::blanks(&piece[at..]),
            (Expect::FirstRecord | Expect::Record | Expect::Single, b'{') | (Expect::FirstName | Expect::Name, b'"') => {
                return self.begin(piece, at, ends);
            }
            (Expect::Body, b'{') if self.is_the_record() => {
                self.too_deep()?;
                self.envelope.open_single(ends.out);
                self.expect = Expect::Single;
                return self.begin(piece, at, ends);
            }
            (Expect::Value, _) => return self.value(byte, piece, at, ends),
            _ => self.punctuation(byte, ends.outlet.tally.released, ends.out)?,
        };
        self.pass(taken, in_records);
        Ok(taken)
    }

    /// Notes that bytes are done with.
    fn pass(&mut self, taken: usize, in_records: bool) {
        self.base += taken as u64;
        if !in_records {
            self.envelope_left -= taken;
        }
    }

    /// Whether the body is the one record.
    fn is_the_record(&self) -> bool {
        self.plan.spec().single && self.plan.spec().records.parts().is_empty()
    }

    /// `records` have left so far.
    fn punctuation(&mut self, byte: u8, records: u64, out: &mut Vec<u8>) -> Result<usize, Fault> {
        self.expect = match (self.expect, byte) {
            (Expect::AfterRecord, b',') => Expect::Record,
            (Expect::FirstRecord | Expect::AfterRecord, b']') => self.close_records(out),
            (Expect::Colon, b':') => Expect::Value,
            (Expect::AfterMember, b',') => Expect::Name,
            (Expect::FirstName | Expect::AfterMember, b'}') => self.close_object(records, out)?,
            (Expect::Body, b'[') if self.plan.spec().records.parts().is_empty() && !self.plan.spec().single => {
                self.open_records(out)?
            }
            (Expect::Body, b'{') if !self.plan.spec().records.parts().is_empty() => self.open_object()?,
            (Expect::Body | Expect::FirstRecord | Expect::Record | Expect::Single, _) => return Err(self.unexpected(byte)),
            _ => return Err(self.fault(FaultKind::Malformed, 0)),
        };
        Ok(1)
    }

    /// Not the value that the plan says, or no value at all.
    fn unexpected(&self, byte: u8) -> Fault {
        let begins_value = matches!(byte, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n');
        self.fault(if begins_value { FaultKind::ShapeUnexpected } else { FaultKind::Malformed }, 0)
    }

    fn too_deep(&self) -> Result<(), Fault> {
        let deep = self.envelope.depth() >= self.bounds().depth_max;
        if deep { Err(self.fault(FaultKind::TooDeep, 0)) } else { Ok(()) }
    }

    fn open_object(&mut self) -> Result<Expect, Fault> {
        self.too_deep()?;
        self.envelope.enter();
        Ok(Expect::FirstName)
    }

    fn close_object(&mut self, records: u64, out: &mut Vec<u8>) -> Result<Expect, Fault> {
        let last = self.envelope.depth() == 1;
        if last && !self.envelope.has_records {
            return Err(self.fault(FaultKind::ShapeUnexpected, 0));
        }
        if let Some(count) = self.plan.spec().count.as_ref().filter(|_| last) {
            self.envelope.count(count, records, out);
        }
        self.envelope.leave(&self.plan.frame, out);
        Ok(if last { Expect::End } else { Expect::AfterMember })
    }

    fn open_records(&mut self, out: &mut Vec<u8>) -> Result<Expect, Fault> {
        self.too_deep()?;
        self.envelope.open_records(out);
        Ok(Expect::FirstRecord)
    }

    fn close_records(&mut self, out: &mut Vec<u8>) -> Expect {
        self.envelope.close_records(out);
        if self.envelope.depth() == 0 { Expect::End } else { Expect::AfterMember }
    }

    /// Enters a value that holds something wanted, or reads one as a unit.
    fn value<W: Witness>(&mut self, byte: u8, piece: &[u8], at: usize, ends: &mut Ends<'_, W>) -> Result<usize, Fault> {
        let member = self.envelope.member;
        self.expect = match (self.plan.frame.role(member), byte) {
            (Some(Role::Records), b'{') if self.plan.spec().single => {
                self.too_deep()?;
                self.envelope.open_single(ends.out);
                self.expect = Expect::Single;
                return Ok(0);
            }
            (Some(Role::Records), b'[') if !self.plan.spec().single => self.open_records(ends.out)?,
            (Some(Role::Records), _) | (Some(Role::Next), b'{' | b'[' | b't') => return Err(self.unexpected(byte)),
            (_, b'{') if self.plan.frame.tree.leads_on(member) => self.open_object()?,
            _ => return self.begin(piece, at, ends),
        };
        self.pass(1, false);
        Ok(1)
    }

    /// The bytes that the unit may have, and what it is when it has more.
    fn limit(&self) -> (usize, FaultKind) {
        if self.expect.in_records() {
            (self.bounds().record_bytes_max, FaultKind::RecordTooLarge)
        } else {
            (self.envelope_left, FaultKind::EnvelopeTooLarge)
        }
    }

    /// Reads a unit where it lies, or begins to carry it.
    fn begin<W: Witness>(&mut self, piece: &[u8], at: usize, ends: &mut Ends<'_, W>) -> Result<usize, Fault> {
        let (limit, too_large) = self.limit();
        let piece = &piece[..piece.len().min(at.saturating_add(limit))];
        let in_records = self.expect.in_records();
        match self.unit(piece, at, ends) {
            Ok(taken) => {
                self.length = taken;
                self.pass(taken, in_records);
                Ok(taken)
            }
            Err((Stop::Fault(kind), before)) => Err(self.fault(kind, before)),
            Err((Stop::More, _)) if piece.len() - at == limit => Err(self.fault(too_large, limit)),
            Err((Stop::More, _)) => {
                let cut = &piece[at..];
                self.boundary = None;
                self.carry.extend_from_slice(cut);
                Ok(cut.len())
            }
        }
    }

    /// Goes on with the unit that is carried.
    fn resume<W: Witness>(&mut self, rest: &[u8], ends: &mut Ends<'_, W>) -> Result<usize, Fault> {
        let (limit, too_large) = self.limit();
        let window = &rest[..rest.len().min(limit - self.carry.len())];
        let mut boundary = match self.boundary {
            Some(boundary) => boundary,
            None => match self.reach(window, ends)? {
                Some(taken) => return Ok(taken),
                None => Boundary::behind(&self.carry),
            },
        };
        let end = boundary.advance(window);
        self.boundary = Some(boundary);
        let Some(end) = end else {
            self.carry.extend_from_slice(window);
            return if self.carry.len() == limit { Err(self.stranded(too_large, ends.outlet)) } else { Ok(window.len()) };
        };
        let own = self.carry.len() + end.own;
        match self.carried(&window[..end.seen], ends) {
            Ok(taken) => debug_assert_eq!(taken, own, "the cursor and the boundary agree about what is valid"),
            Err((stop, at)) => return Err(self.fault(kind_of(stop), at)),
        }
        Ok(end.own)
    }

    /// Reads the unit that is carried, if it ends within reach. The bytes of the window that it takes.
    fn reach<W: Witness>(&mut self, window: &[u8], ends: &mut Ends<'_, W>) -> Result<Option<usize>, Fault> {
        let (before, reach) = (self.carry.len(), self.length.min(REACH_MAX));
        match self.carried(&window[..window.len().min(reach)], ends) {
            Ok(taken) => Ok(Some(taken - before)),
            Err((Stop::More, _)) => Ok(None),
            Err((Stop::Fault(kind), at)) => Err(self.fault(kind, at)),
        }
    }

    /// Reads the unit that is carried and goes on so; goes on carrying it as it was where it does not end there.
    fn carried<W: Witness>(&mut self, more: &[u8], ends: &mut Ends<'_, W>) -> Result<usize, Unread> {
        let in_records = self.expect.in_records();
        let mut carried = std::mem::take(&mut self.carry);
        let before = carried.len();
        carried.extend_from_slice(more);
        self.desk.look(&carried);
        let read = self.unit(&carried, 0, ends);
        carried.truncate(if read.is_ok() { 0 } else { before });
        self.carry = carried;
        if let Ok(taken) = read {
            self.pass(taken, in_records);
        }
        read
    }

    /// The fault of a unit that will not be whole: its own, if it has one, or else the one given.
    pub fn stranded<W: Witness>(&mut self, otherwise: FaultKind, outlet: &mut Outlet<W>) -> Fault {
        if self.carry.is_empty() {
            return self.fault(otherwise, 0);
        }
        let carried = std::mem::take(&mut self.carry);
        self.desk.look(&carried);
        match self.unit(&carried, 0, &mut Ends { outlet, next: &mut Nowhere, out: &mut Vec::new() }) {
            Err((Stop::Fault(kind), at)) => self.fault(kind, at),
            _ => self.fault(otherwise, carried.len()),
        }
    }

    /// Reads the unit at a place of bytes that were looked at. The bytes that it takes.
    fn unit<W: Witness>(&mut self, bytes: &[u8], at: usize, ends: &mut Ends<'_, W>) -> Result<usize, Unread> {
        match self.expect {
            Expect::FirstRecord | Expect::Record | Expect::Single => self.record(bytes, at, ends.outlet, ends.out),
            Expect::Value => self.scalar(bytes, at, ends),
            _ => self.name(bytes, at),
        }
    }

    fn record<W: Witness>(
        &mut self,
        bytes: &[u8],
        at: usize,
        outlet: &mut Outlet<W>,
        out: &mut Vec<u8>,
    ) -> Result<usize, Unread> {
        let plan = &*self.plan;
        let single = plan.spec().single;
        let depth = self.envelope.depth() + usize::from(!single);
        let task = Task { tree: &plan.tree, depth, depth_max: plan.spec().bounds.depth_max };
        let taken = self.desk.object_at(bytes, at, task)?;
        self.expect = match self.envelope.depth() {
            _ if !single => Expect::AfterRecord,
            0 => Expect::End,
            _ => Expect::AfterMember,
        };
        if W::WATCHES {
            unnamed::tell(&bytes[at..at + taken], plan, &mut outlet.witness);
        }
        outlet.record(bytes, &self.desk.slots, out);
        if single && outlet.tally.released == 0 && outlet.form == Form::Json {
            // It is left out, and its place has to hold something.
            out.extend_from_slice(b"null");
        }
        Ok(taken)
    }

    fn scalar<W: Witness>(&mut self, bytes: &[u8], at: usize, ends: &mut Ends<'_, W>) -> Result<usize, Unread> {
        let (tree, depth_max) = (&self.plan.tree, self.plan.spec().bounds.depth_max);
        let (kind, taken) = self.desk.unwanted_at(bytes, at, Task { tree, depth: self.envelope.depth(), depth_max })?;
        if kind.is_bare() {
            // Nothing of it leaves before it has ended: `nulll`, or `nul` and nothing more, is no value.
            let after = *bytes.get(at + taken).ok_or((Stop::More, taken))?;
            if !ends_bare(after) {
                return Err((Stop::Fault(FaultKind::Malformed), taken));
            }
        }
        let found = Found { kind, raw: &bytes[at..at + taken] };
        match self.plan.frame.role(self.envelope.member) {
            Some(Role::Next) => self.envelope.next(found, ends.next, ends.out),
            Some(Role::Scalar) => self.envelope.scalar(found, ends.out),
            _ => {}
        }
        self.expect = Expect::AfterMember;
        Ok(taken)
    }

    fn name(&mut self, bytes: &[u8], at: usize) -> Result<usize, Unread> {
        let mut cursor = self.desk.cursor(bytes, at);
        let spelling = cursor.string().map_err(|stop| (stop, cursor.at - at))?;
        let after = cursor.at;
        let name = text::read(&bytes[at + 1..after - 1], spelling == Spelling::Escaped, &mut self.scratch);
        if !self.envelope.name(name, &self.plan.frame.tree) {
            return Err((Stop::Fault(FaultKind::DuplicateKey), 0));
        }
        self.expect = Expect::Colon;
        Ok(after - at)
    }
}

/// What is wrong with a unit whose bytes are all there.
fn kind_of(stop: Stop) -> FaultKind {
    match stop {
        Stop::Fault(kind) => kind,
        Stop::More => FaultKind::Malformed,
    }
}

/// Knows no next page.
struct Nowhere;

impl NextLink for Nowhere {
    fn link(&mut self, _: &str) -> Option<String> {
        None
    }
}
