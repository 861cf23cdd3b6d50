//! The README, held to the product: its walk is walked, its tables are compared with the code, its metrics with a scrape.
//!
//! Ports and the source's address are put in before a command runs, and taken out of what it prints. `UPDATE_README=1` writes
//! the table of reasons anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use portcullis::config::schema;
use portcullis::engine::minimise::rule::Category;
use portcullis::engine::reason::{Advice, Fault, Reason};
use portcullis::engine::stage::Stage;
use portcullis::wire::problem;
use serde_json::{Value, json};

use super::readme_text::{README, is_line, is_text, section, shows};
use super::support::{AMBER_KEY, Contest, MEMBER, Proxy, Source, get, page, proxy::program, send, source};

/// A fenced block.
#[derive(Clone)]
struct Block {
    /// What it is written in.
    language: &'static str,
    /// What stands behind the language.
    name: &'static str,
    text: String,
}

fn blocks(section: &'static str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in section.lines() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(info) => {
                let (language, name) = info.split_once(' ').unwrap_or((info, ""));
                blocks.push(Block { language, name, text: String::new() });
                open = true;
            }
            None if open => {
                let text = &mut blocks.last_mut().unwrap().text;
                text.push_str(line);
                text.push('\n');
            }
            None => {}
        }
    }
    blocks
}

fn block(section: &'static str, language: &str, name: &str) -> Block {
    let found = blocks(section).into_iter().find(|block| (block.language, block.name) == (language, name));
    found.unwrap_or_else(|| panic!("there is no block `{language} {name}`"))
}

/// Whether a JSON value is what was shown, member by member and in no other order of a list.
fn is_value(shown: &Value, value: &Value) -> bool {
    match (shown, value) {
        (Value::String(shown), Value::String(text)) => is_line(shown, text),
        (Value::String(any), _) => any == "…",
        (Value::Array(shown), Value::Array(values)) => {
            shown.len() == values.len() && shown.iter().zip(values).all(|(shown, value)| is_value(shown, value))
        }
        (Value::Object(shown), Value::Object(members)) => {
            shown.keys().eq(members.keys()) && shown.iter().all(|(name, shown)| is_value(shown, &members[name]))
        }
        _ => shown == value,
    }
}

/// A shell that a person could have open: one directory, one set of variables, one last background job.
struct Shell {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    folder: PathBuf,
    /// What stands in the README, and what it is here.
    places: Vec<(&'static str, String)>,
}

impl Shell {
    fn open(places: Vec<(&'static str, String)>) -> Self {
        let folder = std::env::temp_dir().join(format!("portcullis-readme-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let home = Path::new(env!("CARGO_BIN_EXE_portcullis")).parent().unwrap();
        let path = format!("{}:{}", home.display(), std::env::var("PATH").unwrap());
        let mut process = Command::new("bash")
            .current_dir(&folder)
            .env("PATH", path)
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut input, output) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        writeln!(input, "exec 2>&1").unwrap();
        Self { process, input, output, folder, places }
    }

    fn put_in(&self, text: &str) -> String {
        self.places.iter().fold(text.to_owned(), |text, (shown, here)| text.replace(shown, here))
    }

    fn take_out(&self, text: &str) -> String {
        self.places.iter().fold(text.to_owned(), |text, (shown, here)| text.replace(here, shown))
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), self.put_in(text)).unwrap();
    }

    /// Runs a command, and gives what it printed.
    fn run(&mut self, command: &str) -> String {
        let command = self.put_in(command);
        writeln!(self.input, "{command}\necho\necho end-of-command").unwrap();
        let mut printed = String::new();
        let mut line = String::new();
        while self.output.read_line(&mut line).unwrap() > 0 && line != "end-of-command\n" {
            printed.push_str(&std::mem::take(&mut line));
        }
        self.take_out(&printed)
    }

