//! Notes: what is found while one file is read, until every file has been.
//!
//! Notes know the file's text, so a finding needs only a place in it. They never stop at the first finding, and
//! they never quote what was concealed.

use std::ops::Range;

use super::problem::{Problem, Severity};

/// Findings of one file that are reported one by one; the rest is counted.
pub const FINDINGS_PER_FILE_MAX: usize = 200;
/// Bytes of a line that a problem quotes on either side of the offending text.
const EXCERPT_MARGIN_BYTES: usize = 160;
/// Bytes that are underlined at the most.
const UNDERLINE_BYTES_MAX: usize = 320;

/// A place in a file: bytes `start..end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// What is found while one file is read.
pub struct Notes {
    file: String,
    text: String,
    findings: Vec<Finding>,
    omitted: usize,
    concealed: Vec<Span>,
    /// The file has a syntax error: what seems to be missing may stand in the part that could not be read.
    pub broken: bool,
}

struct Finding {
    severity: Severity,
    at: Option<Span>,
    message: String,
    help: String,
}

impl Notes {
    /// Notes on a file with this text.
    pub fn new(file: String, text: String) -> Self {
        Self { file, text, findings: Vec::new(), omitted: 0, concealed: Vec::new(), broken: false }
    }

    /// The file, as its path was given.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Whether further findings are only counted.
    pub fn full(&self) -> bool {
        self.findings.len() >= FINDINGS_PER_FILE_MAX
    }

    /// The line of a place, from 1.
    pub fn line(&self, at: Span) -> usize {
        let before = &self.text.as_bytes()[..at.start.min(self.text.len())];
        1 + memchr::memchr_iter(b'\n', before).count()
    }

    /// The configuration cannot be used because of what stands here.
    pub fn error(&mut self, at: Span, message: impl Into<String>, help: impl Into<String>) {
        self.note(Severity::Error, Some(at), message.into(), help.into());
    }

    /// Like `error`, unless something else is already wrong with this very place.
    pub fn error_once(&mut self, at: Span, message: impl Into<String>, help: impl Into<String>) {
        let known = |finding: &Finding| finding.severity == Severity::Error && finding.at == Some(at);
        if !self.findings.iter().any(known) {
            self.error(at, message, help);
        }
    }

    /// Somebody should look at what stands here.
    pub fn warn(&mut self, at: Span, message: impl Into<String>, help: impl Into<String>) {
        self.note(Severity::Warning, Some(at), message.into(), help.into());
    }

    /// The configuration cannot be used because of the file as a whole.
    pub fn error_of_file(&mut self, message: impl Into<String>, help: impl Into<String>) {
        self.note(Severity::Error, None, message.into(), help.into());
    }

    /// Somebody should look at the file as a whole.
    pub fn warn_of_file(&mut self, message: impl Into<String>, help: impl Into<String>) {
        self.note(Severity::Warning, None, message.into(), help.into());
    }

    /// What stands here is, or may be, a secret: no problem quotes it.
    pub fn conceal(&mut self, at: Span) {
        self.concealed.push(at);
    }

    fn note(&mut self, severity: Severity, at: Option<Span>, message: String, help: String) {
        if !self.full() {
            self.findings.push(Finding { severity, at, message, help });
        } else {
            self.omitted += usize::from(severity == Severity::Error);
        }
    }

    /// The problems, in the order of their places.
    pub fn finish(mut self) -> Vec<Problem> {
        if self.omitted > 0 {
            let message = format!("{} more problems in this file are not shown", self.omitted);
            let at = self.text.len();
            let at = Span { start: at, end: at };
            self.findings.push(Finding {
                severity: Severity::Error,
                at: Some(at),
                message,
                help: "mend those above first".into(),
            });
        }
        let mut findings = std::mem::take(&mut self.findings);
        findings.sort_by_key(|finding| finding.at);
        let shown = self.shown();
        findings.into_iter().map(|finding| self.problem(finding, &shown)).collect()
    }

    /// The text with every concealed byte replaced, so that places stay what they are.
    fn shown(&self) -> String {
        let mut bytes = self.text.clone().into_bytes();
        for span in &self.concealed {
            let end = span.end.min(bytes.len());
            for byte in bytes.get_mut(span.start..end).unwrap_or_default() {
                if *byte != b'\n' && *byte != b'\r' {
                    *byte = b'*';
                }
            }
        }
        // A span that cuts a character in two would leave broken UTF-8: then nothing of the text is shown.
        String::from_utf8(bytes).unwrap_or_default()
    }

    fn problem(&self, finding: Finding, shown: &str) -> Problem {
        let Finding { severity, at, message, help } = finding;
        let file = self.file.clone();
        let place = at.filter(|_| shown.len() == self.text.len()).map(|at| Place::of(at, shown));
        let place = place.unwrap_or_default();
        let line = at.map_or(1, |at| self.line(at));
        let Place { column, span, excerpt, underline } = place;
        Problem { severity, file, line, column, span, excerpt, underline, message, help }
    }
}

/// The line that a problem quotes.
struct Place {
    column: usize,
    span: Range<usize>,
    excerpt: String,
    underline: Range<usize>,
}

impl Default for Place {
    fn default() -> Self {
        Self { column: 1, span: 0..0, excerpt: String::new(), underline: 0..0 }
    }
}

impl Place {
    fn of(at: Span, text: &str) -> Self {
        let start = floor(text, at.start.min(text.len()));
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let line_end = line_start + text[line_start..line_end].trim_end_matches('\r').len();
        let end = floor(text, at.end.clamp(start, line_end.max(start)).min(start + UNDERLINE_BYTES_MAX));
        // A table's place reaches to its last value; its header is what people look for.
        let end = start + text[start..end].trim_end().len();
        let from = floor(text, line_start.max(start.saturating_sub(EXCERPT_MARGIN_BYTES)));
        let to = floor(text, line_end.min(end + EXCERPT_MARGIN_BYTES)).max(end);
        let column = 1 + text[line_start..start].chars().count();
        Self { column, span: start..end, excerpt: text[from..to].to_owned(), underline: start - from..end - from }
    }
}

/// The nearest character border at or before a byte.
fn floor(text: &str, mut byte: usize) -> usize {
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}
