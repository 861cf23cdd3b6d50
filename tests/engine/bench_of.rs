//! The bench that the other modules try the minimiser on: a plan in a few words, a body in, a body out.

use std::num::NonZeroU32;
use std::sync::Arc;

use portcullis::engine::form::Form;
use portcullis::engine::format::Format;
use portcullis::engine::ids::{CampaignId, ContestId, Domain, FieldPath, Part};
use portcullis::engine::minimise::plan::{Bounds, Plan, PlanSpec};
use portcullis::engine::minimise::pseudonym::{ContestKey, Keyring};
use portcullis::engine::minimise::rule::{Condition, FieldRule, Generalisation, ListRule, Rule, Test, Value};
use portcullis::engine::minimise::{Fate, Fault, FaultKind, Formulas, Kernel, Minimiser, NextLink, Tally, Witness};

pub fn path(text: &str) -> FieldPath {
    FieldPath::parse(text).unwrap()
}

pub fn text() -> Rule {
    Rule::Keep(Format::Text { max: 60 })
}

pub fn integer() -> Rule {
    Rule::Keep(Format::Integer)
}

pub fn domain() -> Domain {
    Domain::parse("union").unwrap()
}

pub fn field(at: &str, rule: Rule) -> FieldRule {
    FieldRule { path: path(at), rule, category: None, channel: None, when: Vec::new() }
}

pub fn only_when(mut field: FieldRule, at: &str, test: Test) -> FieldRule {
    field.when.push(condition(at, test));
    field
}

pub fn condition(at: &str, test: Test) -> Condition {
    Condition { path: path(at), test }
}

pub fn at_most(list: &str, max: u32, rows: Vec<Condition>) -> ListRule {
    ListRule { path: path(list), max, rows }
}

pub fn is(value: bool) -> Test {
    Test::In([Value::Boolean(value)].into())
}

/// Records at `/data/items`, something of every kind.
pub fn spec() -> PlanSpec {
    PlanSpec {
        source: Form::Json,
        columns: Vec::new(),
        formulas: Formulas::Escape,
        records: path("data.items"),
        single: false,
        root: None,
        count: None,
        next: Some(path("links.next")),
        envelope: vec![path("count"), path("data.page")],
        id: path("id"),
        fields: vec![
            field("id", Rule::Tokenise),
            field("name", Rule::Keep(Format::Name)),
            field("address.town", text()),
            field("n", integer()),
            only_when(field("mobile", Rule::Keep(Format::Phone)), "consent.phone", is(true)),
            field("address.postcode", Rule::Generalise(Generalisation::Outcode)),
            field("union", Rule::Pseudonymise(domain())),
            field("card", Rule::Mask { last: NonZeroU32::new(2).unwrap() }),
            field("religion", Rule::Drop),
            field("gifts[].amount", Rule::Keep(Format::Decimal)),
            only_when(field("gifts[].appeal", text()), "gifts[].public", is(true)),
            only_when(field("gifts[].by.phone", Rule::Keep(Format::Phone)), "consent.phone", is(true)),
            field("gifts[].ref", Rule::Pseudonymise(domain())),
            field("gifts[].note", Rule::Drop),
            field("address.tags[]", Rule::Keep(Format::Text { max: 12 })),
        ],
        lists: vec![at_most("gifts", 3, vec![condition("open", Test::Present(true))]), at_most("address.tags", 2, Vec::new())],
        rows: vec![Condition { path: path("status"), test: Test::In([Value::Text("current".into())].into()) }],
        bounds: Bounds::default(),
    }
}

/// The same records as lines, with nothing beside them.
pub fn spec_of_lines() -> PlanSpec {
    PlanSpec { source: Form::Ndjson, records: path(""), next: None, envelope: Vec::new(), ..spec() }
}

/// The body is the array; these fields, no rows.
pub fn bare(fields: Vec<FieldRule>) -> PlanSpec {
    PlanSpec {
        source: Form::Json,
        columns: Vec::new(),
        formulas: Formulas::Escape,
        records: path(""),
        single: false,
        root: None,
        count: None,
        next: None,
        envelope: Vec::new(),
        id: path("id"),
        fields,
        lists: Vec::new(),
        rows: Vec::new(),
        bounds: Bounds::default(),
    }
}

