//! How fast the minimiser reads, in process and on one core, beside the libraries that one would otherwise filter with.
//!
//! `tests/bench/run` makes the records, of 27 fields and about 1.1 kB, and calls this with the body's file. Everybody reads the same
//! bytes and writes the same ten fields. The libraries only parse and copy: they check no format, find no repeated name and count
//! nothing. Every figure is the best of several rounds, taken in turns; read the ratios.

mod libraries;
mod ours;

use std::hint::black_box;
use std::time::Instant;

/// Rounds, each of which gives every contender its turn.
const ROUNDS: usize = 9;
/// What is read again and again: more than fits in a core's caches.
const BODY_BYTES: usize = 32 << 20;

/// One way to turn a body into what may leave of it.
pub struct Contender {
    name: String,
    input: Input,
    /// Whether it is a library, to be compared with.
    library: bool,
    run: Box<dyn Fn(&[u8]) -> usize>,
    seconds: f64,
    left: usize,
}

/// The form in which a contender reads the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// One JSON text.
    Json,
    /// A line for each record.
    Ndjson,
    /// A row for each, of twelve columns.
    Csv,
}

impl Contender {
    /// A contender; `run` gives the bytes that leave.
    pub fn new(name: impl Into<String>, input: Input, library: bool, run: impl Fn(&[u8]) -> usize + 'static) -> Self {
        Self { name: name.into(), input, library, run: Box::new(run), seconds: f64::INFINITY, left: 0 }
    }
}

/// The same records in every form.
struct Bodies {
    json: Vec<u8>,
    ndjson: Vec<u8>,
    csv: Vec<u8>,
}

impl Bodies {
    /// So many of the file's records that they fit.
    fn read(path: &str) -> Self {
        let all = std::fs::read(path).expect("the file that tests/bench/run makes");
        #[derive(serde::Deserialize)]
        struct List<'a> {
            #[serde(borrow)]
            values: Vec<&'a serde_json::value::RawValue>,
        }
        let list: List = serde_json::from_slice(&all).expect("a list");
        let mut room = BODY_BYTES;
        let fits = |record: &&&serde_json::value::RawValue| {
            room = room.saturating_sub(record.get().len() + 1);
            room > 0
        };
        let records: Vec<&str> = list.values.iter().take_while(fits).map(|record| record.get()).collect();
        let json = format!(r#"{{"count":{},"next":null,"values":[{}]}}"#, records.len(), records.join(","));
        let ndjson = records.iter().map(|record| format!("{record}\n")).collect::<String>();
        Self { json: json.into(), ndjson: ndjson.into(), csv: libraries::table(&records) }
    }

    fn of(&self, input: Input) -> &[u8] {
        match input {
            Input::Json => &self.json,
            Input::Ndjson => &self.ndjson,
            Input::Csv => &self.csv,
        }
    }
}

fn main() {
    let path = std::env::args().nth(1).expect("usage: engine FILE, of a JSON list with its records in `values`");
    let bodies = Bodies::read(&path);
    let mut contenders = ours::contenders();
    contenders.extend(libraries::contenders());
    for _ in 0..ROUNDS {
        for contender in &mut contenders {
            let start = Instant::now();
            contender.left = black_box((contender.run)(bodies.of(contender.input)));
            contender.seconds = contender.seconds.min(start.elapsed().as_secs_f64());
        }
    }
    for input in [Input::Json, Input::Ndjson, Input::Csv] {
        table(input, bodies.of(input).len(), &contenders);
    }
}

/// Prints the contenders of one form.
fn table(input: Input, bytes: usize, contenders: &[Contender]) {
    let speed = |contender: &Contender| bytes as f64 / 1e6 / contender.seconds;
    let own = || contenders.iter().filter(|contender| contender.input == input);
    let best = own().filter(|contender| contender.library).map(speed).fold(0.0, f64::max);
    println!("\n| {input:?}, {:.1} MB | MB/s of input | x best library | bytes that leave |", bytes as f64 / 1e6);
    println!("|---|---|---|---|");
    for contender in own() {
        let (speed, left) = (speed(contender), contender.left as f64 / bytes as f64);
        println!("| {} | {speed:.0} | {:.2} | {:.0}% |", contender.name, speed / best, 100.0 * left);
    }
}