    /// Waits as a person does before going on: until the proxy says that it has done what it was told.
    fn settle(&self, command: &str) {
        let said = match command {
            _ if command.contains("portcullis serve") => "\"listening\"",
            _ if command.contains("kill -HUP") => "is in force",
            _ => return,
        };
        let until = Instant::now() + Duration::from_secs(20);
        while !fs::read_to_string(self.folder.join("serve.log")).is_ok_and(|log| log.contains(said)) {
            assert!(Instant::now() < until, "{command}: the proxy never said {said}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs a command until it prints what is shown: the book is written a moment after the answer.
    fn run_and_compare(&mut self, command: &str, shown: &str) {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let printed = self.run(command);
            if shows(shown, &printed) {
                return;
            }
            let patient = command.starts_with("portcullis rejections") && Instant::now() < until;
            assert!(patient, "$ {command}\nshould print\n{shown}\nand printed\n{printed}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = writeln!(self.input, "jobs -p | xargs -r kill; wait; exit");
        let _ = self.process.wait();
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// The commands of a console block, each with what it is shown to print.
fn commands(block: &Block) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in block.text.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((command.to_owned(), String::new())),
            None => {
                let shown = &mut commands.last_mut().expect("a console block begins with a command").1;
                shown.push_str(line);
                shown.push('\n');
            }
        }
    }
    commands
}

/// An address below the ports that the system hands out by itself, so that no other test gets it meanwhile.
fn free_address(first: u16) -> SocketAddr {
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (first..first + 5000).find(free).map(|port| SocketAddr::from(([127, 0, 0, 1], port))).unwrap()
}

/// Walks through a section: writes its files, runs its commands, compares what they print. `given` answers as the source
/// that the section names. The campaign's key and digest are those that `portcullis key` printed on the way.
fn walk(section: &'static str, given: &Source) {
    let [public, admin] = [free_address(20_000), free_address(25_000)];
    let places = [("127.0.0.1:8443", public), ("127.0.0.1:9443", admin), ("127.0.0.1:8000", given.address)];
    let mut shell = Shell::open(places.map(|(shown, here)| (shown, here.to_string())).into());
    let mut blocks = blocks(section).into_iter().peekable();
    let (mut key, mut digest) = (String::new(), String::new());
    while let Some(block) = blocks.next() {
        match (block.language, block.name.strip_prefix("file=")) {
            (_, Some(file)) => shell.write(file, &block.text.replace("\"…\"", &format!("\"{digest}\""))),
            ("console", None) => {
                let commands = commands(&block);
                let last = commands.len() - 1;
                for (at, (command, shown)) in commands.into_iter().enumerate() {
                    let command = if command == "KEY=portcullis_…" { format!("KEY={key}") } else { command };
                    let answer = blocks.next_if(|next| at == last && (next.language, next.name) == ("json", ""));
                    if let Some(answer) = answer {
                        let printed = shell.run(&command);
                        let value =
                            serde_json::from_str(&printed).unwrap_or_else(|error| panic!("$ {command}\n{error}: {printed}"));
                        let shown = serde_json::from_str(&answer.text).unwrap();
                        assert!(is_value(&shown, &value), "$ {command}\nshould print\n{shown:#}\nand printed\n{value:#}");
                    } else if command.starts_with("portcullis key ") {
                        let printed = shell.run(&command);
                        assert!(shows(&shown, &printed), "$ {command}\nshould print\n{shown}\nand printed\n{printed}");
                        let word =
                            |begins: &str| printed.split(['"', ' ', '\n']).find(|word| word.starts_with(begins)).unwrap_or("");
                        key = word("portcullis_").to_owned();
                        digest = printed.split('"').find(|word| word.len() == 64).unwrap().to_owned();
                    } else {
                        shell.run_and_compare(&command, &shown);
                    }
                    shell.settle(&command);
                }
            }
            ("sh", None) => {}
            other => panic!("nobody knows what to do with a block of {other:?}"),
        }
    }
}

#[test]
fn the_first_configuration_is_made_and_works_as_shown() {
    let walked = section("## A first configuration");
    assert!(walked.contains("python3 -m http.server --bind 127.0.0.1 8000"), "the scripted source stands for this line");
    let source = Source::json(block(walked, "json", "file=sample.json").text);
    walk(walked, &source);
    let seen = source.seen();
    assert_eq!(seen.len(), 1, "{seen:?}");
    let head = seen[0].to_lowercase();
    assert!(head.starts_with("get /sample.json?limit=2 http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nauthorization: bearer what the database's operator gave you\r\n"), "{head}");
}

#[test]
fn the_demo_prints_what_is_shown() {
    let [(command, shown)] = commands(&block(section("## Two commands"), "console", "")).try_into().unwrap();
    let arguments = command.strip_prefix("cargo run --release -- ").unwrap().split(' ');
    let output = program().args(arguments).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(shows(&shown, &printed), "should print\n{shown}\nand printed\n{printed}");
}

/// A source of two pages, in front of it a proxy with the usual limits.
fn two_pages() -> (Source, Proxy) {
    let source = Source::scripted(|head, stream| {
        let next = if head.contains("offset=") { "null" } else { "\"http://crm.internal/members?limit=2&offset=2\"" };
        source::ok_json(stream, &format!(r#"{{"next": {next}, "values": [{MEMBER}, {MEMBER}]}}"#));
    });
    let usual = Contest {
        limits: String::new(),
        export: Contest::default().export.replace("envelope = [\"count\"]", ""),
        ..Contest::default()
    };
    let proxy = Proxy::start(&usual, &source);
    (source, proxy)
}

/// The lines of a head as the README lays them out, compared with those that came.
fn is_head(shown: &Block, head: &str) -> bool {
    let head: Vec<_> = head.lines().filter(|line| *line != "connection: close").collect();
    is_text(&shown.text.trim_end().lines().collect::<Vec<_>>(), &head)
}

#[test]
fn a_tool_sees_the_pages_and_headers_that_are_shown() {
    let told = section("## What a campaign's tool sees");
    let (_source, proxy) = two_pages();
    let answer = get(proxy.public, "/leader/members?limit=2", AMBER_KEY);
    assert!(is_head(&block(told, "http", "list"), &answer.head), "{}", answer.head);
    let shown: Value = serde_json::from_str(&block(told, "json", "page").text).unwrap();
    let shown = shown.to_string().replace("127.0.0.1:8443/leader", &format!("{}/leader", proxy.public));
    assert!(is_value(&serde_json::from_str(&shown).unwrap(), &answer.json()), "{shown}\n{}", answer.text());
    let refusal = (0..9).map(|_| get(proxy.public, "/leader/members", AMBER_KEY)).find(|answer| answer.status == 429).unwrap();
    assert!(is_head(&block(told, "http", "refusal"), &refusal.head), "{}", refusal.head);
}

#[test]
fn the_tool_that_is_shown_pulls_every_page_and_waits_when_told() {
    let told = section("## What a campaign's tool sees");
    let (source, _proxy) = two_pages();
    let quick = Contest {
        limits: "rate = { pulls = 1, requests = 100, per = \"1s\", burst = 1 }".into(),
        export: Contest::default().export.replace("envelope = [\"count\"]", ""),
        ..Contest::default()
    };
    let proxy = Proxy::start(&quick, &source);
    let script = proxy.folder.join("pull.py");
    fs::write(&script, block(told, "python", "file=pull.py").text).unwrap();
    let pull = |target: &str| {
        let url = format!("http://{}{target}", proxy.public);
        Command::new("python3").arg(&script).args([&url, AMBER_KEY]).output().unwrap()
    };
    for _ in 0..2 {
        let output = pull("/leader/members?limit=2");
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 4);
    }
    // The second pull came too early, or the machine is slow; one that surely does is refused first.
    get(proxy.public, "/leader/members", AMBER_KEY);
    assert!(pull("/leader/members").status.success());
    assert!(proxy.rejections(1).iter().all(|row| row["reason"] == "rate_limited"));
    let refused = pull("/leader/members?religion=Sikh");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().starts_with("query_not_allowed: "));
}

/// The table of reasons, as it should stand in the README.
fn reasons_table() -> String {
    let mut table = String::from(
        "| reason | status | stage | who acts | retry | what it means, and what to do |\n|---|---|---|---|---|---|\n",
    );
    for &reason in Reason::ALL {
        let entry = reason.entry();
        let status = problem::status(reason).as_u16().to_string();
        let status = if entry.stage == Stage::Listen { "-" } else { &status };
        let who = match entry.fault {
            Fault::Campaign => "campaign",
            Fault::Operator => "operator",
            Fault::Source => "source",
            Fault::Contest => "contest",
            Fault::Portcullis => "portcullis",
        };
        let retry = match entry.advice {
            Advice::ChangeRequest => "change-the-request",
            Advice::RetryLater => "later",
            Advice::AskOperator => "ask-the-operator",
            Advice::Stop => "never",
        };
        let heard = if reason.heard() == reason { String::new() } else { format!(" (`{}`)", reason.heard()) };
        let (stage, sentence) = (entry.stage.code(), entry.sentence);
        table += &format!("| `{reason}`{heard} | {status} | {stage} | {who} | {retry} | {sentence} |\n");
    }
    table
}

#[test]
fn the_table_of_reasons_is_the_codes() {
    const MARKS: [&str; 2] = ["<!-- reasons: begin -->\n", "<!-- reasons: end -->"];
    let (before, rest) = README.split_once(MARKS[0]).unwrap();
    let (shown, after) = rest.split_once(MARKS[1]).unwrap();
    let table = reasons_table();
    if std::env::var_os("UPDATE_README").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        return fs::write(path, [before, MARKS[0], &table, MARKS[1], after].concat()).unwrap();
    }
    assert_eq!(shown, table, "UPDATE_README=1 writes it anew");
}

/// The rows of every table in a part of the README: what stands in backticks in the first column, and all cells.
fn rows(part: &str) -> Vec<(String, Vec<String>)> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows = part.lines().filter(|line| line.starts_with("| `")).map(cells);
    rows.map(|cells| (cells[0].split('`').nth(1).unwrap().to_owned(), cells)).collect()
}

fn names(part: &str) -> Vec<String> {
    rows(part).into_iter().map(|(name, _)| name).collect()
}

/// Every key of a schema, by its path; `*` is a name of the operator's own, and a list's elements add nothing.
fn keys(schema: &Value, path: &str, found: &mut BTreeMap<String, bool>) {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        found.insert(below(name), required.contains(&name.as_str()));
        keys(property, &below(name), found);
    }
    if let Some(items) = schema.get("items") {
        keys(items, path, found);
    }
    if schema["additionalProperties"].is_object() {
        keys(&schema["additionalProperties"], &below("*"), found);
    }
    schema["anyOf"].as_array().into_iter().flatten().for_each(|one| keys(one, path, found));
}

/// Every key of the reference, by its path, and its cells.
fn documented(part: &str) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for table in part.split("\n#### ").skip(1) {
        let (heading, body) = table.split_once('\n').unwrap();
        let prefix = heading.trim_matches(['`', '[', ']']);
        for (key, cells) in rows(body) {
            assert!(found.insert(format!("{prefix}.{key}"), cells).is_none(), "{prefix}.{key} stands twice");
        }
    }
    found
}

