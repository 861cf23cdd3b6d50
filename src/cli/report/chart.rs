//! Two charts as SVG inside the page: records by day and campaign, and refusals by reason.
//!
//! Each has a title and a description for those who cannot see it, and the page has its figures in a table as well. Loads nothing.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::civil::Date;

use super::figures::{Report, apart};
use super::html::escaped;

/// Colours that most people can tell apart; further campaigns begin again.
const COLOURS: [&str; 8] = ["#1f6aa5", "#e3a008", "#1d8f86", "#a64d97", "#c8553d", "#5b6675", "#7a9a01", "#47408a"];
/// What campaigns like to be called: none should be drawn in the colour of another.
const NAMES: [(&str, &str); 12] = [
    ("blue", "#1f6aa5"),
    ("amber", "#e3a008"),
    ("yellow", "#e3a008"),
    ("gold", "#e3a008"),
    ("teal", "#1d8f86"),
    ("pink", "#a64d97"),
    ("red", "#c8553d"),
    ("orange", "#c8553d"),
    ("grey", "#5b6675"),
    ("green", "#7a9a01"),
    ("violet", "#47408a"),
    ("purple", "#47408a"),
];
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 250.0;
/// Room for the numbers on the left, and for the days below.
const LEFT: f64 = 58.0;
const BELOW: f64 = 26.0;
const ABOVE: f64 = 10.0;
/// Bars beyond which days are drawn as weeks.
const BARS_MAX: usize = 92;
/// Days that are named below the bars.
const LABELS_MAX: usize = 10;
/// Reasons that are drawn.
const REASONS_MAX: usize = 14;

/// The colour of each campaign, in their order: the one that it is called after, or one that is free.
pub(super) fn colours(report: &Report) -> Vec<&'static str> {
    let named = |campaign: &str| NAMES.iter().find(|(name, _)| campaign.contains(name)).map(|(_, colour)| *colour);
    let taken: Vec<_> = report.campaigns.keys().filter_map(|campaign| named(campaign)).collect();
    let mut free = COLOURS.into_iter().filter(|colour| !taken.contains(colour)).chain(COLOURS.into_iter().cycle());
    report.campaigns.keys().filter_map(|campaign| named(campaign).or_else(|| free.next())).collect()
}

/// One bar: when it begins, and what each campaign was given.
type Bar<'a> = (Date, BTreeMap<&'a str, u64>);

