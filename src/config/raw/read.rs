//! Reading: from TOML items to what was said, with its place. The only module that knows the parser's types.
//!
//! Wrong types and unknown keys are noted and passed over, so that one reading finds them all. Nothing is
//! ever ignored silently.

use serde_json::json;
use toml_spanner::{Item, Kind, Table as TomlTable, Value as TomlValue};

use super::spelling;
use crate::config::notes::{Notes, Span};
use crate::engine::minimise::rule::Value;

/// Something that was said, and where.
#[derive(Clone)]
pub struct Said<T> {
    /// What.
    pub value: T,
    /// Where.
    pub at: Span,
}

/// A text in quotes.
pub type Text = Said<String>;
/// A whole number.
pub type Whole = Said<i64>;
/// `true` or `false`.
pub type Flag = Said<bool>;
/// A date or a time.
pub type Moment = Said<When>;
/// A list.
pub type List<T> = Said<Vec<T>>;
/// A table whose keys are the operator's own, in the order of the file.
pub type Entries<T> = Said<Keyed<T>>;

/// Keys with what was said of each, in the order of the file.
#[derive(Clone)]
pub struct Keyed<T>(pub Vec<(Text, T)>);

/// TOML's kinds of time that a configuration has a use for.
#[derive(Clone, Copy)]
pub enum When {
    /// A day.
    Date(jiff::civil::Date),
    /// A time on the clocks of a zone.
    Local(jiff::civil::DateTime),
    /// A time with its offset.
    Exact(jiff::Timestamp),
}

/// What can be read from one item. `key` is the name under which it stands, for messages.
pub trait Read: Sized {
    /// Reads the item, or notes why it cannot be.
    fn read(item: &Item<'_>, key: &str, notes: &mut Notes) -> Option<Self>;

    /// What can be read, as JSON Schema, for editors.
    fn schema() -> serde_json::Value;
}

/// The place of an item.
pub fn place(item: &Item<'_>) -> Span {
    span(item.span())
}

fn span(span: toml_spanner::Span) -> Span {
    Span { start: span.start as usize, end: span.end as usize }
}

/// A kind of value in plain words.
fn describe(item: &Item<'_>) -> &'static str {
    match item.kind() {
        Kind::String => "a text",
        Kind::Integer => "a whole number",
        Kind::Float => "a number with a fraction",
        Kind::Boolean => "`true` or `false`",
        Kind::DateTime => "a date or time",
        Kind::Table => "a table",
        Kind::Array => "a list",
    }
}

/// Notes that an item is of another kind than wanted.
pub fn wrong_kind<T>(item: &Item<'_>, key: &str, wanted: &str, example: &str, notes: &mut Notes) -> Option<T> {
    if item.as_array().is_some() || item.as_table().is_some() {
        conceal(item, notes);
    }
    notes.error(place(item), format!("`{key}` is {wanted}, not {}", describe(item)), format!("write for example `{example}`"));
    None
}

impl Read for Text {
    fn read(item: &Item<'_>, key: &str, notes: &mut Notes) -> Option<Self> {
        match item.as_str() {
            Some(text) => {
                if looks_secret(key, text) {
                    notes.conceal(place(item));
                }
                Some(Said { value: text.to_owned(), at: place(item) })
            }
            None => wrong_kind(item, key, "a text", &format!("{key} = \"…\""), notes),
        }
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "string" })
    }
}

/// Whether a text is, or holds, a secret that should stand elsewhere. Refusing it is the compiler's business.
fn looks_secret(key: &str, text: &str) -> bool {
    let hexadecimal = text.len() >= 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let begins = ["Bearer ", "Basic ", crate::engine::credential::KEY_PREFIX]
        .iter()
        .any(|prefix| text.starts_with(prefix) && text != *prefix);
    let url_with_user = text.contains("//") && text.contains('@');
    begins || url_with_user || text.contains("-----BEGIN") || (hexadecimal && key.ends_with("file"))
}

impl Read for Whole {
    fn read(item: &Item<'_>, key: &str, notes: &mut Notes) -> Option<Self> {
        match item.as_i64() {
            Some(value) => Some(Said { value, at: place(item) }),
            None if item.kind() == Kind::Integer => {
                notes.error(
                    place(item),
                    format!("`{key}` is larger than any number that is understood"),
                    "write a smaller number",
                );
                None
            }
            None => wrong_kind(item, key, "a whole number", &format!("{key} = 10"), notes),
        }
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "integer" })
    }
}

impl Read for Flag {
    fn read(item: &Item<'_>, key: &str, notes: &mut Notes) -> Option<Self> {
        match item.as_bool() {
            Some(value) => Some(Said { value, at: place(item) }),
            None => wrong_kind(item, key, "`true` or `false`", &format!("{key} = true"), notes),
        }
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "boolean" })
    }
}

