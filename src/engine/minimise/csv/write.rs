//! Cells of CSV, from the JSON in which values leave.
//!
//! `null`, like a value that does not leave, is a cell of nothing; the empty text is a cell of two quotes. A cell that a
//! spreadsheet would run as a formula never leaves as it is.

use super::super::json::text;
use super::super::plan::Formulas;

/// Whether a text has to be looked at for formulas.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Judged {
    /// Its format has no room for one.
    Harmless,
    /// It has to, and this is what becomes of one.
    Text(Formulas),
}

/// Appends a scalar, given as JSON, as a cell. `false`, and nothing, when it is a text that may not be one.
pub(in super::super) fn cell(json: &[u8], judged: Judged, scratch: &mut String, out: &mut Vec<u8>) -> bool {
    let Some(inner) = json.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
        // A number or a truth value needs no quotes, and is no formula, whatever its sign.
        out.extend_from_slice(if json == b"null" { b"" } else { json });
        return true;
    };
    text(text::read(inner, inner.contains(&b'\\'), scratch).as_bytes(), judged, out)
}

/// Appends a text, given as its UTF-8, as a cell. `false`, and nothing, when it is one that may not be.
pub(in super::super) fn text(text: &[u8], judged: Judged, out: &mut Vec<u8>) -> bool {
    let class = Class::of(text);
    // RFC 4180 has no other control characters, and our own reader refuses them.
    if class & Class::NEVER != 0 {
        return false;
    }
    match judged {
        Judged::Text(Formulas::Refuse) if is_formula(text) => return false,
        Judged::Text(Formulas::Escape) if is_formula(text) => quote(b"'", text, class, out),
        _ => quote(b"", text, class, out),
    }
    true
}

/// Appends a column's name.
pub(in super::super) fn name(name: &str, out: &mut Vec<u8>) {
    let name = name.as_bytes();
    quote(if is_formula(name) { b"'" } else { b"" }, name, Class::of(name), out);
}

/// Ends the row that began at `start`. A row of one empty cell would be a blank line, which readers skip.
pub(in super::super) fn end(start: usize, out: &mut Vec<u8>) {
    if out.len() == start {
        out.extend_from_slice(b"\"\"");
    }
    out.extend_from_slice(b"\r\n");
}

/// Whether a spreadsheet would run the text: it begins with `= + - @` (their full-width forms included) after any space, or
/// with a tab or a line break.
fn is_formula(text: &[u8]) -> bool {
    match text.first() {
        None => false,
        Some(first) if first.is_ascii_alphanumeric() => false,
        Some(_) => begins_as_formula(text::utf8(text)),
    }
}

fn begins_as_formula(text: &str) -> bool {
    let invisible = |character: char| character.is_whitespace() || matches!(character, '\u{feff}' | '\u{200b}'..='\u{200f}');
    let rest = text.trim_start_matches(invisible);
    let blank = &text[..text.len() - rest.len()];
    blank.contains(['\t', '\r', '\n']) || rest.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// What a byte means for the cell that it stands in.
struct Class;

impl Class {
    /// The cell needs quotes. `;` and tabs do so too: some spreadsheets divide at them.
    const QUOTES: u8 = 1;
    /// It is a quote.
    const QUOTE: u8 = 2;
    /// No cell has it.
    const NEVER: u8 = 4;

    const TABLE: [u8; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 128 {
            table[byte as usize] = match byte {
                b'"' => Self::QUOTES | Self::QUOTE,
                b',' | b';' | b'\t' | b'\r' | b'\n' => Self::QUOTES,
                0..=0x1F | 0x7F => Self::NEVER,
                _ => 0,
            };
            byte += 1;
        }
        table
    };

    /// What any of the bytes means.
    fn of(text: &[u8]) -> u8 {
        text.iter().fold(0, |class, byte| class | Self::TABLE[*byte as usize])
    }
}

/// Appends a text, in quotes where it needs them.
fn quote(before: &[u8], text: &[u8], class: u8, out: &mut Vec<u8>) {
    let spaced = matches!(text, [] | [b' ', ..] | [.., b' ']);
    if !spaced && class & Class::QUOTES == 0 {
        out.extend_from_slice(before);
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    out.extend_from_slice(before);
    if class & Class::QUOTE == 0 {
        out.extend_from_slice(text);
    } else {
        double(text, out);
    }
    out.push(b'"');
}

/// Appends a text with its quotes doubled.
fn double(text: &[u8], out: &mut Vec<u8>) {
    for byte in text {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str, judged: Judged) -> Option<String> {
        let mut out = Vec::new();
        cell(json.as_bytes(), judged, &mut String::new(), &mut out).then(|| String::from_utf8(out).unwrap())
    }

    const ESCAPE: Judged = Judged::Text(Formulas::Escape);
    const REFUSE: Judged = Judged::Text(Formulas::Refuse);

    #[test]
    fn values_are_quoted_where_they_must_be() {
        let cases = [
            ("null", ""),
            ("true", "true"),
            ("-1.50", "-1.50"),
            ("1E400", "1E400"),
            (r#""""#, "\"\""),
            (r#""Zoë""#, "Zoë"),
            (r#""O'Neil""#, "O'Neil"),
            (r#""a,b""#, "\"a,b\""),
            (r#""a;b""#, "\"a;b\""),
            (r#""a\"b""#, "\"a\"\"b\""),
            (r#""a\nb""#, "\"a\nb\""),
            (r#"" a""#, "\" a\""),
            (r#""\u00e9\ud83d\ude00""#, "é😀"),
        ];
        for (json, expected) in cases {
            assert_eq!(written(json, ESCAPE).as_deref(), Some(expected), "{json}");
            assert_eq!(written(json, REFUSE).as_deref(), Some(expected), "{json}");
        }
        for json in [r#""a\u0000b""#, r#""\u001b[2J""#, r#""\u007f""#] {
            assert_eq!(written(json, ESCAPE), None, "{json}");
        }
    }

    #[test]
    fn a_formula_is_escaped_or_refused() {
        let formulas = [
            (r#""=1+1""#, "'=1+1"),
            (r#""+44""#, "'+44"),
            (r#""-2+3""#, "'-2+3"),
            (r#""@SUM(A1)""#, "'@SUM(A1)"),
            (r#""  =1""#, "\"'  =1\""),
            (r#""\u00a0=1""#, "'\u{a0}=1"),
            (r#""\ufeff=1""#, "'\u{feff}=1"),
            (r#""\tx""#, "\"'\tx\""),
            (r#""\rx""#, "\"'\rx\""),
            (r#""＝1""#, "'＝1"),
            (r#""=HYPERLINK(\"x\")""#, "\"'=HYPERLINK(\"\"x\"\")\""),
        ];
        for (json, escaped) in formulas {
            assert_eq!(written(json, ESCAPE).as_deref(), Some(escaped), "{json}");
            assert_eq!(written(json, REFUSE), None, "{json}");
            assert!(written(json, Judged::Harmless).is_some(), "{json}");
        }
        for json in [r#""a=1""#, r#""1-2""#, r#""a@b.example""#, r#""'=1""#] {
            assert!(written(json, REFUSE).is_some(), "{json}");
        }
    }
}