/// Records by day, in bars of one colour for each campaign; `None` where there are none.
pub(super) fn days(report: &Report) -> Option<String> {
    let (bars, unit) = bars(report)?;
    let most = bars.iter().map(|(_, campaigns)| campaigns.values().sum::<u64>()).max().filter(|most| *most > 0)?;
    let (step, top) = ticks(most);
    let (wide, high) = (WIDTH - LEFT, HEIGHT - ABOVE - BELOW);
    let y = |records: u64| ABOVE + high * (1.0 - records as f64 / top as f64);
    let slot = wide / bars.len() as f64;
    let mut svg = opened("days", HEIGHT, &format!("Records by {unit} and campaign"), &described(&bars, unit));
    for at in 0..=top / step {
        let (number, y) = (at * step, y(at * step));
        let _ = write!(svg, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        let _ = write!(svg, "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>", LEFT - 8.0, y + 4.0, apart(number));
    }
    let (every, colours) = (bars.len().div_ceil(LABELS_MAX), colours(report));
    for (at, (day, campaigns)) in bars.iter().enumerate() {
        let x = LEFT + slot * at as f64;
        let mut below = 0;
        for (campaign, colour) in report.campaigns.keys().zip(&colours) {
            let records = campaigns.get(campaign.as_str()).copied().unwrap_or(0);
            if records > 0 {
                let (top, bottom) = (y(below + records), y(below));
                let _ = write!(
                    svg,
                    "<rect x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{colour}\"><title>{day}, {}: {} records</title></rect>",
                    x + slot * 0.12,
                    (slot * 0.76).min(64.0),
                    (bottom - top).max(0.5),
                    escaped(report.called(campaign)),
                    apart(records)
                );
                below += records;
            }
        }
        if at % every == 0 {
            let label = day.strftime("%-d %b");
            let middle = x + slot * 0.12 + (slot * 0.76).min(64.0) / 2.0;
            let _ = write!(svg, "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>", HEIGHT - 8.0);
        }
    }
    let base = y(0);
    let _ = write!(svg, "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{base:.1}\" y2=\"{base:.1}\"/></svg>");
    Some(svg)
}

/// A bar for each day from the first to the last, or for each week where these are too many.
fn bars(report: &Report) -> Option<(Vec<Bar<'_>>, &'static str)> {
    let day = |text: &str| text.parse::<Date>().ok();
    let (first, last) = (day(report.days.keys().next()?)?, day(report.days.keys().next_back()?)?);
    let length = usize::try_from(first.until(last).ok()?.get_days()).ok()? + 1;
    let by_week = length > BARS_MAX;
    let begin = |date: Date| {
        let back = if by_week { date.weekday().to_monday_zero_offset() } else { 0 };
        date.checked_sub(jiff::Span::new().days(i64::from(back))).unwrap_or(date)
    };
    let mut bars: BTreeMap<Date, BTreeMap<&str, u64>> = BTreeMap::new();
    let mut at = first;
    while at <= last {
        bars.entry(begin(at)).or_default();
        at = at.tomorrow().ok()?;
    }
    for (text, campaigns) in &report.days {
        let bar = bars.entry(begin(day(text)?)).or_default();
        campaigns.iter().for_each(|(campaign, records)| *bar.entry(campaign.as_str()).or_default() += records);
    }
    Some((bars.into_iter().collect(), if by_week { "week" } else { "day" }))
}

fn described(bars: &[Bar<'_>], unit: &str) -> String {
    let sum = |bar: &Bar<'_>| bar.1.values().sum::<u64>();
    let Some(most) = bars.iter().max_by_key(|bar| sum(bar)) else { return String::new() };
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else { return String::new() };
    format!("From {} to {}. The {unit} with most records is {}, with {}.", first.0, last.0, most.0, apart(sum(most)))
}

/// From one line of the grid to the next, and the topmost: four or so, at round numbers.
fn ticks(most: u64) -> (u64, u64) {
    let mut step = 1;
    for factor in [2, 5, 10].into_iter().cycle() {
        if step * 5 >= most {
            break;
        }
        // 1, 2, 5, 10, 20, 50, and so on.
        step = if factor == 5 { step / 2 * 5 } else { step * 2 };
    }
    (step, most.div_ceil(step) * step)
}

/// Refusals by reason, the most frequent first; `None` where there are none.
pub(super) fn reasons(report: &Report) -> Option<String> {
    const ROW: f64 = 26.0;
    const NAMES: f64 = 215.0;
    let all = report.reasons();
    let shown = all.get(..all.len().min(REASONS_MAX))?;
    let (most_reason, most) = *shown.first()?;
    let about = format!("{} reasons. The most frequent is {most_reason}, given {} times.", all.len(), apart(most));
    let mut svg = opened("reasons", ROW * shown.len() as f64 + 4.0, "Refusals by reason", &about);
    let scale = (WIDTH - NAMES - 70.0) / most as f64;
    for (at, (reason, count)) in shown.iter().enumerate() {
        let (y, width) = (ROW * at as f64 + 4.0, (*count as f64 * scale).max(1.0));
        let _ = write!(
            svg,
            "<text class=\"name\" x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text><rect x=\"{NAMES}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"18\" rx=\"2\" fill=\"{}\"/><text class=\"value\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            NAMES - 10.0,
            y + 13.0,
            escaped(reason),
            COLOURS[0],
            NAMES + width + 8.0,
            y + 13.0,
            apart(*count)
        );
    }
    svg.push_str("</svg>");
    Some(svg)
}

fn opened(id: &str, height: f64, title: &str, about: &str) -> String {
    let (title, about) = (escaped(title), escaped(about));
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\"><title id=\"{id}-title\">{title}</title><desc id=\"{id}-desc\">{about}</desc>"
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn grids_are_at_round_numbers() {
        for (most, expected) in [
            (1, (1, 1)),
            (5, (1, 5)),
            (6, (2, 6)),
            (10, (2, 10)),
            (11, (5, 15)),
            (26, (10, 30)),
            (4_354, (1000, 5000)),
            (51_000, (20_000, 60_000)),
        ] {
            assert_eq!(super::ticks(most), expected, "{most}");
        }
    }
}
