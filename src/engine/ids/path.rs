//! Paths: where a value stands inside a record, also in the elements of an array.
//!
//! A path names what is there and never looks whether it is.

use std::fmt;

use super::IdError;

/// Longest field path, in bytes.
pub const PATH_BYTES_MAX: usize = 256;
/// Most steps that a field path may have.
pub const PATH_DEPTH_MAX: usize = 16;

/// One step of a [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Into the member of this name.
    Member(Box<str>),
    /// Into each element of an array.
    Each,
}

impl Part {
    /// The member's name.
    #[must_use]
    pub fn member(&self) -> Option<&str> {
        match self {
            Self::Member(name) => Some(name),
            Self::Each => None,
        }
    }
}

/// Where a value stands inside a record, or a member inside a body: the steps from the outside in.
///
/// Written `outer.inner`, and `list[].inner` or `list[]` for what stands in each element of an array; a text that starts with
/// `/` is a JSON Pointer (RFC 6901), for names that contain a dot or end with `[]`. There each element is written `~[]` behind
/// the list's name, which is no escape of that standard. The empty text is the whole value. Single elements have no path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath(Box<[Part]>);

impl FieldPath {
    /// Parses either spelling.
    ///
    /// # Errors
    /// [`IdError`] when it is too long, too deep, has an empty part or a bad escape.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if text.len() > PATH_BYTES_MAX {
            return Err(IdError::TooLong(PATH_BYTES_MAX));
        }
        if text.chars().any(char::is_control) {
            return Err(IdError::Control);
        }
        let mut parts = Vec::new();
        match text.strip_prefix('/') {
            _ if text.is_empty() => {}
            Some(pointer) => pointer.split('/').try_for_each(|step| push_step(step, POINTER_EACH, &mut parts))?,
            None => text.split('.').try_for_each(|step| push_step(step, DOTTED_EACH, &mut parts))?,
        }
        if parts.len() > PATH_DEPTH_MAX {
            return Err(IdError::TooDeep);
        }
        Ok(Self(parts.into()))
    }

    /// The path of these steps, which may be longer than what can be parsed.
    #[must_use]
    pub fn of(parts: &[Part]) -> Self {
        Self(parts.into())
    }

    /// The steps from the outside in; empty for the whole value.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The names of the members from the outside in.
    pub fn members(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.iter().filter_map(Part::member)
    }

    /// Whether it leads into the elements of an array.
    #[must_use]
    pub fn enters_list(&self) -> bool {
        self.0.contains(&Part::Each)
    }

    /// The list that it leads into last, and the steps inside an element of it; `None` where it leads into none.
    #[must_use]
    pub fn innermost_list(&self) -> Option<(Self, &[Part])> {
        let at = self.0.iter().rposition(|part| *part == Part::Each)?;
        Some((Self(self.0[..at].into()), &self.0[at + 1..]))
    }

    /// The lists that it leads into, from the outside in.
    pub fn lists(&self) -> impl Iterator<Item = Self> {
        let entered = self.0.iter().enumerate().filter(|(_, part)| **part == Part::Each);
        entered.map(|(at, _)| Self(self.0[..at].into()))
    }

    /// Where a path inside an element of this list leads to. May be longer than what can be parsed.
    #[must_use]
    pub fn in_each(&self, inner: &Self) -> Self {
        let steps = self.0.iter().chain([&Part::Each]).chain(&inner.0);
        Self(steps.cloned().collect())
    }
}

/// What stands for each element behind a name, in the dotted spelling.
const DOTTED_EACH: &str = "[]";
/// The same in a pointer, where `[]` is part of a name.
const POINTER_EACH: &str = "~[]";

/// Reads a name and what stands behind it for each element.
fn push_step(step: &str, each: &str, parts: &mut Vec<Part>) -> Result<(), IdError> {
    let mut name = step;
    let mut entered = 0;
    while let Some(rest) = name.strip_suffix(each) {
        name = rest;
        entered += 1;
    }
    if name.is_empty() {
        return Err(IdError::EmptyPart);
    }
    let name = if each == POINTER_EACH { unescape_pointer(name)? } else { name.into() };
    parts.push(Part::Member(name));
    parts.extend(std::iter::repeat_n(Part::Each, entered));
    Ok(())
}

/// RFC 6901 section 4: `~1` is `/`, then `~0` is `~`.
fn unescape_pointer(part: &str) -> Result<Box<str>, IdError> {
    let mut bad = part.split('~').skip(1);
    if bad.any(|rest| !rest.starts_with(['0', '1'])) {
        return Err(IdError::Escape);
    }
    Ok(part.replace("~1", "/").replace("~0", "~").into())
}

/// Steps in the spelling in which a configuration can name them. No two paths have one spelling.
#[must_use]
pub fn spell(parts: &[Part]) -> String {
    let plain = |name: &str| !name.is_empty() && !name.contains(['.', '/', '~']) && !name.ends_with(DOTTED_EACH);
    let dotted = parts.iter().filter_map(Part::member).all(plain);
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Member(name) if dotted => text.extend([if text.is_empty() { "" } else { "." }, name]),
            Part::Member(name) => text.extend(["/", &name.replace('~', "~0").replace('/', "~1")]),
            Part::Each => text.push_str(if dotted { DOTTED_EACH } else { POINTER_EACH }),
        }
    }
    text
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&spell(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Result<Vec<String>, IdError> {
        FieldPath::parse(text).map(|p| p.parts().iter().map(|part| part.member().unwrap_or("EACH").to_owned()).collect())
    }

    #[test]
    fn field_paths_have_two_spellings() {
        assert_eq!(path("address.town").unwrap(), ["address", "town"]);
        assert_eq!(path("/email_primary.email").unwrap(), ["email_primary.email"]);
        assert_eq!(path("/a~1b/c~0d").unwrap(), ["a/b", "c~d"]);
        assert_eq!(path("").unwrap(), Vec::<String>::new());
        assert_eq!(path("a..b"), Err(IdError::EmptyPart));
        assert_eq!(path("/a~2"), Err(IdError::Escape));
        for text in ["address.town", "/a.b/c", "/a~1b"] {
            assert_eq!(FieldPath::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn each_element_of_a_list_has_a_spelling_that_is_no_name() {
        assert_eq!(path("gifts[].amount").unwrap(), ["gifts", "EACH", "amount"]);
        assert_eq!(path("a.tags[]").unwrap(), ["a", "tags", "EACH"]);
        assert_eq!(path("a[][].b").unwrap(), ["a", "EACH", "EACH", "b"]);
        assert_eq!(path("/x[]/b").unwrap(), ["x[]", "b"], "in a pointer it is part of the name");
        assert_eq!(path("/x.y~[]/b[]").unwrap(), ["x.y", "EACH", "b[]"]);
        assert_eq!(path("a[]b").unwrap(), ["a[]b"]);
        for empty in ["[]", "a.[]", "/~[]", "/"] {
            assert_eq!(path(empty), Err(IdError::EmptyPart), "{empty}");
        }
        assert_eq!(path("/a~[]b"), Err(IdError::Escape));
        for text in ["gifts[].amount", "a[][]", "/x[]/b", "/x.y~[]/b", "/x[]~[]", "/[]"] {
            assert_eq!(FieldPath::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(FieldPath::parse("/a~[]/b").unwrap().to_string(), "a[].b");
        assert_eq!(FieldPath::parse(&"a[]".repeat(9).replace("]a", "].a")), Err(IdError::TooDeep));
    }
}
