//! P5, metamorphic: two databases that differ in hidden fields alone answer every request alike, errors and headers included.
//!
//! The source behind the proxy is as helpful as real ones are: it filters, orders and counts by any field that it is asked for. A
//! proxy that let one such word through would be told apart at once. `PORTCULLIS_SEED` replays a run.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use portcullis::engine::dialect::encoding::decode_query;
use serde_json::{Value, json};

use super::support::{AMBER_KEY, Contest, Proxy, Source};

/// Requests that are asked of both databases.
const REQUESTS: usize = 100_000;
/// Requests that are sent in one go.
const BATCH: usize = 100;
/// Members in each database.
const MEMBERS: usize = 40;

/// A random number after another (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// A member in one of two databases: what a campaign may see is the same, all else is not.
fn member(number: usize, twin: usize) -> BTreeMap<&'static str, Value> {
    let other = |choices: [&'static str; 3]| json!(choices[(number * 7 + twin * 5 + number / 3) % 3]);
    BTreeMap::from([
        ("member_id", json!(number)),
        ("first_name", json!(["Sian", "Owain", "Ann", "Huw", "Eve"][number % 5])),
        ("town", json!(["Bangor", "Ely", "York"][number % 3])),
        ("joined_on", json!(format!("20{:02}-0{}-11", 10 + number % 15, 1 + number % 9))),
        ("status", json!("current")),
        ("consent", json!(number.is_multiple_of(2))),
        (
            "email",
            json!(if number.is_multiple_of(2) { format!("m{number}@example.org") } else { format!("hidden{twin}@example.org") }),
        ),
        ("religion", other(["Sikh", "Muslim", "none"])),
        ("ethnicity", other(["Welsh", "other", "Black Caribbean"])),
        ("notes", json!("x".repeat(number * (twin + 1) % 50))),
        ("score", json!(number * 31 % (17 + twin))),
    ])
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What the source answers: filters by whatever it is asked for, orders by it, counts it, and validates.
fn answer(target: &str, twin: usize) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let asked = decode_query(query).unwrap_or_default();
    let word = |name: &str| asked.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let mut members: Vec<_> = (1..=MEMBERS).map(|number| member(number, twin)).collect();
    if let Some(number) = path.strip_prefix("/api/people/") {
        members.retain(|member| text(&member["member_id"]) == number);
        return members.first().map_or_else(|| head(404, "{}"), |member| head(200, &json!({ "person": member }).to_string()));
    }
    for (name, value) in &asked {
        let (field, after) = name.strip_suffix("_after").map_or((name.as_str(), false), |field| (field, true));
        if !["limit", "offset", "order_by"].contains(&field) {
            members.retain(|member| {
                member.get(field).is_none_or(|own| if after { text(own) > *value } else { text(own) == *value })
            });
        }
    }
    if let Some(order) = word("order_by") {
        let (field, down) = order.strip_prefix('-').map_or((order.as_str(), false), |field| (field, true));
        members.sort_by_key(|member| member.get(field).map(text));
        if down {
            members.reverse();
        }
    }
    let number = |name: &str, otherwise| word(name).and_then(|value| value.parse().ok()).unwrap_or(otherwise);
    let (offset, limit): (usize, usize) = (number("offset", 0), number("limit", 10));
    let page: Vec<_> = members.iter().skip(offset).take(limit).collect();
    let next =
        (offset + limit < members.len()).then(|| format!("http://crm/api/members?religion=Sikh&offset={}", offset + limit));
    let religious = members.iter().filter(|member| member["religion"] == "Sikh").count();
    head(200, &json!({ "facets": { "religion": { "Sikh": religious } }, "values": page, "next": next }).to_string())
}

/// A validator over the whole body, and a length: both would tell what is hidden.
fn head(status: u16, body: &str) -> String {
    let etag = body.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\netag: \"{etag:x}\"\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Serves one of the two databases, as `twin` says in the moment, on connections that stay.
fn database(twin: Arc<AtomicUsize>) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let twin = Arc::clone(&twin);
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut writer = stream;
                while let Some(lines) = lines(&mut reader) {
                    let target = lines[0].split(' ').nth(1).unwrap_or("/").to_owned();
                    if writer.write_all(answer(&target, twin.load(Ordering::SeqCst)).as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// The lines of a head; `None` at the end of the connection.
fn lines(reader: &mut BufReader<TcpStream>) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            return Some(lines);
        }
        lines.push(line);
    }
}

