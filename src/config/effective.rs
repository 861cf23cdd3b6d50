//! The effective settings: everything that holds, defaults included, as TOML for people. Never a secret.
//!
//! What comes from a secret file is shown as `"(secret)"`, so that one sees that it is there. The keys are those of the
//! files; each contest's stand below `contests.<id>`, so that the whole is one document. Times are in UTC.

use std::fmt::{self, Write as _};

use super::compile::{spell, words};
use super::read::Config;
use super::settings::{LogFormat, ProcessBounds, Settings, Source, Store};
use crate::engine::credential::Credential;
use crate::engine::dialect::{FilterRule, Route, Takes};
use crate::engine::form::Form;
use crate::engine::format::Format;
use crate::engine::minimise::Formulas;
use crate::engine::minimise::rule::{Condition, FieldRule, Generalisation, Rule, Test, Value};
use crate::engine::policy::{Campaign, Contest, Export};
use crate::engine::quota::Limits;

/// What stands in the place of a secret.
const SECRET: &str = "(secret)";

/// All that holds, as one TOML document, for `check --effective`.
#[must_use]
pub fn effective(config: &Config) -> String {
    let mut page = Page(String::new());
    process(&config.settings, &mut page);
    for contest in &config.ruleset.contests {
        let name = format!("contests.{}", contest.id);
        head(contest, &name, &mut page);
        if let Some(described) = config.settings.sources.get(&contest.id) {
            source(described, contest, &name, &mut page);
        }
        pseudonyms(contest, &name, &mut page);
        contest.exports.iter().for_each(|described| export(described, &name, &mut page));
        contest.campaigns.iter().for_each(|described| campaign(described, &name, &mut page));
    }
    page.0
}

/// A TOML document that grows line by line.
struct Page(String);

impl Page {
    fn table(&mut self, name: &str) {
        let gap = if self.0.is_empty() { "" } else { "\n" };
        self.put(format_args!("{gap}[{name}]\n"));
    }

    fn element(&mut self, name: &str) {
        self.put(format_args!("\n[[{name}]]\n"));
    }

    fn line(&mut self, key: &str, value: impl fmt::Display) {
        self.put(format_args!("{key} = {value}\n"));
    }

    fn text(&mut self, key: &str, text: impl fmt::Display) {
        self.line(key, quote(&text.to_string()));
    }

    fn put(&mut self, arguments: fmt::Arguments<'_>) {
        // Writing into a String does not fail.
        let _ = self.0.write_fmt(arguments);
    }
}

/// A basic string of TOML.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => drop(write!(quoted, "\\U{:08X}", u32::from(control))),
            plain => quoted.push(plain),
        }
    }
    quoted + "\""
}

fn list<T>(items: &[T], spell: impl Fn(&T) -> String) -> String {
    format!("[{}]", items.iter().map(spell).collect::<Vec<_>>().join(", "))
}

/// An inline table.
fn inline(parts: &[String]) -> String {
    if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(", ")) }
}

fn process(settings: &Settings, page: &mut Page) {
    page.table("listen");
    page.text("address", settings.listen.address);
    if settings.listen.tls.is_some() {
        page.line("tls", format_args!("{{ certificate_file = \"(read)\", key_file = {} }}", quote(SECRET)));
    }
    if let Some(origin) = &settings.listen.public_origin {
        page.text("public_url", origin);
    }
    page.table("admin");
    page.text("address", settings.admin);
    page.table("store");
    store(&settings.store, page);
    page.table("audit");
    if let Some(name) = &settings.audit.name {
        page.text("name", name);
    }
    page.text("key_file", settings.audit.key_file.display());
    page.text("head_file", settings.audit.head_file.display());
    page.table("log");
    page.text("format", if settings.log == LogFormat::Json { "json" } else { "human" });
    bounds(&settings.bounds, page);
}

fn store(store: &Store, page: &mut Page) {
    match store {
        Store::Sqlite(path) => {
            page.text("kind", "sqlite");
            page.text("path", path.display());
        }
        Store::Postgres(store) => {
            page.text("kind", "postgres");
            page.text("url_file", SECRET);
            if store.ca_pem.is_some() {
                page.text("ca_file", "(read)");
            }
            if store.is_exposed() {
                page.text("plaintext", words::STORE_PLAINTEXT);
            }
        }
    }
}

