//! `portcullis preview`: the proxy's own minimiser on a sample body, and what happened to each field, and why.
//!
//! For a data-protection officer before the contest opens. Reads a file that the operator already has; asks no source.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Value, json};

use super::output::{counted, harmless};
use super::sample;
use crate::config::sample::{Missing, Role, tried};
use crate::engine::form::Form;
use crate::engine::ids::{self, Part};
use crate::engine::minimise::rule::FieldRule;
use crate::engine::minimise::{Fate, Fault, Minimiser, NextLink, Tally, Witness};
use crate::engine::policy::{Campaign, Contest, Export};

/// Unnamed fields that are listed by name.
const UNNAMED_MAX: usize = 200;
/// Longest minimised body that is printed whole, in bytes.
const PRINTED_BYTES_MAX: usize = 2000;

/// Show what of a sample body would leave, and what happens to each field.
///
/// Example: `portcullis preview --contest leader-2026 --export members sample.json`
#[derive(Debug, clap::Args)]
pub struct PreviewArgs {
    /// The folder that holds portcullis.toml and contests/
    #[arg(long, default_value = "config")]
    config: PathBuf,
    /// The contest
    #[arg(long)]
    contest: String,
    /// The export
    #[arg(long)]
    export: String,
    /// The campaign whose pseudonyms are shown; the first one that is granted the export when left out
    #[arg(long)]
    campaign: Option<String>,
    /// The form in which the list leaves, one of those that the export offers; the first one when left out
    #[arg(long, value_name = "json|ndjson|csv")]
    form: Option<String>,
    /// One JSON document instead of a table
    #[arg(long)]
    json: bool,
    /// A body as the source sends it; - for standard input
    file: PathBuf,
}

/// Previews one body. Exit 0: it would pass; 1: the proxy would refuse it; 2: it could not be tried.
pub fn run(args: &PreviewArgs, out: &mut dyn Write) -> io::Result<ExitCode> {
    let config = match super::load(&args.config) {
        Ok(config) => config,
        Err(code) => return Ok(code),
    };
    let Some(contest) = config.ruleset.contest(&args.contest) else {
        return Ok(super::cannot(&format!("there is no contest `{}` in {}", args.contest, args.config.display())));
    };
    let Some(export) = contest.export(&args.export) else {
        return Ok(super::cannot(&format!("contest `{}` has no export `{}`", args.contest, args.export)));
    };
    let Some(campaign) = recipient(contest, export, args.campaign.as_deref()) else {
        return Ok(super::cannot("no such campaign is granted this export; name one with --campaign"));
    };
    let form = args.form.as_deref().or(export.forms.first().map(|form| form.name())).unwrap_or_default();
    let Some(&form) = export.forms.iter().find(|offered| offered.name() == form) else {
        return Ok(super::cannot(&format!("export `{}` does not leave as `{form}`", args.export)));
    };
    let sample = match sample::read(&args.file) {
        Ok(sample) => sample,
        Err(error) => return Ok(super::cannot(&format!("cannot read {}: {error}", args.file.display()))),
    };
    let preview = Preview::of(export, campaign, form, &sample);
    if args.json {
        preview.print_json(out)?
    } else {
        preview.print_text(out)?
    }
    Ok(ExitCode::from(u8::from(preview.fault.is_some())))
}

fn recipient<'a>(contest: &'a Contest, export: &Export, named: Option<&str>) -> Option<&'a Arc<Campaign>> {
    match named {
        Some(name) => contest.campaign(name),
        None => contest.campaigns.iter().find(|campaign| campaign.grants.contains(&export.name)),
    }
}

/// What was seen of one body.
struct Preview<'a> {
    export: &'a Export,
    campaign: &'a Campaign,
    form: Form,
    minimiser: Minimiser<Watcher>,
    body: Vec<u8>,
    fault: Option<Fault>,
    missing: Vec<Missing>,
}

/// Counts fates.
#[derive(Default)]
struct Watcher {
    fields: BTreeMap<usize, BTreeMap<&'static str, u64>>,
    unnamed: BTreeMap<String, u64>,
    unlisted: u64,
    left_out: BTreeMap<usize, u64>,
}

impl Witness for Watcher {
    fn field(&mut self, field: usize, fate: Fate) {
        *self.fields.entry(field).or_default().entry(words(fate)).or_default() += 1;
    }

    fn unnamed(&mut self, path: &[Part]) {
        let path = harmless(&ids::spell(path));
        if self.unnamed.len() < UNNAMED_MAX || self.unnamed.contains_key(&path) {
            *self.unnamed.entry(path).or_default() += 1;
        } else {
            self.unlisted += 1;
        }
    }

    fn released(&mut self, _: Option<&str>) {}

    fn left_out(&mut self, row: usize) {
        *self.left_out.entry(row).or_default() += 1;
    }
}

const fn words(fate: Fate) -> &'static str {
    match fate {
        Fate::Kept => "kept",
        Fate::Masked => "masked",
        Fate::Generalised => "generalised",
        Fate::Pseudonymised => "pseudonymised",
        Fate::Tokenised => "tokenised",
        Fate::DroppedByRule => "dropped by its rule",
        Fate::DroppedByDefault => "dropped: no rule names it",
        Fate::DroppedByFormat => "dropped: not of its format",
        Fate::DroppedByObjection => "dropped: the member objects",
        Fate::DroppedByCondition => "dropped: its condition does not hold",
        Fate::Absent => "not there",
    }
}

const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Field => "field",
        Role::Condition => "condition",
        Role::Row | Role::ElementRow => "row rule",
    }
}