pub fn keyring(contest: &str, campaign: &str) -> Keyring {
    let key = ContestKey::new([7; 32]);
    Keyring::derive(&key, &ContestId::parse(contest).unwrap(), &CampaignId::parse(campaign).unwrap(), &[domain()])
}

/// Lines of objects with these fields, no rows.
pub fn lines(fields: Vec<FieldRule>) -> PlanSpec {
    PlanSpec { source: Form::Ndjson, ..bare(fields) }
}

/// A table with these columns and these fields, no rows; the first column identifies.
pub fn table(columns: &[&str], fields: Vec<FieldRule>) -> PlanSpec {
    let names = columns.iter().map(|name| (*name).into()).collect();
    let id = FieldPath::parse(&format!("/{}", columns[0].replace('~', "~0").replace('/', "~1"))).unwrap();
    PlanSpec { source: Form::Csv, columns: names, id, ..bare(fields) }
}

/// Says `/next?after=<what the source said, by its length>`.
pub struct Link;

impl NextLink for Link {
    fn link(&mut self, said: &str) -> Option<String> {
        (!said.is_empty()).then(|| format!("/next?after={}", said.len()))
    }
}

/// All that came of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub out: String,
    pub end: Result<(), Fault>,
    pub tally: Tally,
}

impl Outcome {
    pub fn kind(&self) -> Option<FaultKind> {
        self.end.err().map(|fault| fault.kind)
    }
}

/// Sees everything and does nothing.
struct Onlooker;

impl Witness for Onlooker {
    fn field(&mut self, _: usize, _: Fate) {}
    fn unnamed(&mut self, _: &[Part]) {}
    fn released(&mut self, _: Option<&str>) {}
    fn left_out(&mut self, _: usize) {}
}

fn run<'c, W: Witness>(mut machine: Minimiser<W>, chunks: impl IntoIterator<Item = &'c [u8]>) -> Outcome {
    let mut out = Vec::new();
    let fed = chunks.into_iter().try_for_each(|chunk| machine.feed(chunk, &mut Link, &mut out));
    let end = fed.and_then(|()| machine.finish(&mut out));
    Outcome { out: String::from_utf8(out).unwrap(), end, tally: machine.tally().clone() }
}

/// A plan and its keys, to be tried on bodies.
pub struct Bench {
    plan: Arc<Plan>,
    keys: Arc<Keyring>,
    form: Form,
}

impl Bench {
    pub fn new(spec: PlanSpec) -> Self {
        let form = spec.source;
        Self { plan: Arc::new(Plan::compile(spec).unwrap()), keys: Arc::new(keyring("leader", "amber")), form }
    }

    /// The same bench, where what leaves is in this form.
    pub fn writing(self, form: Form) -> Self {
        Self { form, ..self }
    }

    pub fn machine(&self) -> Minimiser {
        Minimiser::new(self.plan.clone(), self.keys.clone()).writing(self.form)
    }

    /// Feeds the chunks one after the other.
    pub fn chunks<'c>(&self, chunks: impl IntoIterator<Item = &'c [u8]>) -> Outcome {
        run(self.machine(), chunks)
    }

    /// The same in one piece, with the ends of strings found in this way.
    pub fn by(&self, kernel: Kernel, body: impl AsRef<[u8]>) -> Outcome {
        run(Minimiser::new(self.plan.clone(), self.keys.clone()).with_kernel(kernel), [body.as_ref()])
    }

    /// The same in one piece, while somebody watches.
    pub fn watched(&self, body: &[u8]) -> Outcome {
        run(Minimiser::watched(self.plan.clone(), self.keys.clone(), Onlooker), [body])
    }

    pub fn whole(&self, body: impl AsRef<[u8]>) -> Outcome {
        self.chunks([body.as_ref()])
    }

    /// What leaves of a body that is in order.
    pub fn passes(&self, body: impl AsRef<[u8]>) -> String {
        let outcome = self.whole(body);
        assert_eq!(outcome.end, Ok(()), "{}", outcome.out);
        if self.form == Form::Json {
            serde_json::from_str::<&serde_json::value::RawValue>(&outcome.out).expect("what leaves is JSON");
        }
        outcome.out
    }
}