/// One answer from a connection that stays: what a campaign can see of it, but for the exchange's name, the time of day and its pace.
fn seen(reader: &mut BufReader<TcpStream>, of_head: bool) -> (String, String) {
    let mut lines = lines(reader).expect("an answer");
    let header = |name: &str| {
        lines
            .iter()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
    };
    let (length, chunked) = (header("content-length"), header("transfer-encoding").is_some());
    let mut body = Vec::new();
    if chunked {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).unwrap();
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).unwrap();
            if size == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..size]);
        }
    } else if !of_head {
        body.resize(length.map_or(0, |length| length.parse().unwrap()), 0);
        reader.read_exact(&mut body).unwrap();
    }
    let moving = ["date:", "portcullis-request-id:", "portcullis-receipt:", "ratelimit:"];
    lines.retain(|line| !moving.iter().any(|name| line.to_lowercase().starts_with(name)));
    let body = String::from_utf8(body).unwrap();
    if let Some(still) = status_at_rest(&body) {
        return (String::new(), still);
    }
    let at = body.find("\"request_id\":\"").map_or(body.len(), |at| at + 14);
    let masked = format!("{}{}", &body[..at], body.get(at + 26..).unwrap_or_default());
    (lines.join("\n"), masked)
}

/// A campaign's own status without the time of day and its pace, which have a length each.
fn status_at_rest(body: &str) -> Option<String> {
    let mut status: Value = serde_json::from_str(body).ok()?;
    let members = status.as_object_mut().filter(|members| members.contains_key("now"))?;
    members.remove("now");
    members.remove("remaining");
    Some(status.to_string())
}

const PARAMETERS: [&str; 44] = [
    "limit=3",
    "limit=10",
    "limit=40",
    "limit=0",
    "offset=5",
    "offset=20",
    "town=Bangor",
    "town=Ely",
    "town=york",
    "joined_after=2015-01-01",
    "joined_after=2020-06-01",
    "order_by=joined_on",
    "order_by=-joined_on",
    "order_by=member_id",
    "order_by=-religion",
    "order_by=score",
    "religion=Sikh",
    "religion_after=N",
    "RELIGION=Sikh",
    "reli%67ion=Sikh",
    "ethnicity=Welsh",
    "notes=x",
    "score=3",
    "email=m2@example.org",
    "consent=true",
    "status=current",
    "filter[religion][_eq]=Sikh",
    "_where=religion%3D1",
    "$filter=religion%20eq%20'Sikh'",
    "q=Sikh",
    "search=Sikh",
    "fields=member_id,religion",
    "fields=first_name",
    "count=true",
    "_facet=religion",
    "group_by=religion",
    "format=csv",
    "cursor=AAAA",
    "town=Bangor&town=Ely",
    "town",
    "=1",
    "town=%ff",
    "limit=3&limit=4",
    "member_id=2",
];
const PATHS: [&str; 12] = [
    "/leader/members",
    "/leader/members",
    "/leader/members",
    "/leader/members",
    "/leader/members",
    "/leader/members/2/card",
    "/leader/members/{token}/card",
    "/leader/-/status",
    "/leader/$batch",
    "/leader/graphql",
    "/leader/members/religion",
    "/leader/people",
];
const METHODS: [&str; 12] = ["GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "SEARCH"];
const HEADERS: [&str; 10] = [
    "",
    "",
    "",
    "",
    "accept: text/csv\r\n",
    "accept: application/x-ndjson\r\n",
    "accept: text/html\r\n",
    "if-none-match: \"1\"\r\n",
    "range: items=0-1\r\n",
    "x-http-method-override: PATCH\r\n",
];

/// A request of a campaign that tries what it likes. Known cursors and tokens come from answers.
fn request(random: &mut Random, known: &[String], token: &str) -> (String, bool) {
    let method = *random.pick(&METHODS);
    let target = if !known.is_empty() && random.below(6) == 0 {
        random.pick(known).clone()
    } else {
        let parameters: Vec<_> = (0..random.below(4)).map(|_| *random.pick(&PARAMETERS)).collect();
        let mark = if parameters.is_empty() { "" } else { "?" };
        format!("{}{mark}{}", random.pick(&PATHS).replace("{token}", token), parameters.join("&"))
    };
    let length = if method == "GET" || method == "HEAD" { "" } else { "content-length: 0\r\n" };
    let headers = random.pick(&HEADERS);
    (
        format!("{method} {target} HTTP/1.1\r\nhost: gate\r\nauthorization: Bearer {AMBER_KEY}\r\n{length}{headers}\r\n"),
        method == "HEAD",
    )
}

fn contest() -> Contest {
    let kept = "first_name = { keep = \"name\" }\ntown = { keep = \"text\", max = 40 }\njoined_on = { keep = \"date\" }\nemail = { keep = \"email\", when = { consent = true } }";
    Contest {
        limits: "rate = { pulls = 1000000, requests = 1000000, per = \"1s\", burst = 1000000 }\nconcurrent = 16".into(),
        export: "page = { size = \"limit\", offset = \"offset\", max = 40, default = 10 }\nnext = \"/next\"\naccept = [\"json\", \"ndjson\", \"csv\"]\norder_by = [\"joined_on\", \"member_id\"]\nitem = \"/members/{member_id}/card\"\nsource_item = \"/people/{id}\"\nitem_record = \"/person\"".into(),
        filters: "town = {}\njoined_after = { field = \"joined_on\", op = \"after\" }".into(),
        fields: format!("member_id = \"tokenise\"\n{kept}\nreligion = {{ drop = \"religious-or-philosophical-belief\" }}\nethnicity = {{ drop = \"racial-or-ethnic-origin\" }}\n"),
        rows: "[[export.rows]]\nfield = \"status\"\nis = \"current\"".into(),
        process: "[bounds]\nrejections_per_campaign_max = 10".into(),
        ..Contest::default()
    }
}

/// The hour of the clock, counted from 1970.
fn hour() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 3600
}

