//! What one campaign has to be told: under which names it knows the members who object, and what it has to leave off.
//!
//! A campaign is told nothing that it was not given: a token, a pseudonym, or the identifier where the list has it in clear.

use std::collections::BTreeSet;
use std::io::Write;

use serde::Serialize;

use super::asked::Asked;
use crate::cli::columns;
use crate::cli::output::harmless;
use crate::engine::ids::{CampaignId, ExportName};
use crate::engine::minimise::rule::Rule;
use crate::engine::policy::{Contest, Export};

/// The notice to one campaign.
#[derive(Debug, Serialize)]
pub(super) struct Notice<'a> {
    campaign: String,
    title: Option<&'a str>,
    members: Vec<Line<'a>>,
}

/// One member of an export.
#[derive(Debug, Serialize)]
struct Line<'a> {
    /// As the operator said it; not for the campaign.
    member: &'a str,
    export: String,
    /// The field that the campaign knows the member by.
    field: String,
    /// What the campaign was given there, if anything.
    known_as: Option<String>,
    channel: &'static str,
}

impl<'a> Notice<'a> {
    pub(super) fn to(contest: &'a Contest, campaign: &CampaignId) -> Self {
        let title = contest.campaign(campaign.as_str()).map(|campaign| campaign.title.as_str());
        Self { campaign: campaign.to_string(), title, members: Vec::new() }
    }

    /// Adds a member that the campaign was given in these exports.
    pub(super) fn add(&mut self, contest: &Contest, asked: &'a Asked, exports: &BTreeSet<ExportName>) {
        for name in exports {
            let export = contest.export(name.as_str());
            self.members.push(Line {
                member: &asked.member,
                export: name.to_string(),
                field: export.map_or_else(String::new, |export| export.plan.spec().id.to_string()),
                known_as: export.and_then(|export| known_as(contest, export, &self.campaign, &asked.member)),
                channel: asked.withheld.code(),
            });
        }
    }

    pub(super) fn print(&self, many: bool, out: &mut dyn Write) -> anyhow::Result<()> {
        let title = self.title.map_or_else(String::new, |title| format!(" ({})", harmless(title)));
        writeln!(out, "\n  {}{title}", self.campaign)?;
        let mut titles = vec!["EXPORT", "FIELD", "KNOWN AS", "LEAVE OFF"];
        titles.extend(many.then_some("MEMBER (not for the campaign)"));
        let row = |line: &Line<'_>| {
            let known = line.known_as.as_deref().unwrap_or("- (never given)");
            let mut cells = vec![line.export.clone(), harmless(&line.field), harmless(known), line.channel.to_owned()];
            cells.extend(many.then(|| harmless(line.member)));
            cells
        };
        let titles = titles.into_iter().map(str::to_owned).collect();
        let rows: Vec<Vec<String>> = std::iter::once(titles).chain(self.members.iter().map(row)).collect();
        Ok(columns::print(&rows, 4, out)?)
    }
}

/// What the export makes of the identifier for this campaign.
fn known_as(contest: &Contest, export: &Export, campaign: &str, member: &str) -> Option<String> {
    let (spec, keyring) = (export.plan.spec(), &contest.campaign(campaign)?.keyring);
    let field = spec.fields.iter().find(|field| field.path == spec.id)?;
    match &field.rule {
        Rule::Keep(_) => Some(member.to_owned()),
        Rule::Tokenise => keyring.tokenise(&field.path, member),
        Rule::Pseudonymise(domain) => keyring.pseudonym(domain, member).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        Rule::Drop | Rule::Mask { .. } | Rule::Generalise(_) => None,
    }
}
