//! What the demo prints for a person at a terminal: keys, and lines to paste that each show one point.

use std::io::{self, Write};

use super::Stage;
use super::folder::{NOT_OPEN, OPEN, SOURCE_TOKEN};

/// The first member of the list, by the seed.
const FIRST: u32 = 100_001;

/// Prints the tour.
pub(super) fn print(stage: &Stage, out: &mut dyn Write) -> io::Result<()> {
    let folder = &stage.folder;
    let open = stage.url(&format!("/{OPEN}/members"));
    let not_open = stage.url(&format!("/{NOT_OPEN}/members"));
    let (amber, teal) = (format!("Authorization: Bearer {}", folder.amber), format!("Authorization: Bearer {}", folder.teal));
    let early = format!("Authorization: Bearer {}", folder.amber_early);
    let config = folder.path().display();
    // `cargo run` leaves the program on no PATH.
    let program = std::env::current_exe().map_or_else(|_| "portcullis".into(), |path| path.display().to_string());
    writeln!(out, "Portcullis stands between a synthetic membership database of 5,000 people and two campaigns.\n")?;
    writeln!(out, "  campaigns ask   {}", stage.url(""))?;
    writeln!(out, "  the database    {}   (campaigns cannot reach it in real life)", stage.source.url())?;
    writeln!(out, "  health, metrics http://{}/metrics  /readyz  /livez", stage.proxy.admin)?;
    writeln!(out, "  configuration   {config}   (edit it, then: kill -HUP {})\n", std::process::id())?;
    writeln!(out, "  amber's key     {}\n  teal's key      {}\n", folder.amber, folder.teal)?;
    let lines = [
        ("A good pull: two members, only the fields that the contest names", format!("curl -s '{open}?limit=2' -H '{amber}'")),
        (
            "The same two, as the database would give them to anyone with its key",
            format!("curl -s '{}/members?limit=2' -H 'Authorization: Bearer {SOURCE_TOKEN}'", stage.source.url()),
        ),
        (
            "What amber may do, and what it is offered",
            format!("curl -s '{}' -H '{amber}'", stage.url(&format!("/{OPEN}/-/status"))),
        ),
        ("Before the window opens: a refusal that says when to come back", format!("curl -si '{not_open}' -H '{early}'")),
        ("A filter on a hidden field: refused, and never sent on", format!("curl -s '{open}?religion=Sikh' -H '{teal}'")),
        (
            "Too many pulls: three at once are allowed, the fourth has to wait",
            format!("for i in 1 2 3 4; do curl -s -o /dev/null -w '%{{http_code}}\\n' '{open}?limit=1' -H '{teal}'; done"),
        ),
        (
            "A receipt for a pull, and what it says, checked with the log's public key alone",
            format!(
                "curl -s \"{}$(curl -s -o /dev/null -w '%header{{portcullis-receipt}}' '{open}?limit=1' -H '{amber}')\" -H '{amber}' > {config}/mine.tlog-proof; \
                 {program} audit key --config {config} > {config}/log.vkey; \
                 {program} audit verify --config {config} --key-file {config}/log.vkey --receipt {config}/mine.tlog-proof",
                stage.url("")
            ),
        ),
        (
            "Who was given a member's record, and whom to tell when the member objects: ask again, and it is left out",
            format!(
                "{program} register --config {config} --contest {OPEN} --member {FIRST}; \
                 {program} object --config {config} --contest {OPEN} --member {FIRST}"
            ),
        ),
        ("What the operator sees of all that", format!("{program} rejections --config {config}")),
        (
            "Why the early request was refused, rule by rule",
            format!("{program} explain --config {config} --contest {NOT_OPEN} --campaign amber --request 'GET /members'"),
        ),
        ("What a data-protection officer needs afterwards", format!("{program} report --config {config} --contest {OPEN}")),
    ];
    for (point, line) in lines {
        writeln!(out, "# {point}\n{line}\n")?;
    }
    writeln!(out, "Ctrl-C ends the demo and removes everything. What happens is logged below.\n")
}