fn bounds(bounds: &ProcessBounds, page: &mut Page) {
    page.table("bounds");
    page.line("record_bytes_max", bounds.record_bytes_max);
    page.line("body_bytes_max", bounds.body_bytes_max);
    page.line("envelope_bytes_max", bounds.envelope_bytes_max);
    page.line("depth_max", bounds.depth_max);
    page.line("validate_whole_bytes_max", bounds.validate_whole_bytes_max);
    page.line("connections_max", bounds.connections_max);
    page.line("requests_max", bounds.requests_max);
    page.line("head_bytes_max", bounds.head_bytes_max);
    page.line("head_milliseconds_max", bounds.head_milliseconds_max);
    page.line("stall_milliseconds_max", bounds.stall_milliseconds_max);
    page.line("drain_milliseconds_max", bounds.drain_milliseconds_max);
    page.line("rejections_per_campaign_max", bounds.rejections_per_campaign_max);
    page.line("rejections_queue_max", bounds.rejections_queue_max);
}

fn head(contest: &Contest, name: &str, page: &mut Page) {
    page.table(&format!("{name}.contest"));
    page.text("id", &contest.id);
    page.text("title", &contest.title);
    page.text("controller", &contest.controller);
    page.line("opens", contest.window.opens());
    page.line("closes", contest.window.closes());
    page.line("hosts", list(&contest.hosts, |host| quote(host)));
    if let Some(suspension) = &contest.suspension {
        page.text("suspended", &suspension.why);
    }
    if let Some(agreement) = &contest.agreement {
        page.table(&format!("{name}.agreement"));
        page.text("version", &agreement.version);
        page.text("sha256", data_encoding::HEXLOWER.encode(&agreement.sha256));
    }
}

fn source(source: &Source, contest: &Contest, name: &str, page: &mut Page) {
    page.table(&format!("{name}.source"));
    page.text("api", contest.family.name);
    page.text("url", &source.url);
    let header = |(name, value): &(http::HeaderName, http::HeaderValue)| {
        let shown = if value.is_sensitive() { SECRET } else { value.to_str().unwrap_or(SECRET) };
        format!("{} = {}", quote(name.as_str()), quote(shown))
    };
    page.line("headers", inline(&source.headers.iter().map(header).collect::<Vec<_>>()));
    page.text("timeout", spell(source.timeout));
    page.line("connections", source.connections_max);
    if !source.file_origins.is_empty() {
        page.line("files", list(&source.file_origins, |origin| quote(origin)));
    }
    if source.ca_pem.is_some() {
        page.text("ca_file", "(read)");
    }
}

fn pseudonyms(contest: &Contest, name: &str, page: &mut Page) {
    page.table(&format!("{name}.pseudonyms"));
    page.text("key_file", SECRET);
    if let Some(campaign) = contest.campaigns.first() {
        page.text("phone_region", campaign.keyring.home().code());
    }
}

fn export(export: &Export, name: &str, page: &mut Page) {
    let name = format!("{name}.export");
    let spec = export.plan.spec();
    page.element(&name);
    page.text("name", &export.name);
    page.text("path", &export.route.path);
    page.text("format", spec.source.name());
    if spec.source == Form::Json {
        page.text("records", &spec.records);
    }
    if !spec.columns.is_empty() {
        page.line("columns", list(&spec.columns, |column| quote(column)));
    }
    page.line("accept", list(&export.forms, |form| quote(form.name())));
    if export.forms.contains(&Form::Csv) {
        page.text("formulas", formulas(spec.formulas));
    }
    page.text("id", &spec.id);
    if let Some(next) = &spec.next {
        page.text("next", next);
    }
    if export.route.next_in_header {
        page.text("next_in", "header");
    }
    if let Some(count) = &spec.count {
        page.text("count", count);
    }
    if let (Some(item), Some(plan)) = (&export.route.item, &export.item) {
        page.text("item", item.naming(&spec.id.to_string()));
        page.text("item_record", &plan.spec().records);
    }
    if spec.source == Form::Json {
        page.line("envelope", list(&spec.envelope, |path| quote(&path.to_string())));
    }
    route(&export.route, page);
    let offer = &export.route.offer;
    if !offer.filters.is_empty() {
        page.table(&format!("{name}.filters"));
    }
    for (at, rule) in offer.filters.iter().enumerate() {
        filter(rule, at, &export.route, page);
    }
    page.table(&format!("{name}.fields"));
    for rule in &spec.fields {
        page.line(&quote(&rule.path.to_string()), field(rule));
    }
    let lists = spec.lists_in_force();
    if !lists.is_empty() {
        page.table(&format!("{name}.lists"));
    }
    for rule in &lists {
        page.line(&quote(&rule.path.to_string()), format_args!("{{ max = {}, rows = {} }}", rule.max, list(&rule.rows, row)));
    }
    for row in &spec.rows {
        page.element(&format!("{name}.rows"));
        page.text("field", &row.path);
        page.put(format_args!("{}\n", test(&row.test)));
    }
}