/// The connections of one run, and which database answers.
struct Run {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
    twin: Arc<AtomicUsize>,
}

impl Run {
    /// What both databases answer to a batch within one hour of the clock: a cursor's expiry is rounded to whole hours, so it may
    /// differ where the hour turns between the two, whatever the databases hold.
    fn ask(&mut self, batch: &[(String, bool)]) -> [Vec<(String, String)>; 2] {
        loop {
            let before = hour();
            let answers = self.ask_once(batch);
            if hour() == before {
                return answers;
            }
        }
    }

    fn ask_once(&mut self, batch: &[(String, bool)]) -> [Vec<(String, String)>; 2] {
        let bytes: String = batch.iter().map(|(request, _)| request.as_str()).collect();
        [0, 1].map(|twin| {
            self.twin.store(twin, Ordering::SeqCst);
            self.stream.write_all(bytes.as_bytes()).unwrap();
            batch.iter().map(|(_, of_head)| seen(&mut self.reader, *of_head)).collect()
        })
    }
}

#[test]
fn p5_databases_that_differ_in_hidden_fields_answer_100_000_requests_alike() {
    let seed = std::env::var("PORTCULLIS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    let twin = Arc::new(AtomicUsize::new(0));
    let mut source = Source::json("");
    source.address = database(Arc::clone(&twin));
    let proxy = Proxy::start(&contest(), &source);
    let stream = TcpStream::connect(proxy.public).unwrap();
    let mut run = Run { reader: BufReader::new(stream.try_clone().unwrap()), stream, twin };
    let mut random = Random(seed);
    let mut statuses: BTreeMap<String, usize> = BTreeMap::new();
    let (mut known, mut token, mut asked) = (Vec::new(), "none".to_owned(), 0);
    while asked < REQUESTS {
        let batch: Vec<_> = (0..BATCH).map(|_| request(&mut random, &known, &token)).collect();
        let [one, other] = run.ask(&batch);
        for ((one, other), (request, _)) in one.iter().zip(&other).zip(&batch) {
            assert_eq!(one, other, "seed {seed}: {request}");
            *statuses.entry(one.0.lines().next().unwrap_or("its status").to_owned()).or_default() += 1;
            learn(&one.1, &mut known, &mut token);
        }
        asked += BATCH;
    }
    // The run has to have gone into the rooms that it is about: pages of every kind, and each way of saying no.
    assert!(statuses["HTTP/1.1 200 OK"] > REQUESTS / 20 && known.len() > 20 && token != "none", "{statuses:?}");
    for refused in ["400", "404", "405", "406"] {
        assert!(statuses.keys().any(|line| line.contains(refused)), "{statuses:?}");
    }
}

/// Keeps links and a token of an answer, for later requests.
fn learn(body: &str, known: &mut Vec<String>, token: &mut String) {
    let Ok(body) = serde_json::from_str::<Value>(body) else { return };
    if let Some((_, link)) = body["next"].as_str().and_then(|link| link.split_once("/leader/")) {
        let link = format!("/leader/{link}");
        if known.len() < 200 && !known.contains(&link) {
            known.push(link);
        }
    }
    if let Some(found) = body["values"][0]["member_id"].as_str() {
        found.clone_into(token);
    }
}
