//! Problems: what is wrong with a configuration, where, and what to write instead.
//!
//! A problem quotes at most one line of a file, and never a secret: what was concealed while reading is already
//! replaced by `*` in the quotation. This module reads no file.

use std::fmt;
use std::ops::Range;

use annotate_snippets::renderer::{DecorStyle, Renderer};
use annotate_snippets::{Annotation, AnnotationKind, Level, Origin, Snippet, normalize_untrusted_str};
use serde::Serialize;

/// Columns of a rendered problem at the most, where the text can be cut.
const RENDER_COLUMNS_MAX: usize = 120;

/// Whether the configuration can be used all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The configuration is refused.
    Error,
    /// The configuration is used; somebody should look.
    Warning,
}

/// One thing that is wrong, with its place and its remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Whether it stops the configuration from being used.
    pub severity: Severity,
    /// The file, as its path was given.
    pub file: String,
    /// Line in the file, from 1. A problem of the file as a whole stands at line 1, column 1.
    pub line: usize,
    /// Character in the line, from 1.
    pub column: usize,
    /// Bytes of the file that are at fault.
    pub span: Range<usize>,
    /// The line, or a part of a long one; secrets are concealed. Empty for a problem of the file as a whole.
    pub excerpt: String,
    /// Bytes of `excerpt` that are at fault.
    pub underline: Range<usize>,
    /// What is wrong: one sentence without a full stop.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// Every problem of a configuration, in the order of files and lines. Warnings stand among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

impl Problem {
    /// The problem for people: message, file and line, the offending text underlined, and what to write instead.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(RENDER_COLUMNS_MAX);
        let title = level.primary_title(normalize_untrusted_str(&self.message));
        let help = Level::HELP.message(normalize_untrusted_str(&self.help));
        let path = normalize_untrusted_str(&self.file);
        if self.excerpt.is_empty() {
            let origin = Origin::path(path);
            let origin = if self.line > 1 { origin.line(self.line) } else { origin };
            return renderer.render(&[title.element(origin).element(help)]);
        }
        let mark: Annotation<'_> = AnnotationKind::Primary.span(self.underline.clone());
        let snippet = Snippet::source(self.excerpt.as_str()).line_start(self.line).path(path).annotation(mark);
        renderer.render(&[title.element(snippet).element(help)])
    }
}

impl Problems {
    /// All problems for people, one after the other, and a last line that counts them.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        render(&self.0, color)
    }

    /// How many of them are errors.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.0.iter().filter(|problem| problem.severity == Severity::Error).count()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}

/// Problems for people, one after the other, and a last line that counts them. Empty where there is none.
#[must_use]
pub fn render(problems: &[Problem], color: bool) -> String {
    if problems.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for problem in problems {
        text.push_str(problem.render(color).trim_end());
        text.push_str("\n\n");
    }
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let warnings = problems.len() - errors;
    let counted = [(errors, "problem"), (warnings, "warning")];
    let counted: Vec<_> = counted.iter().filter(|(count, _)| *count > 0).map(|&(count, word)| plural(count, word)).collect();
    text.push_str(&counted.join(", "));
    text.push('\n');
    text
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
