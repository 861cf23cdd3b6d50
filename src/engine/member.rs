//! Members, as the books know them: by a keyed digest, and reachable through channels.
//!
//! Never holds an identifier in clear, and never turns a digest back: without the contest's key nobody can look for a member,
//! and once the key is destroyed nobody can at all.

use siphasher::sip128::SipHasher24;
use zeroize::Zeroizing;

/// Bytes of a [`MemberDigest`].
pub const MEMBER_DIGEST_BYTES: usize = 16;
/// Bytes of a [`MemberKey`].
pub const MEMBER_KEY_BYTES: usize = 16;

/// One member of one contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberDigest(pub [u8; MEMBER_DIGEST_BYTES]);

/// The key of a contest's member digests, derived for this purpose alone.
pub struct MemberKey(Zeroizing<[u8; MEMBER_KEY_BYTES]>);

impl MemberKey {
    /// A key of bytes that the caller derived.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; MEMBER_KEY_BYTES]>) -> Self {
        Self(bytes)
    }

    /// The digest of a member's identifier. The number `7` and the text `"7"` are one member.
    ///
    /// SipHash-2-4 with 128 bits (Aumasson and Bernstein, *SipHash: a fast short-input PRF*, 2012): a keyed function for inputs as
    /// short as identifiers are, and eight times as fast as HMAC-SHA-256 on them. It runs for every record that leaves.
    #[inline]
    #[must_use]
    pub fn digest(&self, identifier: impl AsRef<[u8]>) -> MemberDigest {
        MemberDigest(SipHasher24::new_with_key(&self.0).hash(identifier.as_ref()).as_bytes())
    }
}

impl std::fmt::Debug for MemberKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemberKey(..)")
    }
}

/// A way to reach a member, which the member may object to by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// Calls and text messages.
    Phone,
    /// Electronic mail.
    Email,
    /// Letters and visits.
    Post,
}

impl Channel {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Phone, Self::Email, Self::Post];

    /// The stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Post => "post",
        }
    }

    /// The one with this name, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.code() == code)
    }
}

/// What an objection is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Withheld {
    /// The whole record.
    All,
    /// The fields of one channel.
    Channel(Channel),
}

impl Withheld {
    /// The stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Channel(channel) => channel.code(),
        }
    }

    /// The one with this name, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        if code == "all" { Some(Self::All) } else { Channel::from_code(code).map(Self::Channel) }
    }
}

/// What of a record may leave as far as the member's objections go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Objected {
    all: bool,
    channels: u8,
}

impl Objected {
    /// Adds an objection.
    pub fn add(&mut self, withheld: Withheld) {
        match withheld {
            Withheld::All => self.all = true,
            Withheld::Channel(channel) => self.channels |= 1 << channel as u8,
        }
    }

    /// Whether the whole record stays.
    #[must_use]
    pub const fn all(self) -> bool {
        self.all
    }

    /// Whether the fields of a channel stay.
    #[inline]
    #[must_use]
    pub const fn withholds(self, channel: Channel) -> bool {
        self.all || self.channels & (1 << channel as u8) != 0
    }

    /// Whether nothing was objected to.
    #[must_use]
    pub const fn is_nothing(self) -> bool {
        !self.all && self.channels == 0
    }

    /// Whether everything that `before` withholds is withheld still, and nothing more.
    #[must_use]
    pub const fn adds_nothing_to(self, before: Self) -> bool {
        before.all || (!self.all && self.channels & !before.channels == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the reference implementation's vectors for the 128-bit variant: key 00..0f, inputs of 0 and 1 byte.
    #[test]
    fn digests_are_those_of_the_reference_implementation() {
        let key = MemberKey::new(Zeroizing::new(std::array::from_fn(|at| u8::try_from(at).unwrap())));
        let hex = |text: &str| data_encoding::HEXLOWER.encode(&key.digest(text).0);
        assert_eq!(hex(""), "a3817f04ba25a8e66df67214c7550293");
        assert_eq!(hex("\0"), "da87c1d86b99af44347659119b22fc45");
    }

    #[test]
    fn objections_add_up() {
        let mut objected = Objected::default();
        assert!(objected.is_nothing());
        objected.add(Withheld::Channel(Channel::Email));
        assert!(objected.withholds(Channel::Email) && !objected.withholds(Channel::Phone) && !objected.all());
        let before = objected;
        objected.add(Withheld::All);
        assert!(objected.all() && objected.withholds(Channel::Post));
        assert!(!objected.adds_nothing_to(before) && before.adds_nothing_to(objected) && before.adds_nothing_to(before));
    }

    #[test]
    fn codes_are_found_again() {
        for code in ["all", "phone", "email", "post"] {
            assert_eq!(Withheld::from_code(code).map(Withheld::code), Some(code));
        }
        assert_eq!(Withheld::from_code("fax"), None);
    }
}