#[test]
fn every_key_of_the_files_is_in_the_reference_and_nothing_else() {
    let parts = section("## Every key").split("\n### ").collect::<Vec<_>>();
    for (schema, part) in [(schema::process(), parts[1]), (schema::contest(), parts[2])] {
        let mut known = BTreeMap::new();
        keys(&schema, "", &mut known);
        let tables: BTreeSet<String> = known.keys().filter_map(|key| Some(key.rsplit_once('.')?.0.to_owned())).collect();
        let shown = documented(part);
        // Written down once: a campaign's limits with the contest's, conditions with rows, a list's rows with a record's.
        let once = ["campaign.limits.", "export.fields.*.when.*.", "export.lists.*.rows."];
        let elsewhere = |key: &str| once.iter().any(|table| key.starts_with(table));
        let leaf = |key: &str| !tables.iter().any(|table| table == key || table.starts_with(&format!("{key}.")));
        let leaves: BTreeSet<_> = known.keys().filter(|key| !elsewhere(key) && leaf(key)).cloned().collect();
        let told: BTreeSet<_> = shown.keys().filter(|key| leaf(key)).cloned().collect();
        assert_eq!(told, leaves);
        let unknown: Vec<_> = shown.keys().filter(|key| !known.contains_key(*key)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        for (key, required) in known.iter().filter(|(key, _)| shown.contains_key(*key)) {
            assert_eq!(shown[key][1] == "required", *required, "{key}: {:?}", shown[key]);
        }
    }
}

fn check(folder: &Path, rest: &[&str]) -> String {
    let output = program().arg("check").args(rest).arg("--config").arg(folder).env("NO_COLOR", "1").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn defaults_are_those_that_hold_when_the_file_is_silent() {
    let source = Source::json("");
    let fields = "member_id = \"tokenise\"\n\"address.town\" = { keep = \"name\" }\n\"gifts[]\" = { keep = \"date\" }".into();
    let contest = Contest { source: String::new(), limits: String::new(), filters: String::new(), fields, ..Contest::default() };
    let folder = contest.write(source.address);
    fs::write(folder.join("portcullis.toml"), "[listen]\naddress = \"127.0.0.1:0\"\n").unwrap();
    let text = check(&folder, &["--effective"]);
    let shown = documented(section("## Every key"));
    let plain = |key: &str| shown[key][1].replace(['`', '_'], "");
    let bounds: Vec<_> = shown.keys().filter(|key| key.starts_with("bounds.")).collect();
    assert_eq!(bounds.len(), 13);
    for key in bounds {
        let line = format!("\n{} = {}\n", key.trim_start_matches("bounds."), plain(key));
        assert!(text.contains(&line), "{line} is not in\n{text}");
    }
    let [pulls, requests, per, burst] = ["pulls", "requests", "per", "burst"].map(|key| plain(&format!("limits.rate.{key}")));
    let (kind, format, store) = (plain("store.kind"), plain("log.format"), plain("store.path"));
    for line in [
        format!("rate = {{ pulls = {pulls}, requests = {requests}, per = \"{per}\", burst = {burst} }}\n"),
        format!("concurrent = {}\n", plain("limits.concurrent")),
        format!("timeout = \"{}\"\n", plain("source.timeout")),
        format!("connections = {}\n", plain("source.connections")),
        format!("\"gifts\" = {{ max = {}, rows = [] }}\n", plain("export.lists.*.max")),
        format!("[admin]\naddress = \"{}\"\n", plain("admin.address")),
        format!("kind = \"{kind}\"\npath = \"{}\"\n", folder.join(store).display()),
        format!("[log]\nformat = \"{format}\"\n"),
    ] {
        assert!(text.contains(&line), "{line} is not in\n{text}");
    }
    let _ = fs::remove_dir_all(folder);
}

/// "`max` (records a page) is from 1 to 10000, not -1": what `check` says of each number that is out of bounds.
fn ranges(text: &str) -> BTreeSet<(String, String, String)> {
    let range = |line: &str| {
        let (what, rest) = line.strip_prefix("error: `")?.split_once('`')?;
        let (from, rest) = rest.split_once(" is from ")?.1.split_once(" to ")?;
        Some((what.to_owned(), from.to_owned(), rest.split_once(',')?.0.to_owned()))
    };
    text.lines().filter_map(range).collect()
}

#[test]
fn bounds_are_those_that_check_keeps_to() {
    let contest = Contest {
        process: format!("[bounds]\n{}", names(section("#### `[bounds]`")).iter().map(|key| format!("{key} = -1\n")).collect::<String>()),
        source: "timeout = \"1d\"\nconnections = -1".into(),
        limits: "rate = { pulls = -1, requests = -1, per = \"2d\", burst = -1 }\nconcurrent = -1\nrecords = { max = -1, per = \"367d\" }\nmembers = { max = -1 }".into(),
        export: "page = { size = \"limit\", number = \"n\", first = -1, max = -1 }\nnext = \"/next\"".into(),
        fields: "member_id = \"tokenise\"\na = { keep = \"text\", max = -1 }\nb = { mask = { last = -1 } }\nc = { generalise = \"numeric-band\", width = -1 }\nd = { generalise = \"prefix\", chars = -1 }".into(),
        filters: String::new(),
        ..Contest::default()
    };
    let folder = contest.write(Source::json("").address);
    let found = ranges(&check(&folder, &[]));
    let shown = documented(section("## Every key"));
    let bounds = shown
        .iter()
        .filter(|(key, _)| key.starts_with("bounds."))
        .map(|(key, cells)| (key.trim_start_matches("bounds.").to_owned(), cells[2].replace('_', ""), cells[3].replace('_', "")));
    let told = shown.iter().filter_map(|(key, cells)| {
        let words: Vec<_> = cells.last()?.split([' ', ',', ':', '.']).collect();
        let at = words.iter().position(|word| word.eq_ignore_ascii_case("from"))?;
        let (from, to) = (*words.get(at + 1)?, *words.get(at + 3)?);
        from.starts_with(|c: char| c.is_ascii_digit())
            .then(|| (key.rsplit('.').next().unwrap().to_owned(), from.to_owned(), to.to_owned()))
    });
    // The edges of bands are a list, which `check` names otherwise.
    let told: BTreeSet<_> = bounds.chain(told).filter(|(key, ..)| key != "bands").collect();
    assert_eq!(told, found);
    let _ = fs::remove_dir_all(folder);
}

#[test]
fn the_words_of_rules_are_those_of_the_schema() {
    let part = section("## Rules, formats, conditions");
    let shown = names(part);
    let schema = schema::contest();
    let rule = &schema["properties"]["export"]["items"]["properties"]["fields"]["additionalProperties"]["anyOf"][1]["properties"];
    let words =
        |list: &Value| list["enum"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let tests = schema["properties"]["export"]["items"]["properties"]["rows"]["items"]["properties"].as_object().unwrap();
    let tests = tests.keys().filter(|key| *key != "field").cloned();
    let rules = ["keep", "mask", "generalise", "pseudonymise", "tokenise", "drop"].map(str::to_owned);
    let expected: BTreeSet<_> =
        words(&rule["keep"]).into_iter().chain(words(&rule["generalise"])).chain(tests).chain(rules.clone()).collect();
    assert_eq!(shown.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(shown.len(), expected.len(), "nothing stands twice");
    assert!(rules.iter().all(|name| rule.get(name).is_some()));
    for (category, _) in Category::ALL {
        assert!(part.contains(&format!("`{category}`")), "{category}");
    }
}

/// What the table of generalisations shows, through `preview`.
#[test]
fn generalisations_make_of_a_value_what_is_shown() {
    let table: Vec<_> =
        rows(section("## Rules, formats, conditions")).into_iter().filter(|(_, cells)| cells[1].contains('→')).collect();
    assert_eq!(table.len(), 6);
    let particulars = |name: &str| match name {
        "age-band" => ", bands = [18, 25, 35, 50, 65], on = 2026-02-14",
        "numeric-band" => ", width = 10",
        "prefix" => ", chars = 3",
        _ => "",
    };
    let fields: String =
        table.iter().map(|(name, _)| format!("{name} = {{ generalise = \"{name}\"{} }}\n", particulars(name))).collect();
    let contest = Contest { fields: format!("member_id = \"tokenise\"\n{fields}"), filters: String::new(), ..Contest::default() };
    let folder = contest.write(Source::json("").address);
    let value = |cells: &[String], at: usize| cells[1].split('`').nth(at).unwrap().to_owned();
    let record: serde_json::Map<_, _> = table.iter().map(|(name, cells)| (name.clone(), json!(value(cells, 1)))).collect();
    let sample = folder.join("sample.json");
    fs::write(&sample, page(&Value::from(record).to_string())).unwrap();
    let output = program()
        .args(["preview", "--json", "--contest", "leader", "--export", "members", "--config"])
        .args([&folder, &sample])
        .output()
        .unwrap();
    let preview: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (name, cells) in &table {
        assert_eq!(preview["body"]["values"][0][name], value(cells, 3), "{name}");
    }
    let _ = fs::remove_dir_all(folder);
}

#[test]
fn the_lists_that_are_shown_leave_as_the_table_says() {
    let shown = block(section("## Rules, formats, conditions"), "toml", "lists").text;
    let (fields, lists) = shown.trim_start_matches("[export.fields]").split_once("[export.lists]").unwrap();
    let contest = Contest {
        filters: String::new(),
        fields: format!("member_id = {{ keep = \"integer\" }}\n{fields}"),
        rows: format!("[export.lists]\n{lists}"),
        ..Contest::default()
    };
    let gift = r#"{"on":"2024-05-01","amount":5,"public":true}"#;
    let many = format!("[{}]", vec![gift; 21].join(","));
    let cases = [
        (r#"[{"on":"2024-05-01","amount":5},{"on":1},"x",null,{"on":"2020-01-01","refunded":"all"}]"#, r#"[{"on":"2024"}]"#),
        ("[]", "[]"),
        (r#"[7,{"appeal":"Roof"}]"#, "[]"),
        (&many, "null"),
        (gift, "null"),
    ];
    let record = |(list, _): &(&str, &str)| {
        format!(r#"{{"member_id":1,"donations":{list},"tags":["a",null,7],"consent":{{"post":true}}}}"#)
    };
    let source = Source::json(page(&cases.iter().map(record).collect::<Vec<_>>().join(",")));
    let left = get(Proxy::start(&contest, &source).public, "/leader/members", AMBER_KEY).json();
    for (at, (list, expected)) in cases.into_iter().enumerate() {
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(left["values"][at]["donations"], expected, "{list}");
        assert_eq!(left["values"][at]["tags"], json!(["a", null]));
    }
}

#[test]
fn the_metrics_are_those_of_a_scrape() {
    let source = Source::json(page(&format!("{MEMBER}, {{\"first_name\": \"Nobody\"}}")));
    let limits = format!("{}\nrecords = {{ max = 9 }}", Contest::default().limits);
    let proxy = Proxy::start(&Contest { limits, ..Contest::default() }, &source);
    get(proxy.public, "/leader/members", AMBER_KEY);
    get(proxy.public, "/leader/nothing", AMBER_KEY);
    send(proxy.public, "nonsense\r\n\r\n");
    proxy.wait_for(|line| line["outcome"] == "refused");
    let mut scraped: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut families = BTreeSet::new();
    let until = Instant::now() + Duration::from_secs(10);
    while !proxy.metrics().contains("connections_failed_total{") && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    for line in proxy.metrics().lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            let (name, kind) = family.split_once(' ').unwrap();
            families.insert(if kind == "counter" { format!("{name}_total") } else { name.to_owned() });
        } else if !line.starts_with('#') {
            let (name, rest) = line.split_once(['{', ' ']).unwrap();
            let name = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            let labels = rest.split_once('}').map_or("", |(labels, _)| labels);
            let labels = labels.split("\",").filter_map(|label| Some(label.split_once('=')?.0.to_owned()));
            scraped.entry(name.to_owned()).or_default().extend(labels.filter(|label| label != "le"));
        }
    }
    assert_eq!(scraped.keys().cloned().collect::<BTreeSet<_>>(), families);
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<_>>();
    let shown: BTreeMap<_, _> = rows(section("## Metrics")).into_iter().map(|(name, cells)| (name, quoted(&cells[1]))).collect();
    assert_eq!(shown, scraped);
}

#[test]
fn every_command_is_listed_and_has_an_example() {
    let help = String::from_utf8(program().arg("--help").output().unwrap().stdout).unwrap();
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let of_the_program: Vec<_> = listed
        .lines()
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?.split(' ').next())
        .filter(|command| *command != "help")
        .collect();
    assert_eq!(names(section("## Commands")), of_the_program);
    for command in of_the_program {
        let help = String::from_utf8(program().args([command, "--help"]).output().unwrap().stdout).unwrap();
        assert!(help.contains("Example") && help.contains(&format!("portcullis {command}")), "{help}");
    }
}

#[test]
fn links_lead_to_something() {
    let anchors: BTreeSet<String> = README
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-');
            line.trim_start_matches('#').trim().to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
        })
        .collect();
    for link in README.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        let leads = match link.strip_prefix('#') {
            Some(anchor) => anchors.contains(anchor),
            None => link.starts_with("https://") || Path::new(env!("CARGO_MANIFEST_DIR")).join(link).exists(),
        };
        assert!(leads, "{link}");
    }
}

/// Every series, reason and result that alerts watch exists: an alert on a name of the past never fires.
#[test]
fn alerts_watch_what_there_is() {
    let shown = names(section("## Metrics"));
    let words = |text: &'static str, begins: &str| -> Vec<&'static str> {
        let rest = text.split(begins).skip(1);
        rest.map(|rest| rest.split('"').next().unwrap()).flat_map(|words| words.split('|')).collect()
    };
    for text in [
        include_str!("../../deploy/alerts.yml"),
        include_str!("../../deploy/alerts.test.yml"),
        include_str!("../../deploy/README.md"),
    ] {
        for name in text.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).filter(|word| word.starts_with("portcullis_")) {
            assert!(shown.iter().any(|series| series == name), "{name}");
        }
        for reason in words(text, "reason=\"").into_iter().chain(words(text, "reason=~\"")) {
            let known = |known: &&Reason| match reason.strip_suffix(".+") {
                Some(prefix) => known.code().starts_with(prefix),
                None => known.code() == reason,
            };
            assert!(reason.is_empty() || Reason::ALL.iter().any(|reason| known(&reason)), "{reason}");
        }
        assert!(words(text, "result=\"").iter().all(|result| ["applied", "failed"].contains(result)));
    }
    let changed = words(include_str!("../../deploy/alerts.yml"), "reason=~\"content_type_unexpected|").len();
    let of_the_source = |reason: &&Reason| reason.entry().stage == Stage::Minimise && reason.entry().fault == Fault::Source;
    let of_minimise = Reason::ALL.iter().filter(of_the_source).count();
    assert_eq!(changed + 1, of_minimise, "the alert on a changed source names every way in which one changes");
}

