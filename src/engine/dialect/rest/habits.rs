//! What the clients of a product do beside what they ask, and nobody means anything by.
//!
//! A habit is taken letter for letter, and nothing that resembles it: whatever else comes with a request is refused.

use crate::engine::dialect::speech::Payload;

/// What clients do that means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habits {
    /// They send an empty JSON object with every request. One of everyaction-client's two is that object within a JSON string.
    pub empty_object: bool,
    /// They put the API's address before each link that they read, so links are relative to the list's own address (RFC 3986
    /// section 5.2): its last segment, and the query.
    pub links_beside: bool,
}

impl Habits {
    /// None.
    pub const NONE: Self = Self { empty_object: false, links_beside: false };

    /// Whether a body means nothing.
    pub(super) fn is_nothing(self, body: Payload<'_>) -> bool {
        match body {
            Payload::Nothing => true,
            Payload::Json(text) => self.empty_object && (text == r#""{}""# || is_empty_object(text)),
            Payload::Form(_) => false,
        }
    }

    /// Our link, as these clients have to read it.
    pub(super) fn written(self, link: String) -> String {
        let path = link.split_once('?').map_or(&*link, |(path, _)| path);
        let last = path.rfind('/').map_or(0, |slash| slash + 1);
        // What stands before a colon would be taken for a scheme (RFC 3986 section 4.2).
        let relative = self.links_beside && !path[last..].contains(':');
        if relative { link[last..].to_owned() } else { link }
    }
}

/// `{}`, whatever white space (RFC 8259 section 2) stands in it.
fn is_empty_object(text: &str) -> bool {
    let text = text.trim_matches(is_blank);
    text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).is_some_and(|inside| inside.chars().all(is_blank))
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}
