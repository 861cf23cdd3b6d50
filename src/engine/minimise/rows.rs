//! The reader of lines and rows: NDJSON and CSV, where each record ends with a line break.
//!
//! A row that is whole inside a chunk is read where it lies; one that a chunk boundary cuts is carried, and no byte of it is
//! searched twice for its end. Never holds more than one row.

use super::csv::table::Table;
use super::fault::{Fault, FaultKind};
use super::json::cursor::Stop;
use super::json::text;
use super::learnt::Learnt;
use super::outlet::Outlet;
use super::plan::Plan;
use super::record::scan::{Desk, Task};
use super::stops::{Kernel, PIECE};
use super::unnamed;
use super::witness::Witness;

/// Reads one body.
pub(super) struct Rows {
    reader: Reader,
    /// The beginning of the row that the last chunk cut.
    carry: Vec<u8>,
    /// Bytes of the body before the row that is read.
    base: u64,
}

/// What a row is.
enum Reader {
    /// A line of NDJSON: one object, and white space around it. A blank line is none.
    Line(Box<Desk>),
    /// A row of CSV.
    Table(Box<Table>),
}

/// What is wrong with a row, and the bytes before the place.
type Unread = (FaultKind, usize);

impl Rows {
    /// A reader of NDJSON.
    pub fn lines(learnt: Learnt) -> Self {
        Self { reader: Reader::Line(Box::new(Desk::knowing(learnt))), carry: Vec::new(), base: 0 }
    }

    /// A reader of CSV with so many columns.
    pub fn table(columns: usize) -> Self {
        Self { reader: Reader::Table(Box::new(Table::new(columns))), carry: Vec::new(), base: 0 }
    }

    /// What was learnt of the lines' shape.
    pub fn take_learnt(&mut self) -> Learnt {
        match &mut self.reader {
            Reader::Line(desk) => desk.take_learnt(),
            Reader::Table(_) => Learnt::default(),
        }
    }

    /// Chooses how the ends of strings and cells are found.
    pub fn look_with(&mut self, kernel: Kernel) {
        match &mut self.reader {
            Reader::Line(desk) => desk.lookout.kernel = kernel,
            Reader::Table(table) => table.lookout.kernel = kernel,
        }
    }

    /// Bytes that were fed so far.
    pub fn received(&self) -> u64 {
        self.base + self.carry.len() as u64
    }

    /// Bytes that are held between chunks.
    pub fn held(&self) -> usize {
        let looking = match &self.reader {
            Reader::Line(desk) => desk.held(),
            Reader::Table(table) => table.lookout.held(),
        };
        self.carry.capacity() + looking
    }

    /// Forgets what is held.
    pub fn let_go(&mut self) {
        self.carry = Vec::new();
    }

    /// Reads the next bytes.
    pub fn advance<W: Witness>(&mut self, input: &[u8], outlet: &mut Outlet<W>, out: &mut Vec<u8>) -> Result<(), Fault> {
        input.chunks(PIECE).try_for_each(|piece| self.read(piece, outlet, out))
    }

    /// Reads all of a piece, and carries what its end cuts.
    fn read<W: Witness>(&mut self, piece: &[u8], outlet: &mut Outlet<W>, out: &mut Vec<u8>) -> Result<(), Fault> {
        let limit = outlet.plan.spec().bounds.record_bytes_max;
        self.reader.look(piece);
        let mut at = 0;
        while at < piece.len() {
            let carried = self.carry.len();
            let window = &piece[..piece.len().min(at + limit - carried)];
            let end = self.reader.end(window, at, carried);
            match end.map_err(|(kind, place)| self.fault(kind, carried + place - at))? {
                Some(end) => {
                    self.row(&window[at..end], outlet, out)?;
                    at = end;
                }
                None => {
                    self.carry.extend_from_slice(&window[at..]);
                    at = window.len();
                }
            }
            if self.carry.len() == limit {
                return Err(self.fault(FaultKind::RecordTooLarge, limit));
            }
        }
        Ok(())
    }

