//! Synthetic members of a party, made from a seed: the same seed and number give the same bytes, always.
//!
//! They have what a real membership record has, the special categories of GDPR Art. 9 and free text among it,
//! so that what the proxy holds back can be seen. No one is real: telephone numbers come from the range that Ofcom
//! keeps for drama (07700 900000 to 900999), mail addresses end in `example.org`, names and places are drawn apart.
//! This module reads no clock: the day on which the members are looked at is [`DAY`].

mod lists;
mod random;

use std::io;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde::{Serialize, Serializer};

use lists::Town;
use random::Random;

/// How many members the demo and the tests use.
pub const MEMBERS: usize = 5_000;
/// The seed that the demo and the tests use.
pub const SEED: u64 = 2_026;
/// The day on which the members are as they are made.
pub const DAY: Date = date(2026, 2, 1);
/// The fields of a record, in their order.
pub const FIELDS: [&str; 25] = [
    "member_id",
    "title",
    "first_name",
    "last_name",
    "email",
    "mobile",
    "date_of_birth",
    "gender",
    "address",
    "constituency",
    "joined_on",
    "status",
    "membership_type",
    "consent",
    "religion",
    "ethnicity",
    "trade_union",
    "union_ref",
    "health_condition",
    "sexual_orientation",
    "voting_intention",
    "notes",
    "donations",
    "updated_at",
    "password_hash",
];

/// One synthetic member. Its JSON has the members of [`FIELDS`], in that order.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the record: each is what its name says")]
pub struct Member {
    pub member_id: u64,
    pub title: Option<&'static str>,
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub email: Option<String>,
    pub mobile: Option<String>,
    #[serde(serialize_with = "maybe_day")]
    pub date_of_birth: Option<Date>,
    pub gender: Option<&'static str>,
    pub address: Address,
    pub constituency: &'static str,
    #[serde(serialize_with = "day")]
    pub joined_on: Date,
    pub status: &'static str,
    pub membership_type: &'static str,
    pub consent: Consent,
    pub religion: Option<&'static str>,
    pub ethnicity: Option<&'static str>,
    pub trade_union: Option<&'static str>,
    pub union_ref: Option<String>,
    pub health_condition: Option<&'static str>,
    pub sexual_orientation: Option<&'static str>,
    pub voting_intention: Option<&'static str>,
    pub notes: Option<String>,
    pub donations: Vec<Donation>,
    pub updated_at: String,
    pub password_hash: String,
}

/// Where a member lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are the record: each is what its name says")]
pub struct Address {
    pub line1: String,
    pub town: &'static str,
    pub postcode: Option<String>,
}

/// How a member may be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are the record: each is what its name says")]
pub struct Consent {
    pub email: bool,
    pub phone: bool,
    pub post: bool,
}

/// One gift. The amount is in pounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the record: each is what its name says")]
pub struct Donation {
    #[serde(serialize_with = "day")]
    pub on: Date,
    pub amount: f64,
    pub appeal: &'static str,
}

/// Members 1 to `count`.
pub fn members(count: usize, seed: u64) -> impl Iterator<Item = Member> {
    (1..=count as u64).map(move |number| member(number, seed))
}

/// Writes members 1 to `count`, one JSON object a line (NDJSON).
///
/// # Errors
/// Those of the writer.
pub fn write_ndjson(count: usize, seed: u64, to: &mut impl io::Write) -> io::Result<()> {
    for member in members(count, seed) {
        serde_json::to_writer(&mut *to, &member)?;
        to.write_all(b"\n")?;
    }
    Ok(())
}

/// The member with this number (from 1), the same whatever other members are made.
#[must_use]
pub fn member(number: u64, seed: u64) -> Member {
    let mut random = Random::for_member(seed, number);
    let random = &mut random;
    let person = Person::draw(random);
    let town = random.pick(lists::TOWNS);
    let joined_on = day_before(random, DAY, 30 * 365);
    let trade_union = random.weighted(lists::UNIONS);
    Member {
        member_id: 100_000 + number,
        title: person.title,
        first_name: person.first_name,
        last_name: person.last_name,
        email: email(random, &person, number),
        mobile: mobile(random),
        date_of_birth: random.percent(96).then(|| date_of_birth(random, joined_on)),
        gender: person.gender,
        address: address(random, &town),
        constituency: random.pick(town.constituencies),
        joined_on,
        status: random.weighted(&[(88, "current"), (12, "lapsed")]),
        membership_type: random.weighted(lists::MEMBERSHIPS),
        consent: Consent { email: random.percent(70), phone: random.percent(45), post: random.percent(80) },
        religion: random.weighted(lists::RELIGIONS),
        ethnicity: random.weighted(lists::ETHNICITIES),
        trade_union,
        union_ref: trade_union.map(|union| format!("{union}-{:06}", random.below(1_000_000))),
        health_condition: random.weighted(lists::CONDITIONS),
        sexual_orientation: random.weighted(lists::ORIENTATIONS),
        voting_intention: random.weighted(lists::INTENTIONS),
        notes: notes(random, person.their),
        donations: donations(random),
        updated_at: updated_at(random),
        password_hash: password_hash(random),
    }
}

/// A date as `YYYY-MM-DD`.
fn day<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

/// A date as `YYYY-MM-DD`, or `null`.
fn maybe_day<S: Serializer>(maybe: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
    match maybe {
        Some(date) => day(date, serializer),
        None => serializer.serialize_none(),
    }
}

