//! What happens to one field, and on what condition: the rules as values.
//!
//! This module decides nothing about a body; it says what was configured.

use std::num::NonZeroU32;

use crate::engine::format::Format;
use crate::engine::ids::{Domain, FieldPath};
use crate::engine::member::Channel;
use crate::engine::time::Date;

/// What happens to one field. A field without a rule is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Never leaves. Written down only to say why, or so that a condition may read it.
    Drop,
    /// Leaves as it is when it is a scalar of this format, in the source's own spelling, or `null`; otherwise it is dropped
    /// and counted. It is the only rule that lets `null` through: to every other one `null` is an absent field.
    Keep(Format),
    /// Leaves with all but the last `last` characters replaced by `*`; a text that is no longer than that, with all of them.
    /// Takes one line of text, at most [`TEXT_CHARS_DEFAULT`](crate::engine::format::TEXT_CHARS_DEFAULT) characters, or a number.
    Mask {
        /// Characters at the end that stay readable, at least 1.
        last: NonZeroU32,
    },
    /// Leaves coarser.
    Generalise(Generalisation),
    /// Leaves as HMAC-SHA-256 of its normalised value (FIPS 198-1), under a key of contest, campaign and domain.
    Pseudonymise(Domain),
    /// Leaves as AES-SIV (RFC 5297) of its value, under a key of contest and campaign and bound to the field: only the proxy
    /// can turn it back.
    Tokenise,
}

impl Rule {
    /// The rule's name, as configurations, metrics and reports write it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Keep(_) => "keep",
            Self::Mask { .. } => "mask",
            Self::Generalise(_) => "generalise",
            Self::Pseudonymise(_) => "pseudonymise",
            Self::Tokenise => "tokenise",
        }
    }
}

/// How a value is made coarser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Generalisation {
    /// A date of birth to an age band on a stated day: `18-24`, and `65+` at the end, `0-17` at the beginning.
    AgeBand {
        /// The lower edges, ascending.
        bands: Box<[u16]>,
        /// The day on which the age is taken.
        on: Date,
    },
    /// A date to its year: `"1990"`.
    Year,
    /// A date to its year and month: `"1990-05"`.
    Month,
    /// A UK postcode to its outward code.
    Outcode,
    /// A number, not negative, to a band of this width: `"20-29"`. A fraction is left out first.
    NumericBand {
        /// Width of a band.
        width: NonZeroU32,
    },
    /// A text to its first characters. One that is no longer than that would leave whole, so it is dropped and counted.
    Prefix {
        /// Characters that stay.
        chars: NonZeroU32,
    },
}

/// A rule for the field at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRule {
    /// Where the field stands inside the record. One that stands in elements of a list is judged in each of them.
    pub path: FieldPath,
    /// What happens to it.
    pub rule: Rule,
    /// Its special category, when it has one.
    pub category: Option<Category>,
    /// The way to reach the member that it is, or is part of, when it is one: it stays when the member objects to that.
    pub channel: Option<Channel>,
    /// The field leaves only when every condition holds.
    pub when: Vec<Condition>,
}

/// Lists that one plan may enter: each has a desk of its own, and what desks learn of a source is bounded for each.
pub const LISTS_MAX: usize = 32;
/// Elements of one list that may leave, where nothing else is said.
pub const LIST_ITEMS_DEFAULT: u32 = 100;
/// Most that [`ListRule::max`] may be.
pub const LIST_ITEMS_MAX: u32 = 10_000;

/// What holds for an array inside the record whose elements have rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRule {
    /// Where the array stands.
    pub path: FieldPath,
    /// Elements that may leave, from 1 to [`LIST_ITEMS_MAX`]. An array of which more would leave is dropped whole, and counted
    /// like a value that is not of its format. Elements that do not leave do not count: they would show.
    pub max: u32,
    /// An element that fails any of these is left out. Their paths begin inside the element.
    pub rows: Vec<Condition>,
}

impl ListRule {
    /// What holds for an array of which nothing is said.
    #[must_use]
    pub fn usual(path: FieldPath) -> Self {
        Self { path, max: LIST_ITEMS_DEFAULT, rows: Vec::new() }
    }
}

/// A condition on another field: of the same record or, for a field in an element of a list, of the same element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The field that is read. It need not leave.
    pub path: FieldPath,
    /// What must hold.
    pub test: Test,
}

/// What must hold of a field. An absent field and `null` satisfy only `Present(false)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// Equal to one of these.
    In(Box<[Value]>),
    /// A date before this one.
    Before(Date),
    /// A date after this one.
    After(Date),
    /// There, and not `null`; or the opposite.
    Present(bool),
}

/// A value that a configuration compares with. Types are not mixed: `1` is not `"1"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Text(Box<str>),
    /// An integer; compared with a JSON number of the same value without fraction or exponent.
    Integer(i64),
    /// A truth value. Also the JSON number `1` for true and `0` for false, as SQL databases print them, and nothing else.
    Boolean(bool),
}

/// Special categories of personal data: GDPR Art. 9(1), and Art. 10 as the tenth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// Racial or ethnic origin.
    RacialOrEthnicOrigin,
    /// Political opinions.
    PoliticalOpinion,
    /// Religious or philosophical beliefs.
    ReligiousOrPhilosophicalBelief,
    /// Trade-union membership.
    TradeUnionMembership,
    /// Genetic data.
    Genetic,
    /// Biometric data for identification.
    Biometric,
    /// Health.
    Health,
    /// Sex life.
    SexLife,
    /// Sexual orientation.
    SexualOrientation,
    /// Criminal convictions and offences (Art. 10).
    CriminalOffence,
}

impl Category {
    /// Every category with its fixed name.
    pub const ALL: [(&'static str, Self); 10] = [
        ("racial-or-ethnic-origin", Self::RacialOrEthnicOrigin),
        ("political-opinion", Self::PoliticalOpinion),
        ("religious-or-philosophical-belief", Self::ReligiousOrPhilosophicalBelief),
        ("trade-union-membership", Self::TradeUnionMembership),
        ("genetic", Self::Genetic),
        ("biometric", Self::Biometric),
        ("health", Self::Health),
        ("sex-life", Self::SexLife),
        ("sexual-orientation", Self::SexualOrientation),
        ("criminal-offence", Self::CriminalOffence),
    ];

    /// The category with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == text).map(|&(_, category)| category)
    }

    /// The fixed name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|&&(_, category)| category == self).map_or("", |&(name, _)| name)
    }
}