impl Read for Said<Value> {
    fn read(item: &Item<'_>, key: &str, notes: &mut Notes) -> Option<Self> {
        let value = match item.value() {
            TomlValue::String(text) => Value::Text((*text).into()),
            TomlValue::Boolean(flag) => Value::Boolean(*flag),
            TomlValue::Integer(_) if item.as_i64().is_some() => Value::Integer(item.as_i64()?),
            _ => return wrong_kind(item, key, "a text, a whole number, `true` or `false`", &format!("{key} = \"…\""), notes),
        };
        Some(Said { value, at: place(item) })
    }

    fn schema() -> serde_json::Value {
        json!({ "type": ["string", "integer", "boolean"] })
    }
}

impl Read for Moment {
    fn read(item: &Item<'_>, key: &str, notes: &mut Notes) -> Option<Self> {
        let Some(value) = item.as_datetime() else {
            return wrong_kind(item, key, "a date or time without quotes", &format!("{key} = 2026-02-14T12:00:00"), notes);
        };
        let when = moment(value);
        if when.is_none() {
            notes.error(place(item), format!("`{key}` is no day or time that exists"), "write for example `2026-02-14T12:00:00`");
        }
        Some(Said { value: when?, at: place(item) })
    }

    fn schema() -> serde_json::Value {
        // Editors disagree on what a date of TOML is in JSON: any value passes here.
        json!({})
    }
}

fn moment(value: &toml_spanner::DateTime) -> Option<When> {
    let date = value.date()?;
    let small = |number: u8| i8::try_from(number).ok();
    let year = i16::try_from(date.year).ok()?;
    let date = jiff::civil::Date::new(year, small(date.month)?, small(date.day)?).ok()?;
    let Some(time) = value.time() else { return Some(When::Date(date)) };
    let nanosecond = i32::try_from(time.nanosecond).ok()?;
    let time = jiff::civil::Time::new(small(time.hour)?, small(time.minute)?, small(time.second)?, nanosecond).ok()?;
    let local = date.to_datetime(time);
    let minutes = match value.offset() {
        None => return Some(When::Local(local)),
        Some(toml_spanner::TimeOffset::Z) => 0,
        Some(toml_spanner::TimeOffset::Custom { minutes }) => i32::from(minutes),
    };
    let offset = jiff::tz::Offset::from_seconds(minutes * 60).ok()?;
    offset.to_timestamp(local).ok().map(When::Exact)
}

impl<T: Read> Read for List<T> {
    fn read(item: &Item<'_>, key: &str, notes: &mut Notes) -> Option<Self> {
        let Some(array) = item.as_array() else {
            let example = if item.as_table().is_some() { format!("[[{key}]]") } else { format!("{key} = […]") };
            return wrong_kind(item, key, "a list", &example, notes);
        };
        let value = array.iter().filter_map(|item| T::read(item, key, notes)).collect();
        Some(Said { value, at: place(item) })
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "array", "items": T::schema() })
    }
}

impl<T: Read> Read for Entries<T> {
    fn read(item: &Item<'_>, key: &str, notes: &mut Notes) -> Option<Self> {
        let Some(table) = item.as_table() else {
            return wrong_kind(item, key, "a table", &format!("{key} = {{ … }}"), notes);
        };
        let mut entries = Vec::new();
        for (name, item) in table {
            let value = T::read(item, name.name, notes);
            entries.extend(value.map(|value| (Said { value: name.name.to_owned(), at: span(name.span) }, value)));
        }
        Some(Said { value: Keyed(entries), at: place(item) })
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "object", "additionalProperties": T::schema() })
    }
}

/// A table with a closed list of keys, opened for reading.
pub struct Opened<'a, 'de> {
    /// The table's place; of a `[table]` it begins with the header.
    pub at: Span,
    /// It has unknown keys: what seems to be missing may be one of them, misspelled.
    pub strange: bool,
    table: &'a TomlTable<'de>,
}

impl<'a, 'de> Opened<'a, 'de> {
    /// Opens a table, and notes every key that is not in the list.
    pub fn open(item: &'a Item<'de>, key: &str, known: &[&str], notes: &mut Notes) -> Option<Self> {
        let Some(table) = item.as_table() else {
            return wrong_kind(item, key, "a table", &format!("{key} = {{ … }}"), notes);
        };
        let strange = refuse_unknown(table, Some(key), known, notes);
        Some(Self { at: place(item), strange, table })
    }

    /// Opens the table that is the whole file.
    pub fn root(table: &'a TomlTable<'de>, known: &[&str], notes: &mut Notes) -> Self {
        // After a syntax error in a header, the keys below it seem to belong to the file itself.
        let strange = notes.broken || refuse_unknown(table, None, known, notes);
        Self { at: Span::default(), strange, table }
    }