    /// Ends the body. The last row needs no line break; a table needs its header.
    pub fn finish<W: Witness>(&mut self, outlet: &mut Outlet<W>, out: &mut Vec<u8>) -> Result<(), Fault> {
        if !self.carry.is_empty() {
            let length = self.carry.len();
            self.reader.finish(length).map_err(|kind| self.fault(kind, length))?;
            self.row(&[], outlet, out)?;
        }
        match &self.reader {
            Reader::Table(table) if !table.is_headed() => Err(self.fault(FaultKind::ShapeUnexpected, 0)),
            _ => Ok(()),
        }
    }

    fn fault(&self, kind: FaultKind, at: usize) -> Fault {
        Fault { kind, offset: self.base + at as u64 }
    }

    /// Reads a row that is whole: what is carried of it, and its end.
    fn row<W: Witness>(&mut self, end: &[u8], outlet: &mut Outlet<W>, out: &mut Vec<u8>) -> Result<(), Fault> {
        let read = if self.carry.is_empty() {
            self.reader.row(end, outlet, out)
        } else {
            self.carry.extend_from_slice(end);
            self.reader.row(&self.carry, outlet, out)
        };
        read.map_err(|(kind, at)| self.fault(kind, at))?;
        self.base += self.carry.len().max(end.len()) as u64;
        self.carry.clear();
        Ok(())
    }
}

impl Reader {
    /// Looks at bytes whose rows are asked for.
    fn look(&mut self, bytes: &[u8]) {
        if let Self::Table(table) = self {
            table.lookout.look(bytes);
        }
    }

    /// The place behind the row that begins at a place, or goes on there after so many bytes that are carried; `None` where it goes on
    /// behind the bytes.
    fn end(&mut self, bytes: &[u8], at: usize, carried: usize) -> Result<Option<usize>, Unread> {
        match self {
            Self::Line(_) => Ok(memchr::memchr(b'\n', &bytes[at..]).map(|end| at + end + 1)),
            Self::Table(table) => {
                let Table { scanner, lookout, .. } = &mut **table;
                scanner.advance(bytes, lookout.all(), at, carried).map_err(|(kind, at)| (table.fault(kind), at))
            }
        }
    }

    fn finish(&mut self, length: usize) -> Result<(), FaultKind> {
        match self {
            Self::Line(_) => Ok(()),
            Self::Table(table) => table.scanner.finish(length).map_err(|kind| table.fault(kind)),
        }
    }

    fn row<W: Witness>(&mut self, row: &[u8], outlet: &mut Outlet<W>, out: &mut Vec<u8>) -> Result<(), Unread> {
        match self {
            Self::Line(desk) => line(desk, row, outlet, out),
            Self::Table(table) => {
                table.row(row, outlet, out)?;
                table.scanner.next_row();
                Ok(())
            }
        }
    }
}

/// Reads a line: white space, one object, white space.
fn line<W: Witness>(desk: &mut Desk, line: &[u8], outlet: &mut Outlet<W>, out: &mut Vec<u8>) -> Result<(), Unread> {
    let start = text::blanks(line);
    let record = &line[start..];
    match record.first() {
        Some(b'{') => {}
        Some(b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => return Err((FaultKind::ShapeUnexpected, start)),
        _ => return Err((FaultKind::Malformed, start)),
    }
    let taken = object(desk, record, &outlet.plan).map_err(|(kind, at)| (kind, start + at))?;
    let (record, after) = record.split_at(taken);
    let blank = text::blanks(after);
    if blank < after.len() {
        return Err((FaultKind::Malformed, start + taken + blank));
    }
    if W::WATCHES {
        unnamed::tell(record, &outlet.plan, &mut outlet.witness);
    }
    outlet.record(record, &desk.slots, out);
    Ok(())
}

fn object(desk: &mut Desk, record: &[u8], plan: &Plan) -> Result<usize, Unread> {
    let task = Task { tree: &plan.tree, depth: 0, depth_max: plan.spec().bounds.depth_max };
    desk.look(record);
    desk.object_at(record, 0, task).map_err(|(stop, at)| match stop {
        Stop::Fault(kind) => (kind, at),
        // The line is whole, so nothing more comes.
        Stop::More => (FaultKind::Malformed, at),
    })
}
