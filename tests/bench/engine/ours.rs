//! The minimiser as a real contest sets it up, on each kernel that this processor has.

use std::sync::Arc;

use portcullis::engine::form::Form;
use portcullis::engine::format::Format;
use portcullis::engine::ids::{CampaignId, ContestId, Domain, FieldPath};
use portcullis::engine::minimise::plan::{Bounds, Plan, PlanSpec};
use portcullis::engine::minimise::pseudonym::{ContestKey, Keyring};
use portcullis::engine::minimise::rule::{FieldRule, Rule};
use portcullis::engine::minimise::{Formulas, Kernel, Minimiser, NextLink};

use super::{Contender, Input};

/// What the proxy reads from a source at once.
const CHUNK: usize = 64 << 10;
/// The columns of the table that the CSV contenders read.
pub const COLUMNS: [&str; 12] = [
    "member_id", "title", "first_name", "last_name", "email", "mobile", "date_of_birth", "constituency", "joined_on", "status",
    "religion", "notes",
];

struct NoLink;

impl NextLink for NoLink {
    fn link(&mut self, _: &str) -> Option<String> {
        None
    }
}

fn path(text: &str) -> FieldPath {
    FieldPath::parse(text).expect("a path")
}

fn field(at: &str, rule: Rule) -> FieldRule {
    FieldRule { path: path(at), rule, category: None, channel: None, when: Vec::new() }
}

fn text(max: u32) -> Rule {
    Rule::Keep(Format::Text { max })
}

fn domain(name: &str) -> Domain {
    Domain::parse(name).expect("a domain")
}

/// The fields of `portcullis/contests/bench-2026.toml`.
fn nested() -> Vec<FieldRule> {
    let mut fields = flat();
    fields.splice(
        5..5,
        [
            field("address.line1", text(100)),
            field("address.town", text(60)),
            field("address.postcode", Rule::Keep(Format::Postcode)),
        ],
    );
    fields.push(field("membership_type", text(20)));
    fields
}

/// Those of them that a table can have.
fn flat() -> Vec<FieldRule> {
    vec![
        field("member_id", Rule::Keep(Format::Integer)),
        field("first_name", Rule::Keep(Format::Name)),
        field("last_name", Rule::Keep(Format::Name)),
        field("email", Rule::Keep(Format::Email)),
        field("mobile", Rule::Keep(Format::Phone)),
        field("constituency", text(60)),
        field("joined_on", Rule::Keep(Format::Date)),
        field("status", Rule::Keep(Format::Enum(["current".into(), "lapsed".into()].into()))),
    ]
}

fn with_two_pseudonyms(mut fields: Vec<FieldRule>) -> Vec<FieldRule> {
    fields[0].rule = Rule::Pseudonymise(domain("member"));
    fields[4].rule = Rule::Pseudonymise(domain("telephone"));
    fields
}

fn plan(input: Input, fields: Vec<FieldRule>) -> Arc<Plan> {
    let (source, records, columns): (_, _, &[&str]) = match input {
        Input::Json => (Form::Json, "values", &[]),
        Input::Ndjson => (Form::Ndjson, "", &[]),
        Input::Csv => (Form::Csv, "", &COLUMNS),
    };
    let json = source == Form::Json;
    let spec = PlanSpec {
        source,
        columns: columns.iter().map(|column| (*column).into()).collect(),
        formulas: Formulas::Escape,
        records: path(records),
        single: false,
        root: None,
        count: None,
        next: json.then(|| path("next")),
        envelope: json.then(|| path("count")).into_iter().collect(),
        id: path("member_id"),
        fields,
        lists: Vec::new(),
        rows: Vec::new(),
        bounds: Bounds::default(),
    };
    Arc::new(Plan::compile(spec).expect("a plan"))
}

fn contender(name: &str, input: Input, kernel: Kernel, fields: Vec<FieldRule>) -> Contender {
    let plan = plan(input, fields);
    let (contest, campaign) = (ContestId::parse("leader").expect("an id"), CampaignId::parse("amber").expect("an id"));
    let domains = [domain("member"), domain("telephone")];
    let keys = Arc::new(Keyring::derive(&ContestKey::new([7; 32]), &contest, &campaign, &domains));
    Contender::new(format!("portcullis, {name}"), input, false, move |body| {
        let mut machine = Minimiser::new(plan.clone(), keys.clone()).with_kernel(kernel);
        let (mut out, mut left) = (Vec::with_capacity(CHUNK), 0);
        for chunk in body.chunks(CHUNK) {
            out.clear();
            machine.feed(chunk, &mut NoLink, &mut out).expect("a body in order");
            left += std::hint::black_box(&out).len();
        }
        machine.finish(&mut out).expect("a whole body");
        left
    })
}

/// Everything checked, as in a deployment.
pub fn contenders() -> Vec<Contender> {
    let fastest = Kernel::fastest();
    let mut contenders: Vec<_> =
        Kernel::all().iter().map(|kernel| contender(kernel.name(), Input::Json, *kernel, nested())).collect();
    contenders.push(contender("with 2 HMAC a record", Input::Json, fastest, with_two_pseudonyms(nested())));
    contenders.push(contender("nothing kept", Input::Json, fastest, Vec::new()));
    contenders.push(contender(fastest.name(), Input::Ndjson, fastest, nested()));
    contenders.push(contender("rows", Input::Csv, fastest, flat()));
    contenders
}
