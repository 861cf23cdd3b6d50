//! The push machine: bytes in, bytes out, right at every chunk boundary.
//!
//! It chooses the reader for the form in which the source writes, bounds the body, and remembers the first fault. What is
//! read is the readers' business, and what leaves the outlet's.

use std::sync::Arc;

use super::document::Document;
use super::envelope::NextLink;
use super::fault::{Fault, FaultKind};
use super::outlet::Outlet;
use super::plan::Plan;
use super::pseudonym::Keyring;
use super::rows::Rows;
use super::stops::Kernel;
use super::tally::Tally;
use super::witness::Witness;
use crate::engine::form::Form;

/// Turns one body into what may leave of it.
///
/// Feed it the body's bytes in any pieces, then call [`finish`](Self::finish). When that succeeds, everything that was
/// appended is one whole list in the form that was chosen. At a fault the exchange is over: what was appended before may
/// have been sent, and must then be broken off visibly. No byte of a record is appended before the whole record has been
/// validated.
pub struct Minimiser<W = ()> {
    outlet: Outlet<W>,
    reader: Reader,
    fault: Option<Fault>,
}

/// What reads the form in which the source writes.
enum Reader {
    /// One JSON text.
    Document(Box<Document>),
    /// Lines or rows.
    Rows(Box<Rows>),
}

/// The two ends of the machine.
pub(super) struct Ends<'e, W> {
    /// Where records go.
    pub outlet: &'e mut Outlet<W>,
    /// Who knows the next page.
    pub next: &'e mut dyn NextLink,
    /// What leaves.
    pub out: &'e mut Vec<u8>,
}

impl Minimiser {
    /// A machine for one body, which leaves in the form in which it comes.
    #[must_use]
    pub fn new(plan: Arc<Plan>, keys: Arc<Keyring>) -> Self {
        Self::watched(plan, keys, ())
    }
}

impl<W: Witness> Minimiser<W> {
    /// A machine for one body, whose doings are watched.
    #[must_use]
    pub fn watched(plan: Arc<Plan>, keys: Arc<Keyring>, witness: W) -> Self {
        let reader = match plan.spec().source {
            Form::Json => Reader::Document(Box::new(Document::new(Arc::clone(&plan)))),
            Form::Ndjson => Reader::Rows(Box::new(Rows::lines(plan.lessons.take()))),
            Form::Csv => Reader::Rows(Box::new(Rows::table(plan.spec().columns.len()))),
        };
        Self { outlet: Outlet::new(plan, keys, witness), reader, fault: None }
    }

    /// The same machine, with what leaves in this form. To be chosen before the first byte is fed.
    ///
    /// A list of JSON that leaves in another form leaves its envelope behind; one that comes as lines or rows and leaves as
    /// JSON is a bare array. Lists inside records have no place in CSV and [stay behind](super::PlanSpec::releases_lists).
    #[must_use]
    pub fn writing(mut self, form: Form) -> Self {
        self.outlet.form = form;
        if let Reader::Document(document) = &mut self.reader {
            document.leave_envelope_behind(form != Form::Json);
        }
        self
    }

    /// The same machine, finding its way with this kernel instead of the fastest: so that tests and benchmarks can hold one to
    /// another. What leaves is the same. To be chosen before the first byte is fed.
    #[must_use]
    pub fn with_kernel(mut self, kernel: Kernel) -> Self {
        self.outlet.bench.kernel = kernel;
        match &mut self.reader {
            Reader::Document(document) => document.look_with(kernel),
            Reader::Rows(rows) => rows.look_with(kernel),
        }
        self
    }

    /// Feeds the next bytes; appends what may leave to `out`.
    ///
    /// # Errors
    /// The first [`Fault`] of the body. From then on the same one, and nothing more is appended.
    pub fn feed(&mut self, input: &[u8], next: &mut dyn NextLink, out: &mut Vec<u8>) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let room = self.outlet.plan.spec().bounds.body_bytes_max - self.received();
        let within = usize::try_from(room).unwrap_or(usize::MAX).min(input.len());
        let fed = match &mut self.reader {
            Reader::Document(document) => document.advance(&input[..within], &mut Ends { outlet: &mut self.outlet, next, out }),
            Reader::Rows(rows) => rows.advance(&input[..within], &mut self.outlet, out),
        };
        let fed = fed.and_then(|()| if within < input.len() { Err(self.stranded(FaultKind::BodyTooLarge)) } else { Ok(()) });
        fed.inspect_err(|&fault| self.stop(fault))
    }

    /// Ends the body; appends what a form needs at its end.
    ///
    /// # Errors
    /// The body's fault, or [`FaultKind::Malformed`] when the body is not whole.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let ended = match &mut self.reader {
            Reader::Document(document) if document.ended() => Ok(()),
            Reader::Document(_) => Err(self.stranded(FaultKind::Malformed)),
            Reader::Rows(rows) => rows.finish(&mut self.outlet, out),
        };
        ended.inspect_err(|&fault| self.stop(fault))?;
        self.outlet.close(out);
        Ok(())
    }

    /// What was counted so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.outlet.tally
    }

    /// The witness.
    #[must_use]
    pub fn witness(&self) -> &W {
        &self.outlet.witness
    }

    /// The witness, to be told or asked something.
    #[must_use]
    pub fn witness_mut(&mut self) -> &mut W {
        &mut self.outlet.witness
    }

    /// Whether the source has said what its next page is, so that nothing later in the body can say it.
    #[must_use]
    pub fn next_is_known(&self) -> bool {
        match &self.reader {
            Reader::Document(document) => document.next_is_known(),
            Reader::Rows(_) => true,
        }
    }

    /// Bytes that the machine holds on to between chunks.
    #[must_use]
    pub fn held(&self) -> usize {
        match &self.reader {
            Reader::Document(document) => document.held(),
            Reader::Rows(rows) => rows.held(),
        }
    }

    fn received(&self) -> u64 {
        match &self.reader {
            Reader::Document(document) => document.received(),
            Reader::Rows(rows) => rows.received(),
        }
    }

    fn stop(&mut self, fault: Fault) {
        self.fault = Some(fault);
        match &mut self.reader {
            Reader::Document(document) => document.let_go(),
            Reader::Rows(rows) => rows.let_go(),
        }
    }

    fn stranded(&mut self, otherwise: FaultKind) -> Fault {
        match &mut self.reader {
            Reader::Document(document) => document.stranded(otherwise, &mut self.outlet),
            Reader::Rows(rows) => Fault { kind: otherwise, offset: rows.received() },
        }
    }
}

impl<W> Drop for Minimiser<W> {
    /// The plan keeps what was learnt, for the next body.
    fn drop(&mut self) {
        let learnt = match &mut self.reader {
            Reader::Document(document) => document.take_learnt(),
            Reader::Rows(rows) => rows.take_learnt(),
        };
        self.outlet.plan.lessons.give(learnt);
    }
}

/// Says where it stands, and nothing of what it reads.
impl<W> std::fmt::Debug for Minimiser<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let received = match &self.reader {
            Reader::Document(document) => document.received(),
            Reader::Rows(rows) => rows.received(),
        };
        f.debug_struct("Minimiser")
            .field("received", &received)
            .field("tally", &self.outlet.tally)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}
