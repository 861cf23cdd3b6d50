//! The report as one HTML page, for the screen and for A4.
//!
//! It is whole in itself: a policy in the page forbids every browser to load anything. All that others chose is escaped.

use std::fmt::Write;

use super::chart;
use super::figures::{Report, apart};
use crate::cli::output::harmless;

const STYLE: &str = include_str!("style.css");

/// Text for HTML, in an element or in an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in harmless(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    safe
}

/// The page.
pub(super) fn page(report: &Report) -> String {
    let title = escaped(report.title.as_deref().unwrap_or(&report.contest));
    let parts = [
        head(report, &title),
        received(report),
        actors(report),
        days(report),
        refusals(report),
        objections(report),
        unfinished(report),
        operations(report),
        log(report),
    ];
    format!(
        "<!doctype html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}: what left, for whom</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{}\n<footer>Made by Portcullis {} at {}. It holds counts, codes and identifiers, and nothing of any member. Times and days are UTC.</footer>\n</body>\n</html>\n",
        parts.concat(),
        env!("CARGO_PKG_VERSION"),
        report.made_at
    )
}

fn head(report: &Report, title: &str) -> String {
    let controller = report.controller.as_deref().map_or_else(String::new, |name| fact("Controller", name));
    let facts = [fact("Contest", &report.contest), controller, fact("As on record at", &report.made_at)].concat();
    let given = report.campaigns.values().filter(|received| received.records > 0).count() as u64;
    let figures = [
        (report.records(), "record left", "records left"),
        (report.members, "member", "different members"),
        (given, "campaign received them", "campaigns received them"),
        (report.refused(), "request refused", "requests refused"),
        (report.objecting, "member with objections in force", "members with objections in force"),
        (report.log.size, "entry in the audit log", "entries in the audit log"),
    ];
    let figure = |&(number, one, many): &(u64, &str, &str)| {
        format!("<li><strong>{}</strong><span>{}</span></li>", apart(number), if number == 1 { one } else { many })
    };
    let figures: String = figures.iter().map(figure).collect();
    format!(
        "<header>\n<p class=\"kicker\">Disclosure report</p>\n<h1>{title}</h1>\n<dl class=\"facts\">{facts}</dl>\n</header>\n<main>\n<ul class=\"figures\">{figures}</ul>\n"
    )
}

fn fact(name: &str, value: &str) -> String {
    format!("<div><dt>{name}</dt><dd>{}</dd></div>", escaped(value))
}

/// How a column looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Text,
    Number,
    When,
    Code,
}

const fn class(sort: Sort) -> &'static str {
    match sort {
        Sort::Text => "",
        Sort::Number => " class=\"number\"",
        Sort::When => " class=\"when\"",
        Sort::Code => " class=\"code\"",
    }
}

