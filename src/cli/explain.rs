//! `portcullis explain`: what the proxy would decide about a request, and each rule that it would consult.
//!
//! Runs the proxy's own parser and decision. Asks no source and changes nothing.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::json;

use crate::config::settings::Store;
use crate::engine::dialect::SourceRequest;
use crate::engine::dialect::encoding::decode_query;
use crate::engine::policy::decide::{Decision, Facts, decide};
use crate::engine::policy::suspension::Stops;
use crate::engine::policy::understand::{Enclosed, Meant, Wish, understand};
use crate::engine::policy::{Campaign, Contest};
use crate::engine::rejection::{Hint, Rejection};
use crate::store::open;

/// Say what the proxy would decide about a request, and why.
///
/// Example: `portcullis explain --contest leader-2026 --campaign amber --request "GET /members?limit=10"`
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// The folder that holds portcullis.toml and contests/
    #[arg(long, default_value = "config")]
    config: PathBuf,
    /// The contest
    #[arg(long)]
    contest: String,
    /// The campaign that would ask
    #[arg(long)]
    campaign: String,
    /// Method, path below the contest, and query
    #[arg(long)]
    request: String,
    /// What would come with it: a form, or a JSON document
    #[arg(long)]
    body: Option<String>,
    /// The time at which it would ask (RFC 3339); now when left out
    #[arg(long)]
    at: Option<Timestamp>,
    /// The address from which it would ask
    #[arg(long)]
    from: Option<IpAddr>,
    /// One JSON document instead of text
    #[arg(long)]
    json: bool,
}

/// What was found out about a request.
struct Findings<'a> {
    facts: Option<Facts<'a>>,
    decision: Option<Decision>,
    /// The request to the source; `None` where it is refused, and where a document of the proxy's own is the answer.
    upstream: Option<SourceRequest>,
    verdict: Result<(), Rejection>,
}

/// Explains one request. Exit 0: it would be answered; 1: refused; 2: the question makes no sense.
pub fn run(args: &ExplainArgs, out: &mut dyn Write) -> io::Result<ExitCode> {
    let config = match super::load(&args.config) {
        Ok(config) => config,
        Err(code) => return Ok(code),
    };
    let Some(contest) = config.ruleset.contest(&args.contest) else {
        return Ok(super::cannot(&format!("there is no contest `{}` in {}", args.contest, args.config.display())));
    };
    let Some(campaign) = contest.campaign(&args.campaign) else {
        return Ok(super::cannot(&format!("contest `{}` has no campaign `{}`", args.contest, args.campaign)));
    };
    let Some((method, target)) = args.request.trim().split_once(' ') else {
        return Ok(super::cannot("write the request as method, space, path: \"GET /members?limit=10\""));
    };
    let at = args.at.unwrap_or_else(|| crate::clock::Clock::default().now());
    let body = args.body.as_deref().map_or(Enclosed::Nothing, enclosed);
    let stops = stops(&config.settings.store);
    let asking = Asking { method, target: target.trim(), body, at, from: args.from, stops: &stops };
    let findings = judge(contest, campaign, &asking);
    if args.json {
        print_json(args, at, &findings, out)?
    } else {
        print_text(args, at, &findings, out)?
    }
    Ok(ExitCode::from(u8::from(findings.verdict.is_err())))
}

/// What would be asked, and when and from where.
struct Asking<'a> {
    method: &'a str,
    target: &'a str,
    body: Enclosed<'a>,
    at: Timestamp,
    from: Option<IpAddr>,
    stops: &'a Stops,
}

/// The stops by command that are in force now, whenever the question is about. Where there is no store yet there is none.
fn stops(store: &Store) -> Stops {
    match open::to_read(store).and_then(|reader| reader.in_force()) {
        Ok(rows) => Stops::new(rows.into_iter().map(|row| row.scope).collect()),
        Err(error) if error.is_missing() => Stops::default(),
        Err(error) => {
            eprintln!("portcullis: suspensions by command are left out, because the store cannot be read: {error}");
            Stops::default()
        }
    }
}

/// A body as a client would declare it.
fn enclosed(body: &str) -> Enclosed<'_> {
    let json = body.trim_start().starts_with('{');
    Enclosed::Whole(if json { "application/json" } else { "application/x-www-form-urlencoded" }, body.as_bytes())
}