fn row(row: &Condition) -> String {
    format!("{{ field = {}, {} }}", quote(&row.path.to_string()), test(&row.test))
}

const fn formulas(formulas: Formulas) -> &'static str {
    match formulas {
        Formulas::Escape => "escape",
        Formulas::Refuse => "refuse",
    }
}

fn route(route: &Route, page: &mut Page) {
    let offer = &route.offer;
    for (key, value) in route.dialect.terms().into_iter().filter(|(key, _)| *key != "page") {
        page.line(key, toml(&value));
    }
    let said = route.dialect.terms().into_iter().find(|(key, _)| *key == "page");
    let mut parts: Vec<String> = said
        .iter()
        .flat_map(|(_, page)| page.as_object())
        .flatten()
        .map(|(key, value)| format!("{key} = {}", toml(value)))
        .collect();
    parts.push(format!("max = {}", offer.size_max));
    parts.extend(offer.size_default.map(|default| format!("default = {default}")));
    page.line("page", inline(&parts));
    if let Some(root) = &offer.root {
        page.text("root", root);
    }
    if !offer.order.is_empty() {
        page.line("order_by", list(&offer.order, |path| quote(&path.to_string())));
    }
}

/// A filter, under a name of its own: two of them may be about one field.
fn filter(rule: &FilterRule, at: usize, route: &Route, page: &mut Page) {
    let mut parts = vec![format!("field = {}, op = {}", quote(&rule.field.to_string()), quote(rule.operator.name()))];
    parts.extend(route.dialect.filter_parameter(at).map(|parameter| format!("param = {}", quote(parameter))));
    if let Takes::Value(value) = &rule.takes {
        parts.push(format("format", value));
    }
    page.line(&quote(&format!("filter {}", at + 1)), inline(&parts));
}

/// A value of JSON as one of TOML.
fn toml(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => quote(text),
        serde_json::Value::Array(values) => list(values, toml),
        serde_json::Value::Object(members) => {
            inline(&members.iter().map(|(key, value)| format!("{} = {}", quote(key), toml(value))).collect::<Vec<_>>())
        }
        other => other.to_string(),
    }
}

fn field(field: &FieldRule) -> String {
    let mut parts = vec![match &field.rule {
        Rule::Drop => {
            return field.category.map_or_else(|| "\"drop\"".into(), |category| format!("{{ drop = \"{}\" }}", category.name()));
        }
        Rule::Keep(kept) => format("keep", kept),
        Rule::Mask { last } => format!("mask = {{ last = {last} }}"),
        Rule::Generalise(Generalisation::AgeBand { bands, on }) => {
            format!("generalise = \"age-band\", bands = {}, on = {on}", list(bands, u16::to_string))
        }
        Rule::Generalise(Generalisation::Year) => "generalise = \"year\"".into(),
        Rule::Generalise(Generalisation::Month) => "generalise = \"month\"".into(),
        Rule::Generalise(Generalisation::Outcode) => "generalise = \"outcode\"".into(),
        Rule::Generalise(Generalisation::NumericBand { width }) => format!("generalise = \"numeric-band\", width = {width}"),
        Rule::Generalise(Generalisation::Prefix { chars }) => format!("generalise = \"prefix\", chars = {chars}"),
        Rule::Pseudonymise(domain) => format!("pseudonymise = \"{domain}\""),
        Rule::Tokenise => "tokenise = true".into(),
    }];
    parts.extend(field.category.map(|category| format!("category = \"{}\"", category.name())));
    parts.extend(field.channel.map(|channel| format!("channel = \"{}\"", channel.code())));
    if !field.when.is_empty() {
        let condition =
            |condition: &Condition| format!("{} = {{ {} }}", quote(&condition.path.to_string()), test(&condition.test));
        let conditions: Vec<_> = field.when.iter().map(condition).collect();
        parts.push(format!("when = {}", inline(&conditions)));
    }
    inline(&parts)
}