/// A table; its first column heads the rows. Cells are escaped here. Where there are no rows, a sentence.
fn table(caption: &str, columns: &[(&str, Sort)], rows: &[Vec<String>], otherwise: &str) -> String {
    if rows.is_empty() {
        return format!("<p class=\"soft\">{otherwise}</p>\n");
    }
    let mut text = format!("<div class=\"scroll\"><table>\n<caption>{}</caption>\n<thead><tr>", escaped(caption));
    for (title, sort) in columns {
        let class = if *sort == Sort::Number { " class=\"number\"" } else { "" };
        let _ = write!(text, "<th scope=\"col\"{class}>{}</th>", escaped(title));
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        text.push_str("<tr>");
        for (at, (cell, (_, sort))) in row.iter().zip(columns).enumerate() {
            let (open, close) = if at == 0 { ("th scope=\"row\"", "th") } else { ("td", "td") };
            let cell = if *sort == Sort::When { cell.replace('T', " ").replace('Z', "") } else { cell.clone() };
            let _ = write!(text, "<{open}{}>{}</{close}>", class(*sort), escaped(&cell));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody></table></div>\n");
    text
}

fn section(heading: &str, about: &str, content: &str) -> String {
    format!("<section>\n<h2>{heading}</h2>\n<p class=\"soft\">{about}</p>\n{content}</section>\n")
}

fn or_dash(text: Option<&String>) -> String {
    text.cloned().unwrap_or_else(|| "–".to_owned())
}

fn received(report: &Report) -> String {
    use Sort::{Number, Text, When};
    let columns = [
        ("Campaign", Text),
        ("Pulls", Number),
        ("Records", Number),
        ("Members", Number),
        ("First", When),
        ("Last", When),
        ("Members of each export", Text),
    ];
    let rows = report.campaigns.iter().map(|(campaign, received)| {
        let exports: Vec<_> = received.exports.iter().map(|(export, members)| format!("{export}: {}", apart(*members))).collect();
        vec![
            report.called(campaign).to_owned(),
            apart(received.pulls),
            apart(received.records),
            apart(received.members),
            or_dash(received.first.as_ref()),
            or_dash(received.last.as_ref()),
            if exports.is_empty() { "–".to_owned() } else { exports.join("; ") },
        ]
    });
    let rows: Vec<_> = rows.collect();
    let about =
        "A record is counted each time it leaves; a member once for each campaign. A pull is one list, record or ordered file.";
    section(
        "What each campaign received",
        about,
        &table("Records and different members, by campaign", &columns, &rows, "Nothing has left."),
    )
}

fn actors(report: &Report) -> String {
    use Sort::{Number, Text};
    let columns = [
        ("Campaign", Text),
        ("Person or tool", Text),
        ("Export", Text),
        ("Pulls", Number),
        ("Requests", Number),
        ("Records", Number),
        ("Bytes", Number),
    ];
    let rows = report.actors.iter().map(|actor| {
        let mut cells = vec![report.called(&actor.campaign).to_owned(), or_dash(actor.actor.as_ref()), actor.export.clone()];
        cells.extend([actor.pulls, actor.requests, actor.records, actor.bytes].map(apart));
        cells
    });
    let rows: Vec<_> = rows.collect();
    section(
        "Who asked for it",
        "As the key named its holder.",
        &table("Requests by holder of a key, and export", &columns, &rows, "Nobody has."),
    )
}

fn days(report: &Report) -> String {
    let Some(chart) = chart::days(report) else { return String::new() };
    let legend =
        report.campaigns.keys().zip(chart::colours(report)).map(|(campaign, colour)| {
            format!("<li><i style=\"background:{colour}\"></i>{}</li>", escaped(report.called(campaign)))
        });
    let legend: String = legend.collect();
    let figure =
        format!("<figure><figcaption>Records that left</figcaption><ul class=\"legend\">{legend}</ul>{chart}</figure>\n");
    let mut columns = vec![("Day", Sort::When)];
    columns.extend(report.campaigns.keys().map(|campaign| (report.called(campaign), Sort::Number)));
    let rows = report.days.iter().map(|(day, campaigns)| {
        let cells = report
            .campaigns
            .keys()
            .map(|campaign| campaigns.get(campaign).map_or_else(|| "–".to_owned(), |records| apart(*records)));
        std::iter::once(day.clone()).chain(cells).collect()
    });
    let rows: Vec<_> = rows.collect();
    section(
        "Day by day",
        "By the day on which the pull was opened.",
        &(figure + &table("Records by day and campaign", &columns, &rows, "")),
    )
}

fn refusals(report: &Report) -> String {
    let about = "A refusal is no fault by itself: windows have edges, and tools ask too fast. Reasons are explained in Portcullis's README.";
    let figure = chart::reasons(report).map_or_else(String::new, |chart| {
        format!("<figure><figcaption>How often each reason was given</figcaption>{chart}</figure>\n")
    });
    let rows = report.refusals.iter().map(|refusals| {
        let who = refusals.campaign.as_deref().map_or("nobody known", |campaign| report.called(campaign));
        vec![who.to_owned(), refusals.reason.clone(), apart(refusals.count)]
    });
    let rows: Vec<_> = rows.collect();
    let columns = [("Campaign", Sort::Text), ("Reason", Sort::Code), ("Times", Sort::Number)];
    section("What was refused", about, &(figure + &table("Refusals by campaign and reason", &columns, &rows, "Nothing was.")))
}

fn objections(report: &Report) -> String {
    let rows = report.objections.iter().map(|sort| {
        let against = sort.campaign.as_deref().map_or("every campaign", |campaign| report.called(campaign));
        vec![against.to_owned(), sort.channel.clone(), apart(sort.count)]
    });
    let rows: Vec<_> = rows.collect();
    let columns = [("Against", Sort::Text), ("What stays behind", Sort::Text), ("Members", Sort::Number)];
    let mut content = table("Objections in force", &columns, &rows, "None is in force.");
    if !report.objecting_held.is_empty() {
        let rows = report.objecting_held.iter().map(|(campaign, held)| vec![report.called(campaign).to_owned(), apart(*held)]);
        let columns = [("Campaign", Sort::Text), ("Of these members it has been given", Sort::Number)];
        content += &table("Whom campaigns hold already, and have to be told of", &columns, &rows.collect::<Vec<_>>(), "");
    }
    section("Objections", "GDPR, Articles 18, 19 and 21. A member may have more than one.", &content)
}

fn unfinished(report: &Report) -> String {
    use Sort::{Code, Number, Text, When};
    let rows = report.unfinished.iter().map(|pull| {
        let called = report.called(&pull.campaign).to_owned();
        vec![pull.opened.clone(), called, pull.export.clone(), pull.state.clone(), apart(pull.records), pull.request_id.clone()]
    });
    let rows: Vec<_> = rows.collect();
    let columns =
        [("Opened", When), ("Campaign", Text), ("Export", Text), ("State", Text), ("Records", Number), ("Request", Code)];
    let more = report.unfinished_count.saturating_sub(rows.len() as u64);
    let more = if more > 0 { format!("<p class=\"soft\">And {} more.</p>\n", apart(more)) } else { String::new() };
    let about =
        "Open, broken off, given up by the campaign, or lost when the proxy stopped; of a lost one at most these records left.";
    section(
        "Pulls without a proper end",
        about,
        &(table("Pulls that did not end as they should", &columns, &rows, "There is none.") + &more),
    )
}

fn operations(report: &Report) -> String {
    use Sort::{Code, Text, When};
    let rows = report.suspensions.iter().map(|row| [&row.at, &row.scope, &row.act, &row.by, &row.why].map(Clone::clone).to_vec());
    let columns = [("Time", When), ("Of", Text), ("Act", Text), ("By", Text), ("Why", Text)];
    let mut content = table("Suspensions by command", &columns, &rows.collect::<Vec<_>>(), "Nothing was suspended by command.");
    let rows = report.configurations.iter().map(|row| vec![row.at.clone(), row.sha256.clone()]);
    let columns = [("In force from", When), ("SHA-256 of the configuration", Code)];
    content += &table("Configurations of the proxy", &columns, &rows.collect::<Vec<_>>(), "No configuration is on record.");
    let rows = report.keys.iter().map(|key| {
        let act = if key.destroyed { "destroyed" } else { "made" };
        vec![key.at.clone(), key.used_for.to_owned(), act.to_owned(), key.fingerprint.clone()]
    });
    let columns = [("Time", When), ("For", Text), ("Act", Text), ("Fingerprint", Code)];
    content += &table("Keys", &columns, &rows.collect::<Vec<_>>(), "No key is on record.");
    section("What the operator did", "Who decided, and the words they gave.", &content)
}

fn log(report: &Report) -> String {
    let log = &report.log;
    let head = log.head_size.map(|size| format!("{} entries", apart(size)));
    let facts = [
        ("Name", log.name.clone()),
        ("Entries", Some(apart(log.size))),
        ("First", log.began.clone()),
        ("Last", log.last.clone()),
        ("Newest signed head", head),
        ("Its root", log.head_root.clone()),
    ];
    let rows: Vec<_> = facts.into_iter().filter_map(|(name, value)| Some(vec![name.to_owned(), value?])).collect();
    let rows = if log.name.is_some() { rows } else { Vec::new() };
    let columns = [("What", Sort::Text), ("Value", Sort::Code)];
    let about = "The figures above are the operator's. The log can be checked by anybody with its public key: <code>portcullis audit verify</code>, with heads and receipts that others kept.";
    section("The audit log", about, &table("State of the audit log", &columns, &rows, "It has not begun.")) + "</main>\n"
}
