//! How fast the minimiser reads, beside serde_json doing less: `cargo bench --bench minimise`.
//!
//! Records of 27 fields and about 1.1 kB, ten of them kept, in chunks of 64 KiB. Every figure is the best of several
//! rounds, taken in turn; read the ratios, since the machine may be shared.

use std::hint::black_box;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Instant;

use portcullis::engine::form::Form;
use portcullis::engine::format::Format;
use portcullis::engine::ids::{CampaignId, ContestId, Domain, FieldPath};
use portcullis::engine::minimise::plan::{Bounds, Plan, PlanSpec};
use portcullis::engine::minimise::pseudonym::{ContestKey, Keyring};
use portcullis::engine::minimise::rule::{Condition, FieldRule, Generalisation, Rule, Test, Value};
use portcullis::engine::minimise::{Formulas, Minimiser, NextLink};
use serde_json::value::RawValue;

const RECORDS: usize = 20_000;
const CHUNK: usize = 64 << 10;
const ROUNDS: usize = 9;

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
    FieldRule { path: path(at), rule, category: None, when: Vec::new() }
}

fn when(mut rule: FieldRule, at: &str) -> FieldRule {
    rule.when.push(Condition { path: path(at), test: Test::In([Value::Boolean(true)].into()) });
    rule
}

fn text() -> Rule {
    Rule::Keep(Format::Text { max: 80 })
}

/// Ten kept fields, each with its format, a row rule and two conditions: what a real contest has.
fn kept() -> Vec<FieldRule> {
    vec![
        field("member_id", Rule::Keep(Format::Integer)),
        field("first_name", Rule::Keep(Format::Name)),
        field("last_name", Rule::Keep(Format::Name)),
        when(field("email", Rule::Keep(Format::Email)), "consent_email"),
        when(field("mobile", Rule::Keep(Format::Phone)), "consent_phone"),
        field("address_line_1", text()),
        field("town", text()),
        field("constituency", text()),
        field("branch", text()),
        field("joined_on", Rule::Keep(Format::Date)),
    ]
}

fn transformed() -> Vec<FieldRule> {
    let mut fields = kept();
    fields[0].rule = Rule::Tokenise;
    fields.push(field("union_ref", Rule::Pseudonymise(Domain::parse("union").expect("a domain"))));
    fields.push(field("postcode", Rule::Generalise(Generalisation::Outcode)));
    fields.push(field("phone", Rule::Mask { last: NonZeroU32::MIN }));
    fields
}

fn two_pseudonyms() -> Vec<FieldRule> {
    let mut fields = kept();
    let union = || Rule::Pseudonymise(Domain::parse("union").expect("a domain"));
    fields[0].rule = union();
    fields.push(field("union_ref", union()));
    fields
}

fn plan(fields: Vec<FieldRule>) -> Arc<Plan> {
    let rows = vec![Condition { path: path("status"), test: Test::In([Value::Text("current".into())].into()) }];
    let (records, id, bounds) = (path("values"), path("member_id"), Bounds::default());
    let (source, columns, formulas) = (Form::Json, Vec::new(), Formulas::Escape);
    let (next, envelope, lists) = (Some(path("next")), vec![path("count")], Vec::new());
    let spec = PlanSpec { source, columns, formulas, records, next, envelope, id, fields, lists, rows, bounds };
    Arc::new(Plan::compile(spec).expect("a plan"))
}

fn body() -> Vec<u8> {
    let mut body = String::from(r#"{"count":20000,"next":null,"values":["#);
    for n in 0..RECORDS {
        let accent = if n % 16 == 0 { "é" } else { "e" };
        let comma = if n == 0 { "" } else { "," };
        body.push_str(&format!(
            r#"{comma}{{"member_id":{id},"uuid":"6ba7b810-9dad-11d1-80b4-{n:012x}","title":"Ms","first_name":"Zo{accent}","middle_names":"Ann Mary","last_name":"O'Neil-Hughes","preferred_name":null,"email":"member.{n}@mail.example.org","phone":"020 7946 {m:04}","mobile":"07700 9{n:05}","address_line_1":"{m} Station Road","address_line_2":"Flat {m}","town":"Milton Keynes","postcode":"MK{d} 1AA","constituency":"Milton Keynes Central","branch":"Central and Bradwell","region":"South East","date_of_birth":"19{y:02}-05-17","gender":"prefer not to say","ethnicity":"prefer not to say","religion":"none","union_ref":"UNI-{n:08}","joined_on":"20{j:02}-03-09","status":"current","notes":"Spoke at the annual meeting about housing and transport; asked to be called in the evening only. Prefers letters in large print. Volunteered as a steward in the last two campaigns and has a car.","consent_email":true,"consent_phone":{consent}}}"#,
            id = 1_000_000 + n,
            m = n % 10_000,
            d = n % 10,
            y = 40 + n % 60,
            j = 10 + n % 15,
            consent = n % 3 == 0,
        ));
    }
    body.push_str("]}");
    body.into_bytes()
}

type Run = Box<dyn Fn(&[u8])>;

/// Megabytes (10^6) a second, the best of the rounds so far.
struct Contender {
    name: &'static str,
    run: Run,
    best: f64,
}

fn contender(name: &'static str, run: impl Fn(&[u8]) + 'static) -> Contender {
    Contender { name, run: Box::new(run), best: 0.0 }
}

fn minimiser(name: &'static str, fields: Vec<FieldRule>) -> Contender {
    let plan = plan(fields);
    let [contest, campaign] = ["leader", "amber"];
    let (contest, campaign) = (ContestId::parse(contest).expect("an id"), CampaignId::parse(campaign).expect("an id"));
    let domain = Domain::parse("union").expect("a domain");
    let keys = Arc::new(Keyring::derive(&ContestKey::new([7; 32]), &contest, &campaign, &[domain]));
    contender(name, move |body| {
        let mut machine = Minimiser::new(plan.clone(), keys.clone());
        let mut out = Vec::with_capacity(2 * CHUNK);
        for chunk in body.chunks(CHUNK) {
            out.clear();
            machine.feed(chunk, &mut NoLink, &mut out).expect("a body in order");
            black_box(&out);
        }
        machine.finish(&mut out).expect("a whole body");
        assert_eq!(machine.tally().released, RECORDS as u64);
    })
}

#[derive(serde::Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    values: Vec<&'a RawValue>,
}

fn main() {
    let body = body();
    println!("{RECORDS} records of {} bytes, chunks of {CHUNK} bytes, best of {ROUNDS}", body.len() / RECORDS);
    let mut contenders = [
        minimiser("keep 10 of 27", kept()),
        minimiser("... with 2 pseudonyms", two_pseudonyms()),
        minimiser("... token, pseudonym, outcode, mask", transformed()),
        minimiser("drop everything", Vec::new()),
        contender("serde_json RawValue, nothing checked", |body| {
            black_box(serde_json::from_slice::<Raw<'_>>(body).expect("JSON").values.len());
        }),
        contender("serde_json Value", |body| {
            black_box(serde_json::from_slice::<serde_json::Value>(body).expect("JSON"));
        }),
    ];
    for _ in 0..ROUNDS {
        for contender in &mut contenders {
            let start = Instant::now();
            (contender.run)(&body);
            contender.best = contender.best.max(body.len() as f64 / 1e6 / start.elapsed().as_secs_f64());
        }
    }
    let value = contenders[contenders.len() - 1].best;
    for Contender { name, best, .. } in &contenders {
        println!("{name:<40} {best:>7.0} MB/s  {:>6.1} x Value", best / value);
    }
}
