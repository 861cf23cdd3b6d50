//! Cursors: a position in a pull, sealed so that only this proxy can read it, and only for whom it was made.
//!
//! A source's own cursor may carry data (a sort value, a filter), so a campaign never sees one. Ours is AES-SIV
//! (RFC 5297) of the position and an expiry, bound by associated data to contest, campaign, export and query. It is
//! deterministic: equal pulls get equal cursors, so a cursor tells nothing that its position does not. Its length
//! is padded, so that it does not tell the length of what is inside.

use aes_siv::KeyInit;
use aes_siv::siv::Aes256Siv;
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use crate::engine::ids::{CampaignId, ContestId, ExportName};
use crate::engine::query::Position;
use crate::engine::time::Timestamp;

/// Bytes of a cursor key: two AES-256 keys (RFC 5297 section 2.2).
pub const CURSOR_KEY_BYTES: usize = 64;
/// Longest cursor of a source that is sealed, in bytes. Dataverse's names the first and the last record of a page, escaped three times
/// over: some 300 bytes, and more where the order has fields with values.
pub const TOKEN_BYTES_MAX: usize = 2048;
/// Longest sealed cursor that is looked at, in characters: four for each three bytes of the longest, its padding and its seal.
pub const SEALED_CHARS_MAX: usize = 3072;
/// How long a cursor is good for, in seconds; expiries are rounded up to whole hours.
pub const LIFETIME_SECONDS: i64 = 24 * 3600;

const VERSION: u8 = 1;
const PAD_BYTES: usize = 32;
const HOUR_SECONDS: i64 = 3600;

/// The key under which one campaign's cursors are sealed. Zeroed when dropped.
pub struct CursorKey(Zeroizing<[u8; CURSOR_KEY_BYTES]>);

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CursorKey(..)")
    }
}

/// What a cursor is bound to: it opens for the same four alone.
#[derive(Debug, Clone, Copy)]
pub struct Binding<'a> {
    /// The contest.
    pub contest: &'a ContestId,
    /// The campaign.
    pub campaign: &'a CampaignId,
    /// The export.
    pub export: &'a ExportName,
    /// The query without its position, in canonical spelling.
    pub query: &'a str,
}

impl Binding<'_> {
    /// RFC 5297 takes a vector of strings, so no separator can be forged.
    fn headers(&self) -> [&[u8]; 5] {
        let names = [self.contest.as_str(), self.campaign.as_str(), self.export.as_str(), self.query];
        let [contest, campaign, export, query] = names.map(str::as_bytes);
        [b"portcullis/cursor", contest, campaign, export, query]
    }
}