/// Under systemd the secrets are copies, and a command has to be told where, as deploy/README.md says.
#[test]
fn check_finds_the_copies_that_systemd_made() {
    let folder = Contest::default().write(Source::json("").address);
    let file = folder.join("contests/leader.toml");
    let text = fs::read_to_string(&file).unwrap();
    let copies = folder.join("copies");
    fs::create_dir(&copies).unwrap();
    let named = [("../source-token", "source-token"), ("../contest.key", "contest.key")];
    let text = named.iter().fold(text, |text, (name, secret)| {
        fs::rename(folder.join(secret), copies.join(format!("secrets_{secret}"))).unwrap();
        text.replace(name, &format!("$CREDENTIALS_DIRECTORY/secrets_{secret}"))
    });
    fs::write(file, text).unwrap();
    let mut command = program();
    command.args(["check", "--config"]).arg(&folder).env_remove("CREDENTIALS_DIRECTORY");
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    assert_eq!(command.env("CREDENTIALS_DIRECTORY", copies).output().unwrap().status.code(), Some(0));
    let _ = fs::remove_dir_all(folder);
}

#[test]
fn schemas_are_printed_for_editors() {
    let print = |file: &str| program().args(["schema", file]).output().unwrap();
    for (file, schema) in [("contest", schema::contest()), ("process", schema::process())] {
        let output = print(file);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), schema);
    }
    let wrong = print("nonsense");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8(wrong.stderr).unwrap().contains("[possible values: contest, process]"));
}