fn judge<'a>(contest: &'a Contest, campaign: &'a Campaign, asking: &Asking<'a>) -> Findings<'a> {
    let Asking { method, target, body, at, from, stops } = *asking;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let prefix = format!("/{}", contest.id);
    let path = path.strip_prefix(&prefix).filter(|rest| rest.starts_with('/')).unwrap_or(path);
    let wish = Wish { method, path, query, body, prefer: "", accept: "", unwelcome: None };
    let mut named = None;
    let understood = understand(contest, campaign, &wish, at, |export| named = contest.export(export.as_str()));
    let stop = stops.over(&contest.id, &campaign.id);
    let facts = named.map(|export| Facts { contest, campaign, export, peer: from, stop });
    let decision = facts.as_ref().map(|facts| decide(facts, at));
    let upstream = match &understood {
        Ok(Meant::Export(understood)) => Some(understood.export.route.generate(&understood.parsed.query)),
        Ok(Meant::Entry(_)) | Err(_) => None,
    };
    let verdict = understood.map(|_| ()).and_then(|()| decision.as_ref().map_or(Ok(()), Decision::verdict));
    Findings { facts, decision, upstream, verdict }
}

/// The request to the source in one line, and its body below.
fn spelled(request: &SourceRequest) -> String {
    let headers: String = request.headers.iter().map(|(name, value)| format!("\n  {name}: {value}")).collect();
    let body =
        request.body.as_ref().map_or_else(String::new, |(kind, body)| format!("\n  content-type: {kind}\n\n{}", legible(body)));
    format!("{} {}{headers}{body}", request.verb.name(), request.target)
}

/// A form without its escapes, a line for each parameter; anything else as it is.
fn legible(body: &str) -> String {
    let form = decode_query(body).unwrap_or_default();
    match form.is_empty() {
        true => format!("  {body}"),
        false => form.iter().map(|(name, value)| format!("  {name} = {value}")).collect::<Vec<_>>().join("\n"),
    }
}

fn print_text(args: &ExplainArgs, at: Timestamp, findings: &Findings<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}  asks  {}  in {} at {at}\n", args.campaign, args.request.trim(), args.contest)?;
    if let (Some(facts), Some(decision)) = (&findings.facts, &findings.decision) {
        let route = findings.upstream.as_ref().map_or("NO ", |_| "yes");
        writeln!(out, "  {route}  query       export `{}`", facts.export.name)?;
        for finding in decision.explanation().findings() {
            let holds = if finding.rejection.is_none() { "yes" } else { "NO " };
            writeln!(out, "  {holds}  {:<10}  {}", finding.rule.code(), finding.rule.describe(facts))?;
        }
        writeln!(out)?;
    }
    match &findings.verdict {
        Ok(()) => match &findings.upstream {
            Some(upstream) => writeln!(out, "answer: yes, if limits allow\nto the source: {}", spelled(upstream)),
            None => writeln!(out, "answer: yes, with a document of the proxy's own\nto the source: nothing"),
        },
        Err(rejection) => {
            writeln!(out, "answer: no, {}", rejection.reason())?;
            writeln!(out, "        {}", sentence(rejection))
        }
    }
}

fn sentence(rejection: &Rejection) -> String {
    let sentence = rejection.reason().entry().sentence;
    match rejection.hint() {
        Hint::OpensAt(at) => format!("{sentence} Opens at {at}."),
        Hint::ClosedAt(at) => format!("{sentence} Closed at {at}."),
        Hint::Sentence(more) => format!("{sentence} {more}"),
        Hint::None | Hint::RetryAfter(_) | Hint::Methods(_) => sentence.to_owned(),
    }
}

fn print_json(args: &ExplainArgs, at: Timestamp, findings: &Findings<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rules: Vec<_> = match (&findings.facts, &findings.decision) {
        (Some(facts), Some(decision)) => decision.explanation().findings().iter().map(|finding| {
            json!({ "rule": finding.rule.code(), "holds": finding.rejection.is_none(), "found": finding.rule.describe(facts) })
        }).collect(),
        _ => Vec::new(),
    };
    let document = json!({
        "contest": args.contest, "campaign": args.campaign, "request": args.request.trim(), "at": at.to_string(),
        "rules": rules,
        "answer": if findings.verdict.is_ok() { "yes" } else { "no" },
        "reason": findings.verdict.as_ref().err().map(|rejection| rejection.reason().code()),
        "detail": findings.verdict.as_ref().err().map(sentence),
        "upstream": findings.verdict.is_ok().then_some(findings.upstream.as_ref()).flatten().map(|request| json!({
            "method": request.verb.name(), "target": request.target,
            "headers": request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect::<BTreeMap<_, _>>(),
            "body": request.body.as_ref().map(|(_, body)| body),
        })),
    });
    writeln!(out, "{document}")
}