impl CursorKey {
    /// A key of bytes that were derived for this purpose alone.
    #[must_use]
    pub fn new(bytes: [u8; CURSOR_KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Seals a position; `None` when the source's own cursor is longer than [`TOKEN_BYTES_MAX`].
    #[must_use]
    pub fn seal(&self, binding: &Binding<'_>, position: &Position, now: Timestamp) -> Option<String> {
        let plain = encode(position, expiry(now))?;
        let sealed = Aes256Siv::new((&*self.0).into()).encrypt(binding.headers(), &plain).ok()?;
        Some(BASE64URL_NOPAD.encode(&sealed))
    }

    /// Opens a cursor; `None` when it was altered, is another's, was made for another query, or has expired.
    #[must_use]
    pub fn open(&self, binding: &Binding<'_>, text: &str, now: Timestamp) -> Option<Position> {
        if text.len() > SEALED_CHARS_MAX {
            return None;
        }
        let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let plain = Aes256Siv::new((&*self.0).into()).decrypt(binding.headers(), &sealed).ok()?;
        let (position, expires) = decode(&plain)?;
        (now.as_second() < expires).then_some(position)
    }
}

/// Rounded, so that the same page asked for twice within the hour carries the same cursor.
fn expiry(now: Timestamp) -> i64 {
    (now.as_second() + LIFETIME_SECONDS).div_euclid(HOUR_SECONDS).saturating_add(1).saturating_mul(HOUR_SECONDS)
}

/// Version, expiry, kind, length, value, zeros up to a multiple of [`PAD_BYTES`].
fn encode(position: &Position, expires: i64) -> Option<Vec<u8>> {
    let number: [u8; 8];
    let (kind, value): (u8, &[u8]) = match position {
        Position::Start => (0, &[]),
        Position::Offset(records) => {
            number = records.to_be_bytes();
            (1, &number)
        }
        Position::Number(page) => {
            number = page.to_be_bytes();
            (2, &number)
        }
        Position::Token(token) if token.len() <= TOKEN_BYTES_MAX => (3, token.as_bytes()),
        Position::Token(_) => return None,
    };
    let mut plain = vec![VERSION];
    plain.extend(expires.to_be_bytes());
    plain.push(kind);
    plain.extend(u16::try_from(value.len()).ok()?.to_be_bytes());
    plain.extend(value);
    plain.resize(plain.len().next_multiple_of(PAD_BYTES), 0);
    Some(plain)
}

fn decode(plain: &[u8]) -> Option<(Position, i64)> {
    let (&version, rest) = plain.split_first()?;
    let (expires, rest) = rest.split_first_chunk::<8>()?;
    let (&kind, rest) = rest.split_first()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let value = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
    let number = || value.try_into().ok().map(u64::from_be_bytes);
    let position = match (version, kind) {
        (VERSION, 0) => Position::Start,
        (VERSION, 1) => Position::Offset(number()?),
        (VERSION, 2) => Position::Number(number()?),
        (VERSION, 3) => Position::Token(String::from_utf8(value.to_vec()).ok()?),
        _ => return None,
    };
    Some((position, i64::from_be_bytes(*expires)))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Names(ContestId, CampaignId, ExportName);

    fn names(contest: &str, campaign: &str, export: &str) -> Names {
        Names(ContestId::parse(contest).unwrap(), CampaignId::parse(campaign).unwrap(), ExportName::parse(export).unwrap())
    }

    fn binding<'a>(names: &'a Names, query: &'a str) -> Binding<'a> {
        Binding { contest: &names.0, campaign: &names.1, export: &names.2, query }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn key() -> CursorKey {
        CursorKey::new([7; CURSOR_KEY_BYTES])
    }

    #[test]
    fn every_position_comes_back() {
        let names = names("c", "k", "e");
        let token = Position::Token("Christian,2362".to_owned());
        for position in [Position::Start, Position::Offset(500), Position::Number(u64::MAX), token] {
            let sealed = key().seal(&binding(&names, "limit=5"), &position, at(0)).unwrap();
            assert_eq!(key().open(&binding(&names, "limit=5"), &sealed, at(1)), Some(position));
        }
    }

    #[test]
    fn the_longest_opens_again() {
        let names = names("c", "k", "e");
        let of = |bytes: usize| key().seal(&binding(&names, ""), &Position::Token("x".repeat(bytes)), at(0));
        let longest = of(TOKEN_BYTES_MAX).unwrap();
        assert!(longest.len() <= SEALED_CHARS_MAX && key().open(&binding(&names, ""), &longest, at(0)).is_some());
        assert_eq!(of(TOKEN_BYTES_MAX + 1), None);
    }

    #[test]
    fn opens_only_for_whom_it_was_made() {
        let mine = names("c", "k", "e");
        let sealed = key().seal(&binding(&mine, "q"), &Position::Offset(5), at(0)).unwrap();
        for other in [names("d", "k", "e"), names("c", "l", "e"), names("c", "k", "f"), names("ck", "e", "q")] {
            assert_eq!(key().open(&binding(&other, "q"), &sealed, at(0)), None);
        }
        assert_eq!(key().open(&binding(&mine, "r"), &sealed, at(0)), None);
        assert_eq!(CursorKey::new([8; 64]).open(&binding(&mine, "q"), &sealed, at(0)), None);
    }

    #[test]
    fn any_altered_character_closes_it() {
        let names = names("c", "k", "e");
        let sealed = key().seal(&binding(&names, ""), &Position::Offset(5), at(0)).unwrap();
        for place in 0..sealed.len() {
            let mut altered = sealed.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(key().open(&binding(&names, ""), std::str::from_utf8(&altered).unwrap(), at(0)), None);
        }
        assert_eq!(key().open(&binding(&names, ""), "", at(0)), None);
        assert_eq!(key().open(&binding(&names, ""), &"A".repeat(5000), at(0)), None);
    }

    #[test]
    fn expires_between_a_day_and_an_hour_more() {
        let names = names("c", "k", "e");
        let sealed = key().seal(&binding(&names, ""), &Position::Offset(5), at(100)).unwrap();
        assert!(key().open(&binding(&names, ""), &sealed, at(100 + LIFETIME_SECONDS)).is_some());
        assert!(key().open(&binding(&names, ""), &sealed, at(100 + LIFETIME_SECONDS + HOUR_SECONDS)).is_none());
    }

    #[test]
    fn the_length_does_not_tell_what_is_inside() {
        let names = names("c", "k", "e");
        let length = |token: &str| key().seal(&binding(&names, ""), &Position::Token(token.to_owned()), at(0)).unwrap().len();
        assert_eq!(length("Sikh,1"), length("Christian,2362"));
    }
}
