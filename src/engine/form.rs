//! The forms that a list may have: how a source writes it, and how it leaves.
//!
//! Names and media types, and which form a request's `Accept` asks for. Never reads or writes a body.

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// One JSON text (RFC 8259).
    Json,
    /// One JSON object a line.
    Ndjson,
    /// A header row and one row a record (RFC 4180), in UTF-8.
    Csv,
}

impl Form {
    /// Every form with the name that a configuration gives it.
    pub const ALL: [(&'static str, Self); 3] = [("json", Self::Json), ("ndjson", Self::Ndjson), ("csv", Self::Csv)];

    /// The name that a configuration gives it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    /// The media type that a campaign asks for, and its other names.
    const fn media_types(self) -> &'static [&'static str] {
        match self {
            Self::Json => &["application/json", "application/vnd.api+json", "application/hal+json"],
            Self::Ndjson => &["application/x-ndjson", "application/jsonl", "application/ndjson"],
            Self::Csv => &["text/csv"],
        }
    }

    /// The media type that a campaign asks for with `Accept`.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        self.media_types()[0]
    }

    /// What the answer's `Content-Type` says.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json | Self::Ndjson => self.media_type(),
        }
    }

    /// The `Accept` of a request to a source that writes this form.
    #[must_use]
    pub const fn accepted(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson, application/jsonl, application/ndjson",
            Self::Json | Self::Csv => self.media_type(),
        }
    }

    /// Whether a `Content-Type` promises this form in UTF-8. JSON may have a structured suffix (RFC 6839).
    #[must_use]
    pub fn is_promised_by(self, content_type: &str) -> bool {
        let mut parts = content_type.split(';').map(str::trim);
        let essence = parts.next().unwrap_or("").to_ascii_lowercase();
        let suffixed = self == Self::Json && essence.starts_with("application/") && essence.ends_with("+json");
        let mut charsets =
            parts.filter_map(|part| part.split_once('=')).filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
        charsets.all(|(_, value)| is_utf8(value)) && (suffixed || self.media_types().contains(&&*essence))
    }

    /// The offered form that an `Accept` prefers (RFC 9110 section 12.5.1); of equal ones, the first offered. No `Accept`,
    /// or an empty one, is content with the first. `None` when it asks for none of them.
    ///
    /// A range that cannot be read, or with a parameter beside `q`, `charset=utf-8` and `header=present`, asks for nothing.
    #[must_use]
    pub fn negotiate(accept: &str, offered: &[Self]) -> Option<Self> {
        if accept.trim().is_empty() {
            return offered.first().copied();
        }
        let ranges: Vec<Range> = accept.split(',').filter_map(Range::parse).collect();
        let mut best = None;
        for &form in offered {
            let fits = ranges.iter().map(|range| (range.fit(form), range.quality)).filter(|(fit, _)| *fit > 0);
            let quality = fits.max().map_or(0, |(_, quality)| quality);
            if quality > best.map_or(0, |(_, quality)| quality) {
                best = Some((form, quality));
            }
        }
        best.map(|(form, _)| form)
    }
}

/// One media range of an `Accept`.
struct Range {
    essence: String,
    /// In thousandths.
    quality: u16,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let essence = parts.next()?.to_ascii_lowercase();
        let mut quality = 1000;
        for part in parts {
            let (name, value) = part.split_once('=')?;
            match name.trim().to_ascii_lowercase().as_str() {
                "q" => quality = thousandths(value.trim())?,
                "charset" if is_utf8(value) => {}
                "header" if value.trim().eq_ignore_ascii_case("present") => {}
                // How OData annotates: what leaves has no annotations, whatever is wished (OData JSON Format 4.01 section 3.1).
                "odata.metadata" | "odata.streaming" | "ieee754compatible" if essence == "application/json" => {}
                _ => return None,
            }
        }
        Some(Self { essence, quality })
    }

    /// How closely the range names the form; 0 when it does not.
    fn fit(&self, form: Form) -> u8 {
        let kind = form.media_type().split('/').next().unwrap_or_default();
        match self.essence.split_once('/') {
            Some(("*", "*")) => 1,
            Some((ours, "*")) if ours == kind => 2,
            _ if form.media_types().contains(&&*self.essence) => 3,
            _ => 0,
        }
    }
}

/// A quality of RFC 9110 section 12.4.2: from 0 to 1, with three digits at the most after the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let fraction: u16 = format!("{fraction:0<3}").parse().ok().filter(|_| digits)?;
    match whole {
        "0" => Some(fraction),
        "1" => (fraction == 0).then_some(1000),
        _ => None,
    }
}

fn is_utf8(charset: &str) -> bool {
    charset.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
}

#[cfg(test)]
mod tests {
    use super::Form::{Csv, Json, Ndjson};
    use super::*;

    #[test]
    fn only_json_in_utf_8_is_json() {
        for yes in
            ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\"", "application/hal+json"]
        {
            assert!(Json.is_promised_by(yes), "{yes}");
        }
        for no in ["text/html", "text/json", "application/jsonx", "application/json; charset=latin-1", "", "application/x-ndjson"]
        {
            assert!(!Json.is_promised_by(no), "{no}");
        }
    }

    #[test]
    fn lines_and_tables_have_their_own_types() {
        for yes in ["application/x-ndjson", "application/jsonl", "application/ndjson; charset=utf-8"] {
            assert!(Ndjson.is_promised_by(yes), "{yes}");
        }
        for yes in ["text/csv", "text/csv; charset=utf-8; header=present", "TEXT/CSV"] {
            assert!(Csv.is_promised_by(yes), "{yes}");
        }
        for no in ["text/csv; charset=windows-1252", "text/plain", "application/csv", "text/csv+json", "application/json"] {
            assert!(!Csv.is_promised_by(no) && !Ndjson.is_promised_by(no), "{no}");
        }
    }

    #[test]
    fn the_closest_range_decides_and_then_the_order_of_the_offer() {
        let all = [Json, Csv, Ndjson];
        let cases = [
            ("", Some(Json)),
            ("*/*", Some(Json)),
            ("text/csv", Some(Csv)),
            ("TEXT/CSV; charset=UTF-8", Some(Csv)),
            ("text/*", Some(Csv)),
            ("application/*", Some(Json)),
            ("application/jsonl", Some(Ndjson)),
            ("application/json;q=0.5, text/csv;q=0.8", Some(Csv)),
            ("*/*;q=0.1, application/x-ndjson", Some(Ndjson)),
            ("application/json;q=0, */*", Some(Csv)),
            ("text/html, application/xhtml+xml, */*;q=0.8", Some(Json)),
            ("text/html", None),
            ("text/csv;q=0", None),
            ("text/csv;q=2", None),
            ("text/csv;q=0.1234", None),
            ("text/csv;q", None),
            ("text/csv;delimiter=tab", None),
            ("nonsense", None),
            (",,", None),
        ];
        for (accept, expected) in cases {
            assert_eq!(Form::negotiate(accept, &all), expected, "{accept}");
        }
        assert_eq!(Form::negotiate("*/*", &[Csv, Json]), Some(Csv));
        assert_eq!(Form::negotiate("application/json", &[Csv]), None);
    }
}
