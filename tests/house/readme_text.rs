//! The README as text: its parts, and whether what was printed is what is shown.
//!
//! In what it shows, `…` stands for what differs from run to run; a line of `…` alone stands for any lines.

/// The whole of it.
pub const README: &str = include_str!("../../README.md");

/// The part of the README below a heading, up to the next one of that level.
pub fn section(heading: &str) -> &'static str {
    let level = heading.split(' ').next().unwrap();
    let at = README.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{heading} is not in the README"));
    let rest = &README[at + 1 + heading.len()..];
    rest.find(&format!("\n{level} ")).map_or(rest, |end| &rest[..end])
}

/// Whether a line is what was shown: `…` is anything. Beside it, columns may be as wide as they like.
/// Whether a line is what is shown.
pub fn is_line(shown: &str, line: &str) -> bool {
    if !shown.contains('…') {
        return shown.trim_end() == line.trim_end();
    }
    let narrow = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (shown, line) = (narrow(shown), narrow(line));
    let mut parts = shown.split('…');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((last, inner)) = parts.split_last() else { return false };
    for part in inner {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Whether lines are those that are shown.
pub fn is_text(shown: &[&str], lines: &[&str]) -> bool {
    match (shown, lines) {
        ([], lines) => lines.iter().all(|line| line.trim().is_empty()),
        (["…", later @ ..], _) => (0..=lines.len()).any(|skipped| is_text(later, &lines[skipped..])),
        ([shown, later @ ..], [line, rest @ ..]) => is_line(shown, line) && is_text(later, rest),
        (_, []) => false,
    }
}

/// Whether a text is what is shown.
pub fn shows(shown: &str, printed: &str) -> bool {
    is_text(&shown.trim_end().lines().collect::<Vec<_>>(), &printed.trim_end().lines().collect::<Vec<_>>())
}