/// What goes together in one person.
struct Person {
    title: Option<&'static str>,
    first_name: &'static str,
    last_name: &'static str,
    gender: Option<&'static str>,
    their: &'static str,
}

/// First names, titles by weight, the word for the gender, and the pronoun in notes.
type Kind = (&'static [&'static str], &'static [(u32, Option<&'static str>)], &'static str, &'static str);

const WOMAN: Kind =
    (lists::WOMEN, &[(40, Some("Ms")), (35, Some("Mrs")), (12, Some("Miss")), (6, Some("Dr")), (7, None)], "female", "her");
const MAN: Kind = (lists::MEN, &[(85, Some("Mr")), (8, Some("Dr")), (7, None)], "male", "his");
const NEITHER: Kind = (lists::NEITHER, &[(60, Some("Mx")), (40, None)], "non-binary", "their");

impl Person {
    fn draw(random: &mut Random) -> Self {
        let (names, titles, gender, their) = random.weighted(&[(49, WOMAN), (48, MAN), (3, NEITHER)]);
        Self {
            title: random.weighted(titles),
            first_name: random.pick(names),
            last_name: random.pick(lists::SURNAMES),
            gender: random.percent(94).then_some(gender),
            their,
        }
    }
}

/// A day within `days` before `day`.
fn day_before(random: &mut Random, day: Date, days: u32) -> Date {
    day.saturating_sub(i64::from(random.below(days)).days())
}

/// A date of birth that made the member 14 to about 70 on joining, and at most 100 on [`DAY`].
fn date_of_birth(random: &mut Random, joined_on: Date) -> Date {
    let oldest = DAY.saturating_sub(100.years());
    day_before(random, joined_on.saturating_sub(14.years()), 56 * 365).max(oldest)
}

fn email(random: &mut Random, person: &Person, number: u64) -> Option<String> {
    if random.percent(6) {
        return random.percent(50).then(String::new);
    }
    let address = format!("{}.{}.{number}@example.org", plain(person.first_name), plain(person.last_name));
    Some(if random.percent(4) { address.to_uppercase() } else { address })
}

/// The name in the ASCII letters and hyphens of a mail address.
fn plain(name: &str) -> String {
    let fold = |letter: char| match letter {
        'â' | 'á' => Some('a'),
        'ë' => Some('e'),
        'Ó' | 'ô' => Some('o'),
        'ŷ' => Some('y'),
        '-' => Some('-'),
        _ => letter.is_ascii_alphabetic().then(|| letter.to_ascii_lowercase()),
    };
    name.chars().filter_map(fold).collect()
}

/// A number out of the thousand that Ofcom keeps for drama, in one of the three spellings that forms collect.
fn mobile(random: &mut Random) -> Option<String> {
    let last = random.below(1_000);
    let spelling = random.weighted(&[(70, 0), (14, 1), (6, 2), (8, 3), (2, 4)]);
    match spelling {
        0 => Some(format!("07700 900{last:03}")),
        1 => Some(format!("+447700900{last:03}")),
        2 => Some(format!("07700900{last:03}")),
        3 => None,
        _ => Some(String::new()),
    }
}

fn address(random: &mut Random, town: &Town) -> Address {
    let line1 = format!("{} {}", 1 + random.below(140), random.pick(lists::STREETS));
    Address { line1, town: town.name, postcode: random.percent(97).then(|| postcode(random, town)) }
}

/// An outward code of the town, and an inward code from the letters that Royal Mail uses there.
fn postcode(random: &mut Random, town: &Town) -> String {
    const LETTERS: &[u8] = b"ABDEFGHJLNPQRSTUWXYZ";
    let outcode = random.pick(town.outcodes);
    let sector = random.below(10);
    let unit = [random.pick(LETTERS), random.pick(LETTERS)].map(char::from);
    format!("{outcode} {sector}{}{}", unit[0], unit[1])
}

fn notes(random: &mut Random, their: &str) -> Option<String> {
    let kind = random.weighted(&[(45, 0), (33, 1), (20, 2), (2, 3)]);
    let text = match kind {
        0 => return None,
        1 => random.pick(lists::PLAIN_NOTES).to_owned(),
        2 => format!("{} {}", random.pick(lists::PLAIN_NOTES), random.pick(lists::TELLING_NOTES)),
        _ => String::new(),
    };
    Some(text.replace("{their}", their))
}

fn donations(random: &mut Random) -> Vec<Donation> {
    let count = random.weighted(&[(60, 0), (25, 1), (10, 2), (5, 3)]);
    let mut gifts: Vec<Donation> = (0..count).map(|_| donation(random)).collect();
    gifts.sort_by_key(|gift| gift.on);
    gifts
}

fn donation(random: &mut Random) -> Donation {
    const PENCE: &[u32] = &[300, 500, 1_000, 1_250, 2_000, 2_500, 5_000, 10_000, 25_000];
    Donation {
        on: day_before(random, DAY, 5 * 365),
        amount: f64::from(random.pick(PENCE)) / 100.0,
        appeal: random.pick(lists::APPEALS),
    }
}

fn updated_at(random: &mut Random) -> String {
    let day = day_before(random, DAY, 900);
    format!("{day}T{:02}:{:02}:{:02}Z", random.below(24), random.below(60), random.below(60))
}

/// What looks like a password's hash and is noise: the field that an API gives away by mistake.
fn password_hash(random: &mut Random) -> String {
    format!("pbkdf2_sha256$600000${:016x}${:016x}{:016x}", random.next(), random.next(), random.next())
}

#[cfg(test)]
mod tests;