/// Stands for the links that the proxy would write.
struct OwnLink;

impl NextLink for OwnLink {
    fn link(&mut self, _: &str) -> Option<String> {
        Some("(a link of the proxy's own)".to_owned())
    }
}

impl<'a> Preview<'a> {
    fn of(export: &'a Export, campaign: &'a Campaign, form: Form, sample: &[u8]) -> Self {
        let (plan, keys) = (Arc::clone(&export.plan), Arc::clone(&campaign.keyring));
        let mut minimiser = Minimiser::watched(plan, keys, Watcher::default()).writing(form);
        let mut body = Vec::new();
        let fed = minimiser.feed(sample, &mut OwnLink, &mut body);
        let fault = fed.and_then(|()| minimiser.finish(&mut body)).err();
        let missing = tried(&export.plan, sample).missing;
        Self { export, campaign, form, minimiser, body, fault, missing }
    }

    fn watcher(&self) -> &Watcher {
        self.minimiser.witness()
    }

    fn fields(&self) -> impl Iterator<Item = (&FieldRule, String)> {
        self.export.plan.spec().fields.iter().enumerate().map(|(index, field)| (field, self.fates(index)))
    }

    fn fates(&self, index: usize) -> String {
        let counts: Vec<_> =
            self.watcher().fields.get(&index).into_iter().flatten().map(|(fate, count)| format!("{count} {fate}")).collect();
        counts.join("; ")
    }

    fn print_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let &Tally { seen, released, left_out, .. } = self.minimiser.tally();
        writeln!(
            out,
            "export `{}` for campaign `{}`: of {} {released} would leave, {left_out} would be left out\n",
            self.export.name,
            self.campaign.id,
            counted(seen, "record"),
        )?;
        writeln!(out, "  {:<28}  {:<14}  {:<34}  what happened", "field", "rule", "category")?;
        for (field, fates) in self.fields() {
            let category = field.category.map_or("", |category| category.name());
            writeln!(out, "  {:<28}  {:<14}  {category:<34}  {fates}", field.path.to_string(), field.rule.name())?;
        }
        for (path, count) in &self.watcher().unnamed {
            writeln!(out, "  {path:<28}  {:<14}  {:<34}  {count} dropped: no rule names it", "-", "")?;
        }
        if self.watcher().unlisted > 0 {
            writeln!(out, "  … and {} more values of unnamed fields, all dropped", self.watcher().unlisted)?;
        }
        for (row, count) in &self.watcher().left_out {
            writeln!(out, "\n  row rule on `{}` left out {}", self.row_field(*row), counted(*count, "record"))?;
        }
        self.print_missing(out)?;
        self.print_verdict(out)
    }

    fn print_missing(&self, out: &mut dyn Write) -> io::Result<()> {
        if !self.missing.is_empty() {
            writeln!(out, "\n  no record of the sample has, misspelt or rare:")?;
        }
        for Missing { path, role, meant } in &self.missing {
            let meant = meant.as_ref().map_or_else(String::new, |meant| format!("did you mean `{}`?", harmless(meant)));
            writeln!(out, "{}", format!("  {:<28}  {:<14}  {meant}", path.to_string(), role_word(*role)).trim_end())?;
        }
        Ok(())
    }

    fn row_field(&self, row: usize) -> String {
        self.export.plan.spec().rows.get(row).map_or_else(String::new, |rule| rule.path.to_string())
    }

    fn print_verdict(&self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(fault) = &self.fault {
            return writeln!(out, "\nthe proxy would refuse this body: {} ({fault})", fault.reason());
        }
        let shown = self.body.get(..PRINTED_BYTES_MAX).unwrap_or(&self.body);
        let more = if shown.len() < self.body.len() { " …" } else { "" };
        let lines: Vec<_> = String::from_utf8_lossy(shown).lines().map(harmless).collect();
        writeln!(out, "\nwhat would leave:\n{}{more}", lines.join("\n"))
    }

    fn print_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let fields: Vec<_> = self
            .fields()
            .zip(0..)
            .map(|((field, _), index)| {
                json!({
                    "field": field.path.to_string(), "rule": field.rule.name(),
                    "category": field.category.map(|category| category.name()),
                    "happened": self.watcher().fields.get(&index),
                })
            })
            .collect();
        let rows: Vec<_> = self
            .watcher()
            .left_out
            .iter()
            .map(|(row, count)| json!({ "field": self.row_field(*row), "left_out": count }))
            .collect();
        let missing: Vec<_> = self
            .missing
            .iter()
            .map(|missing| json!({ "field": missing.path.to_string(), "as": role_word(missing.role), "meant": missing.meant }))
            .collect();
        let body = match (self.fault, self.form) {
            (Some(_), _) => Value::Null,
            (None, Form::Json) => serde_json::from_slice(&self.body).unwrap_or_default(),
            (None, Form::Ndjson | Form::Csv) => String::from_utf8_lossy(&self.body).into(),
        };
        let tally = self.minimiser.tally();
        let document = json!({
            "export": self.export.name.as_str(), "campaign": self.campaign.id.as_str(),
            "records": { "seen": tally.seen, "released": tally.released, "left_out": tally.left_out },
            "fields": fields, "unnamed": self.watcher().unnamed, "rows": rows, "missing": missing,
            "refused": self.fault.map(|fault| json!({ "reason": fault.reason().code(), "what": fault.to_string() })),
            "form": self.form.name(), "body": body,
        });
        writeln!(out, "{document}")
    }
}
