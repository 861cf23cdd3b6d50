//! Query strings: strict decoding of what was asked, and encoding of what is sent.
//!
//! Decoding refuses whatever two parsers could read differently: a repeated name, a bad escape, bytes that are not
//! UTF-8, control characters. Encoding escapes everything but the unreserved characters of RFC 3986 section 2.3.

/// Longest query string that is looked at, in bytes.
pub const QUERY_BYTES_MAX: usize = 8192;
/// Most parameters in one query.
pub const PARAMETERS_MAX: usize = 32;

/// Why a query string cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryFault {
    /// Longer than [`QUERY_BYTES_MAX`].
    TooLong,
    /// More than [`PARAMETERS_MAX`] parameters.
    TooMany,
    /// A parameter without a name or without `=`.
    Incomplete,
    /// A bad percent escape, a control character, or bytes that are not UTF-8.
    Encoding,
    /// A name that stands twice.
    Repeated,
}

impl QueryFault {
    /// A sentence for the asker.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::TooLong => "The query string is longer than 8192 bytes.",
            Self::TooMany => "The query has more than 32 parameters.",
            Self::Incomplete => "A query parameter lacks its name or its value; write `name=value`.",
            Self::Encoding => "A query parameter is not percent-encoded UTF-8 without control characters.",
            Self::Repeated => "A query parameter stands twice; write each at most once.",
        }
    }
}

/// Decodes a query string (`application/x-www-form-urlencoded`, as the WHATWG URL standard writes it) strictly. No name may stand twice.
///
/// # Errors
/// [`QueryFault`] for anything ambiguous or out of bounds.
pub fn decode_query(query: &str) -> Result<Vec<(String, String)>, QueryFault> {
    decode_repeating(query, |_| false)
}

/// The same, where some names may stand several times, because their API reads all of them.
///
/// # Errors
/// [`QueryFault`] for anything ambiguous or out of bounds.
pub fn decode_repeating(query: &str, may_repeat: impl Fn(&str) -> bool) -> Result<Vec<(String, String)>, QueryFault> {
    if query.len() > QUERY_BYTES_MAX {
        return Err(QueryFault::TooLong);
    }
    let mut parameters: Vec<(String, String)> = Vec::new();
    for part in query.split('&').filter(|_| !query.is_empty()) {
        let (name, value) = part.split_once('=').ok_or(QueryFault::Incomplete)?;
        let (name, value) = (decode(name)?, decode(value)?);
        if name.is_empty() {
            return Err(QueryFault::Incomplete);
        }
        if parameters.iter().any(|(other, _)| *other == name) && !may_repeat(&name) {
            return Err(QueryFault::Repeated);
        }
        if parameters.len() == PARAMETERS_MAX {
            return Err(QueryFault::TooMany);
        }
        parameters.push((name, value));
    }
    Ok(parameters)
}

/// Decodes one segment of a path (RFC 3986 section 3.3), where a plus is a plus. What would lead elsewhere (`.`, `..`, a slash,
/// an empty segment) is none.
#[must_use]
pub fn decode_segment(text: &str) -> Option<String> {
    let decoded = decode(&text.replace('+', "%2B")).ok()?;
    (!leads_elsewhere(&decoded)).then_some(decoded)
}

/// Whether a text would be more, or less, than one segment of a path.
#[must_use]
pub fn leads_elsewhere(segment: &str) -> bool {
    segment.is_empty() || segment == "." || segment == ".." || segment.contains(['/', '\\'])
}

fn decode(text: &str) -> Result<String, QueryFault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => escaped(&mut rest).ok_or(QueryFault::Encoding)?,
            plain => plain,
        });
    }
    let text = String::from_utf8(bytes).map_err(|_| QueryFault::Encoding)?;
    if text.chars().any(char::is_control) { Err(QueryFault::Encoding) } else { Ok(text) }
}

fn escaped(rest: &mut std::str::Bytes<'_>) -> Option<u8> {
    let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
    let (high, low) = (digit()?, digit()?);
    u8::try_from(high << 4 | low).ok()
}

/// Appends `name=value`, encoded, after `?` or `&` as the text so far requires.
pub fn append_parameter(target: &mut String, name: &str, value: &str) {
    target.push(if target.contains('?') { '&' } else { '?' });
    encode_into(target, name);
    target.push('=');
    encode_into(target, value);
}

/// Appends a text, with all but unreserved characters escaped.
pub fn encode_into(target: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => target.push(char::from(byte)),
            other => target.push_str(&format!("%{other:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Vec<(String, String)>, QueryFault> {
        decode_query(query)
    }

    #[test]
    fn reads_what_clients_write() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(read("a=1&b=x+y%2Bz"), Ok(vec![pair("a", "1"), pair("b", "x y+z")]));
        assert_eq!(read("town=%C3%89vreux&e="), Ok(vec![pair("town", "Évreux"), pair("e", "")]));
    }

    #[test]
    fn refuses_what_two_parsers_read_differently() {
        let cases = [
            ("a", QueryFault::Incomplete),
            ("=1", QueryFault::Incomplete),
            ("a=1&", QueryFault::Incomplete),
            ("&a=1", QueryFault::Incomplete),
            ("a=1&a=2", QueryFault::Repeated),
            ("a=1&%61=2", QueryFault::Repeated),
            ("a=%", QueryFault::Encoding),
            ("a=%4", QueryFault::Encoding),
            ("a=%zz", QueryFault::Encoding),
            ("a=%ff", QueryFault::Encoding),
            ("a=%00", QueryFault::Encoding),
            ("a=%0d%0aX", QueryFault::Encoding),
        ];
        for (query, fault) in cases {
            assert_eq!(read(query), Err(fault), "{query}");
        }
        assert_eq!(read(&"a".repeat(9000)), Err(QueryFault::TooLong));
        let many: Vec<_> = (0..33).map(|i| format!("p{i}=1")).collect();
        assert_eq!(read(&many.join("&")), Err(QueryFault::TooMany));
    }

    #[test]
    fn writes_what_it_reads() {
        let mut target = String::from("/members");
        append_parameter(&mut target, "constituency", "Ynys Môn & more/=?");
        append_parameter(&mut target, "page[size]", "5");
        assert_eq!(target, "/members?constituency=Ynys%20M%C3%B4n%20%26%20more%2F%3D%3F&page%5Bsize%5D=5");
        let query = target.split_once('?').unwrap().1;
        assert_eq!(read(query).unwrap()[0].1, "Ynys Môn & more/=?");
    }
}