fn format(key: &str, format: &Format) -> String {
    let (name, particulars) = match format {
        Format::Name => ("name", String::new()),
        Format::Text { max } => ("text", format!(", max = {max}")),
        Format::Email => ("email", String::new()),
        Format::Phone => ("phone", String::new()),
        Format::Postcode => ("postcode", String::new()),
        Format::Date => ("date", String::new()),
        Format::Integer => ("integer", String::new()),
        Format::Decimal => ("decimal", String::new()),
        Format::Boolean => ("boolean", String::new()),
        Format::Enum(values) => ("enum", format!(", values = {}", list(values, |value| quote(value)))),
        Format::Uuid => ("uuid", String::new()),
        Format::Pattern(pattern) => {
            let anchored = pattern.as_str();
            let own = anchored.strip_prefix("^(?:").and_then(|rest| rest.strip_suffix(")$")).unwrap_or(anchored);
            ("pattern", format!(", pattern = {}", quote(own)))
        }
    };
    format!("{key} = \"{name}\"{particulars}")
}

fn test(test: &Test) -> String {
    let value = |value: &Value| match value {
        Value::Text(text) => quote(text),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
    };
    match test {
        Test::In(values) if values.len() == 1 => format!("is = {}", value(&values[0])),
        Test::In(values) => format!("in = {}", list(values, value)),
        Test::Before(date) => format!("before = {date}"),
        Test::After(date) => format!("after = {date}"),
        Test::Present(present) => format!("present = {present}"),
    }
}

fn campaign(campaign: &Campaign, name: &str, page: &mut Page) {
    let name = format!("{name}.campaign");
    page.element(&name);
    page.text("id", &campaign.id);
    page.text("title", &campaign.title);
    page.line("exports", list(&campaign.grants, |grant| quote(grant.as_str())));
    page.line("networks", list(&campaign.networks, |network| quote(&network.to_string())));
    page.line("opens", campaign.window.opens());
    page.line("closes", campaign.window.closes());
    if let Some(suspension) = &campaign.suspension {
        page.text("suspended", &suspension.why);
    }
    if let Some(signed) = &campaign.signature {
        let sha256 = data_encoding::HEXLOWER.encode(&signed.sha256);
        let (version, by) = (quote(&signed.version), quote(&signed.signed_by));
        let on = signed.signed_on;
        page.line(
            "agreement",
            format_args!("{{ version = {version}, sha256 = \"{sha256}\", signed_by = {by}, signed_on = {on} }}"),
        );
    }
    limits(&campaign.limits, &name, page);
    campaign.credentials.iter().for_each(|described| credential(described, &name, page));
}

fn limits(limits: &Limits, name: &str, page: &mut Page) {
    page.table(&format!("{name}.limits"));
    let (rate, per) = (limits.rate, spell(limits.rate.per));
    let (pulls, requests, burst) = (rate.pulls, rate.requests, rate.burst);
    page.line("rate", format_args!("{{ pulls = {pulls}, requests = {requests}, per = \"{per}\", burst = {burst} }}"));
    page.line("concurrent", limits.concurrent);
    if let Some(records) = limits.quotas.records {
        let per = records.per.map_or_else(String::new, |per| format!(", per = \"{}\"", spell(per)));
        page.line("records", format!("{{ max = {}{per} }}", records.max));
    }
    if let Some(members) = limits.quotas.members {
        page.line("members", format!("{{ max = {members} }}"));
    }
}

fn credential(credential: &Credential, name: &str, page: &mut Page) {
    page.element(&format!("{name}.credential"));
    page.text("kind", "key");
    page.text("sha256", credential.digest.to_hex());
    if let Some(expires) = credential.expires {
        page.line("expires", expires);
    }
    if let Some(actor) = &credential.actor {
        page.text("actor", actor.as_str());
    }
}
