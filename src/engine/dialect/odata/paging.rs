//! How much OData gives at once, and where it goes on: `$top`, `Prefer: odata.maxpagesize`, and next links.
//!
//! `$top` is no page's size: it bounds the whole list (OData 4.01 Protocol, section 11.2.6.3), so no page follows it here. A
//! page's size is a preference (section 8.2.8.5), which a larger wish than the export's only falls short of. No other preference
//! of OData's is taken: `include-annotations` would double fields under other names, `track-changes` would list who has gone.

use crate::engine::dialect::offer::{Offer, POSITION_MAX, decimal, quoted, refuse};
use crate::engine::dialect::rest::parameter_of;
use crate::engine::dialect::route::NotUnderstood;
use crate::engine::query::{Page, Position};
use crate::engine::rejection::Rejection;

/// The parameter for a page's size in our links, which have to mean the same without a header.
pub const SIZE: &str = "maxpagesize";
/// The bound of the whole list.
pub const TOP: &str = "$top";
/// Where the list goes on.
pub const TOKEN: &str = "$skiptoken";
/// Where the list goes on at sources that count.
pub const SKIP: &str = "$skip";
/// A page's size, as it is wished for.
pub const PREFERENCE: &str = "odata.maxpagesize";
/// Preferences of RFC 7240 itself, which say how to answer and not what.
const INDIFFERENT: [&str; 5] = ["return", "respond-async", "wait", "handling", ""];

/// What a request says of sizes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sizes {
    /// `$top`.
    pub top: Option<u32>,
    /// The page's size, by parameter or by preference.
    pub page: Option<u32>,
}

impl Sizes {
    /// Takes another wish for the page's size.
    ///
    /// # Errors
    /// A refusal when it is none, or not the one that stands elsewhere.
    pub fn wish(&mut self, offer: &Offer, said: &str) -> Result<(), Rejection> {
        let size = decimal(said).and_then(|size| u32::try_from(size).ok()).filter(|size| *size > 0);
        let size = size.ok_or_else(|| refuse(format!("`{PREFERENCE}` takes a whole number from 1.")))?;
        let size = size.min(offer.size_max);
        if self.page.is_some_and(|other| other != size) {
            return Err(refuse(format!("`{SIZE}` and `{PREFERENCE}` differ; say one, or the same in both.")));
        }
        self.page = Some(size);
        Ok(())
    }

    /// The first page that is meant.
    ///
    /// # Errors
    /// A refusal when pages are to be smaller than the list, which then has several.
    pub fn page(self, offer: &Offer) -> Result<Page, Rejection> {
        let page = |size, alone| Page { size, position: Position::Start, alone };
        match (self.top, self.page) {
            (Some(top), Some(size)) if size < top => Err(refuse(format!(
                "`{TOP}` bounds the whole list, and comes in one page: ask for no smaller pages with it, or leave it out."
            ))),
            (Some(top), _) => Ok(page(top, true)),
            (None, Some(size)) => Ok(page(size, false)),
            (None, None) => Ok(page(offer.usual_size(SIZE)?, false)),
        }
    }
}

/// Reads `Prefer` (RFC 7240 section 2). On a single record its size means nothing.
///
/// # Errors
/// A refusal for each preference that would change what a list is.
pub fn read_preferences(offer: &Offer, said: &str, sizes: &mut Sizes) -> Result<(), Rejection> {
    for preference in said.split(',') {
        let preference = preference.split_once(';').map_or(preference, |(preference, _)| preference).trim();
        let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        match name.as_str() {
            PREFERENCE | SIZE => sizes.wish(offer, unquoted(value))?,
            name if INDIFFERENT.contains(&name) => {}
            _ => {
                let sentence = format!("The preference `{}` is not honoured; `{PREFERENCE}` is.", quoted(preference));
                return Err(offer.refuse(said, sentence));
            }
        }
    }
    Ok(())
}

/// A word, or the same in double quotes.
fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(value)
}

/// Where a source's next link leads: absolute, from the root, or from the list (`Members?$skiptoken=1000`). Nothing of it is taken but
/// its position; the rest of the query is known.
///
/// # Errors
/// [`NotUnderstood`] when it says none, two, or none that leads onwards: OData leaves the link out at the end.
pub fn next(said: &str, current: &Position) -> Result<Position, NotUnderstood> {
    let next = match (parameter_of(said, TOKEN), parameter_of(said, SKIP)) {
        (Some(token), None) if !token.is_empty() => Position::Token(token),
        (None, Some(skip)) => counted(&skip, current).ok_or(NotUnderstood)?,
        _ => return Err(NotUnderstood),
    };
    if next == *current { Err(NotUnderstood) } else { Ok(next) }
}

fn counted(skip: &str, current: &Position) -> Option<Position> {
    let from = if let Position::Offset(from) = current { *from } else { 0 };
    decimal(skip).filter(|skip| (from + 1..=POSITION_MAX).contains(skip)).map(Position::Offset)
}