/// On a bad night, the book is what one looks at: it asks for nothing of the configuration but its own path.
#[test]
fn the_book_can_be_read_while_the_configuration_is_broken() {
    let proxy = Proxy::before(&Source::json(page(MEMBER)));
    get(proxy.public, "/leader/nothing", AMBER_KEY);
    proxy.rejections(1);
    fs::write(proxy.folder.join("contests/leader.toml"), "[contest\n").unwrap();
    fs::remove_file(proxy.folder.join("contest.key")).unwrap();
    let file = proxy.folder.join("portcullis.toml");
    let text = fs::read_to_string(&file).unwrap();
    let tls = "tls = { certificate_file = \"$CREDENTIALS_DIRECTORY/none\", key_file = \"none\" }\nadress = 1";
    fs::write(&file, text.replacen("[listen]", &format!("[listen]\n{tls}"), 1)).unwrap();
    assert!(check(&proxy.folder, &[]).contains("not usable"));
    assert_eq!(proxy.rejections(1)[0]["reason"], "export_unknown");
    for (part, replacement, said) in [
        ("path = \"portcullis.db\"", "paht = \"portcullis.db\"", "did you mean `path`?"),
        ("kind = \"sqlite\"", "kind = \"postgres\"", "needs the database's URL"),
        ("[store]", "[stor]", "did you mean `store`?"),
        ("[store]", "[store", "not TOML"),
    ] {
        assert!(text.contains(part));
        fs::write(&file, text.replacen(part, replacement, 1)).unwrap();
        let output = program().args(["rejections", "--config"]).arg(&proxy.folder).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(said), "{replacement}: {told}");
    }
}

#[test]
fn a_placeholder_stands_for_what_differs_and_for_nothing_else() {
    assert!(is_line("a … c", "a b c") && is_line("t1_…", "t1_x") && !is_line("a … c", "a b d") && !is_line("a", "ab"));
    assert!(shows("a\n…\nd", "a\nb\nc\nd\n") && !shows("a\n…\nd", "a\nb\nc") && !shows("a", "a\nb"));
    assert!(is_value(&json!({"a": "…"}), &json!({"a": 1})) && !is_value(&json!({"a": "…"}), &json!({"a": 1, "b": 2})));
}

#[test]
fn the_table_of_apis_is_the_families() {
    let rows = section("## APIs").lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name));
    // The first row names the columns.
    let shown: BTreeSet<&str> = rows.skip(1).collect();
    let known: BTreeSet<&str> = portcullis::engine::dialect::family::FAMILIES.iter().map(|family| family.name).collect();
    assert_eq!(shown, known);
}
