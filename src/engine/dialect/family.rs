//! The API families, by the names that `api` has in a contest's file: one line each.
//!
//! A family says in which words its exports are asked for, what an export need not say because the API fixes it, and how its
//! clients like to hear of trouble. Adding one is a file beside this one and a line in [`FAMILIES`].

use serde_json::Value;

use super::offer::Naming;
use super::place::Place;
use super::rest::{self, Preset};
use super::route::Template;
use super::speech::Dialect;
use super::{civicrm, everyaction_jobs, nationbuilder, nationbuilder_v1, odata, osdi, presets, salesforce};
use crate::engine::ids::FieldPath;

/// Every family.
pub const FAMILIES: &[&Family] = &[
    &rest::PLAIN,
    &civicrm::CIVICRM,
    &everyaction_jobs::EVERYACTION_JOBS,
    &nationbuilder::SIGNUPS,
    &nationbuilder_v1::PEOPLE,
    &odata::ODATA,
    &osdi::OSDI,
    &presets::AIRTABLE,
    &presets::BEACON,
    &presets::DATASETTE,
    &presets::DIRECTUS,
    &presets::DRF,
    &presets::EVERYACTION,
    &presets::HUBSPOT,
    &presets::POSTGREST,
    &salesforce::SALESFORCE,
    &salesforce::bulk::SALESFORCE_BULK,
];

/// One API family.
pub struct Family {
    /// Its name in a contest's file.
    pub name: &'static str,
    /// What an export need not say.
    pub usual: Usual,
    /// Its words.
    pub speech: Speech,
    /// The members of an error body beside those of RFC 9457.
    pub trouble: fn(&Trouble<'_>) -> Members,
    /// A sentence for whoever asks at a path that no export has, but that this family's clients know: an old version of the API, a
    /// batch. The path is below the contest.
    pub stray: fn(&str) -> Option<&'static str>,
    /// The document at which this family's clients begin, where they begin at one.
    pub entry: Option<Entry>,
}

/// A document of the proxy's own, in which an API's clients find the way to its lists. The source is not asked for it, and it tells
/// nothing of members.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Where it stands, below the contest. No export can stand there.
    pub paths: &'static [&'static str],
    /// What it says.
    pub says: fn(&Home<'_>) -> Value,
}

/// What a campaign finds behind an entry: the lists that are granted to it, and no other.
#[derive(Debug, Clone)]
pub struct Home<'a> {
    /// What our links begin with: origin and prefix.
    pub address: &'a str,
    /// The lists, in the order of the contest's file.
    pub lists: Vec<Listed<'a>>,
}

/// A list, as far as an entry tells of it.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// Its path, below the contest.
    pub path: &'a str,
    /// Where its records stand in the body.
    pub records: &'a FieldPath,
    /// Records a page at the most.
    pub size_max: u32,
}

impl std::fmt::Debug for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Family({})", self.name)
    }
}

impl Family {
    /// The family of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FAMILIES.iter().copied().find(|family| family.name == name)
    }
}

/// What an export of a family need not say. Field paths are written as in a contest's file.
#[derive(Debug, Clone, Copy)]
pub struct Usual {
    /// Where the records stand in a list.
    pub records: Option<&'static str>,
    /// Where the record stands in the answer about a single one.
    pub item_record: &'static str,
    /// Where the source says its next page.
    pub next: Option<&'static str>,
    /// The object inside a record whose members are named without it.
    pub root: Option<&'static str>,
    /// How requests name a field.
    pub naming: Naming,
    /// The member of the body that says how many records there are in it, which is written anew.
    pub count: Option<&'static str>,
    /// Scalars beside the records that leave, where an export says none: those without which the API's clients do not go on.
    pub envelope: &'static [&'static str],
    /// Records a page at the most that the API gives.
    pub size_max: u32,
    /// Whether a campaign has to say a page's size, because its API would give everything otherwise.
    pub size_must_be_said: bool,
    /// Whether its clients know the end of a list by a page with fewer records than they asked for, as nothing says a next page.
    pub short_page_ends: bool,
}

/// What is usual where nothing is.
pub const NOTHING_USUAL: Usual = Usual {
    records: None,
    item_record: "",
    next: None,
    root: None,
    naming: Naming::Path,
    count: None,
    envelope: &[],
    size_max: 10_000,
    size_must_be_said: false,
    short_page_ends: false,
};

/// The words of a family.
#[derive(Debug, Clone, Copy)]
pub enum Speech {
    /// Query parameters that an export may name, with these where it does not.
    Rest(&'static Preset),
    /// Words of its own.
    Own(fn(Terms) -> Result<Box<dyn Dialect>, Unfit>),
}

/// What a contest's file says of one export to a family with words of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The path at the source, below its base URL; begins with `/`.
    pub source_path: Box<str>,
    /// The path of a single record at the source.
    pub source_item: Option<Template>,
    /// Parameters that every request to the source carries; conditions on fields, where the API has those instead.
    pub fixed: Vec<(Box<str>, Box<str>)>,
    /// The query that is registered for this export, where the family asks by one. As it stands in the file: what white space in it
    /// means, the family knows.
    pub registered: Option<Box<str>>,
    /// The columns of a table, where the list comes as one.
    pub columns: Vec<Box<str>>,
}

impl Terms {
    /// Where the export stands at its source.
    #[must_use]
    pub fn place(self) -> Place {
        Place { list: self.source_path, item: self.source_item, fixed: self.fixed }
    }
}

/// Why a family cannot serve an export as it is described: what is wrong, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// What is wrong.
    pub problem: String,
    /// What to write instead.
    pub help: String,
}

impl Unfit {
    /// What is wrong, and what to write instead.
    #[must_use]
    pub fn new(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self { problem: problem.into(), help: help.into() }
    }
}

/// What is to be told in an error body.
#[derive(Debug, Clone, Copy)]
pub struct Trouble<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The reason's code, as it is heard.
    pub code: &'a str,
    /// One or two sentences.
    pub detail: &'a str,
}

/// Members of an error body.
pub type Members = Vec<(&'static str, Value)>;

/// No members of its own.
#[must_use]
pub fn no_members(_: &Trouble<'_>) -> Members {
    Vec::new()
}

/// Knows no path.
#[must_use]
pub fn no_stray(_: &str) -> Option<&'static str> {
    None
}
