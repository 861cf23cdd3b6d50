//! Strings between their spelling in JSON and their text.
//!
//! Reads only what the cursor has validated; writes only what RFC 8259 allows.

/// The bytes of white space (RFC 8259 section 2) at the beginning.
pub(in super::super) fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count()
}

/// The text of a validated string, given without its quotes. Copies into `scratch` only when there is an escape.
#[inline]
pub(in super::super) fn read<'t>(raw: &'t [u8], escaped: bool, scratch: &'t mut String) -> &'t str {
    if !escaped {
        return utf8(raw);
    }
    scratch.clear();
    unescape(utf8(raw), scratch);
    scratch
}

/// Validated bytes as text. They are UTF-8; were they not, the empty text would pass nothing on.
#[inline]
pub(in super::super) fn utf8(raw: &[u8]) -> &str {
    std::str::from_utf8(raw).unwrap_or_default()
}

/// The same, always into `text`.
pub(in super::super) fn read_into(raw: &[u8], escaped: bool, text: &mut String) {
    text.clear();
    if escaped { unescape(utf8(raw), text) } else { text.push_str(utf8(raw)) }
}

fn unescape(mut raw: &str, text: &mut String) {
    while let Some((plain, rest)) = raw.split_once('\\') {
        text.push_str(plain);
        let (character, length) = escape(rest);
        text.push(character);
        raw = rest.get(length..).unwrap_or_default();
    }
    text.push_str(raw);
}

/// The character that an escape stands for, and the bytes that it takes after its backslash.
fn escape(rest: &str) -> (char, usize) {
    match rest.as_bytes().first() {
        Some(b'b') => ('\u{8}', 1),
        Some(b'f') => ('\u{c}', 1),
        Some(b'n') => ('\n', 1),
        Some(b'r') => ('\r', 1),
        Some(b't') => ('\t', 1),
        Some(b'u') => code_point(rest),
        Some(&byte) => (char::from(byte), 1),
        None => (char::REPLACEMENT_CHARACTER, 0),
    }
}

fn code_point(rest: &str) -> (char, usize) {
    let unit = |from: usize| rest.get(from..from + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let high = unit(1).unwrap_or(0xFFFD);
    let (code, length) = match (high, unit(7)) {
        (0xD800..=0xDBFF, Some(low)) => (0x1_0000 + ((high & 0x3FF) << 10) + (low & 0x3FF), 11),
        _ => (high, 5),
    };
    (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), length)
}

/// Appends a text as a JSON string.
pub(in super::super) fn write(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend([b'\\', character as u8]),
            '\0'..='\u{1f}' => out.extend(format!("\\u{:04x}", character as u32).bytes()),
            _ => out.extend(character.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_as_rfc_8259_section_7_says() {
        let text = |raw: &str| read(raw.as_bytes(), true, &mut String::new()).to_owned();
        assert_eq!(text(r#"a\"\\\/\b\f\n\r\tz"#), "a\"\\/\u{8}\u{c}\n\r\tz");
        assert_eq!(text(r"\u00e9\u0041\ud83d\uDE00!"), "éA😀!");
    }

    #[test]
    fn what_is_written_reads_back() {
        let text = "a\"b\\c\n\u{1}é😀";
        let mut out = Vec::new();
        write(text, &mut out);
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
    }
}