    /// What stands under a key that may be absent.
    pub fn optional<T: Read>(&self, key: &str, notes: &mut Notes) -> Option<T> {
        let item = self.table.get(key)?;
        T::read(item, key, notes)
    }

    /// What stands under a key that must be there.
    pub fn required<T: Read>(&self, key: &str, notes: &mut Notes) -> Option<T> {
        if self.table.get(key).is_none() && !notes.broken {
            let (message, help) = (format!("`{key}` is missing"), format!("add `{key}` here"));
            match self.at == Span::default() {
                true => notes.error_of_file(message, format!("add the table `{key}`")),
                false => notes.error(self.at, message, help),
            }
        }
        self.optional(key, notes)
    }
}

/// Notes every unknown key of a table, or of the file itself. Whether there was one.
fn refuse_unknown(table: &TomlTable<'_>, inside: Option<&str>, known: &[&str], notes: &mut Notes) -> bool {
    let mut strange = false;
    for (key, item) in table {
        if known.contains(&key.name) {
            continue;
        }
        strange = true;
        // Nobody knows what an unknown key holds: it may be a secret in the wrong place.
        conceal(item, notes);
        let owner = inside.map_or_else(|| "this file".to_owned(), |name| format!("`{name}`"));
        // Looking for the word that was meant takes time, and nobody would read it.
        let mut help = if notes.full() { String::new() } else { spelling::suggest(key.name, known) };
        if let (Some(name), true) = (inside, item.as_table().is_some()) {
            help = format!("{help}; to name an inner field, quote its whole path: `\"{name}.{}\"`", key.name);
        }
        notes.error(span(key.span), format!("`{}` is not a key of {owner}", key.name), help);
    }
    strange
}

/// Conceals every value in an item, and leaves headers and keys readable.
fn conceal(item: &Item<'_>, notes: &mut Notes) {
    match item.value() {
        TomlValue::Table(table) => table.into_iter().for_each(|(_, item)| conceal(item, notes)),
        TomlValue::Array(array) => array.iter().for_each(|item| conceal(item, notes)),
        _ => notes.conceal(place(item)),
    }
}

/// Declares what a table of the files can say: its keys, which of them must be there, and what each holds.
macro_rules! said {
    ($(#[doc = $doc:literal])* struct $name:ident { $($(#[doc = $field_doc:literal])* $need:ident $field:ident: $kind:ty,)* }) => {
        $(#[doc = $doc])*
        #[allow(dead_code, reason = "keys that this version refuses are read only to be refused")]
        pub struct $name {
            /// Where the table stands.
            pub at: $crate::config::notes::Span,
            /// It has unknown keys.
            pub strange: bool,
            $($(#[doc = $field_doc])* pub $field: Option<$kind>,)*
        }

        impl $name {
            /// The keys that the table may have.
            pub const KEYS: &[&str] = &[$($crate::config::raw::read::plain(stringify!($field))),*];

            #[allow(dead_code, reason = "the files' own tables are read as roots, the others as items")]
            fn from_opened(table: &$crate::config::raw::read::Opened<'_, '_>, notes: &mut $crate::config::notes::Notes) -> Self {
                Self {
                    at: table.at,
                    strange: table.strange,
                    $($field: table.$need($crate::config::raw::read::plain(stringify!($field)), notes),)*
                }
            }
        }

        impl $crate::config::raw::read::Read for $name {
            fn read(item: &toml_spanner::Item<'_>, key: &str, notes: &mut $crate::config::notes::Notes) -> Option<Self> {
                let table = $crate::config::raw::read::Opened::open(item, key, Self::KEYS, notes)?;
                Some(Self::from_opened(&table, notes))
            }

            fn schema() -> serde_json::Value {
                $crate::config::raw::read::object(&[$((
                    $crate::config::raw::read::plain(stringify!($field)),
                    concat!($($field_doc),*).trim(),
                    stringify!($need) == "required",
                    <$kind as $crate::config::raw::read::Read>::schema(),
                )),*])
            }
        }
    };
}
pub(in crate::config) use said;

/// The key that a field's name stands for: `r#in` is `in`.
pub const fn plain(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}

/// The schema of a table with these keys: name, what it is for, whether it must be there, what it holds.
pub fn object(keys: &[(&str, &str, bool, serde_json::Value)]) -> serde_json::Value {
    let property = |(name, description, _, schema): &(&str, &str, bool, serde_json::Value)| {
        let mut schema = schema.clone();
        schema["description"] = (*description).into();
        ((*name).to_owned(), schema)
    };
    let properties: serde_json::Map<_, _> = keys.iter().map(property).collect();
    let required: Vec<_> = keys.iter().filter(|key| key.2).map(|key| key.0).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}
