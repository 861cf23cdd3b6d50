//! P7: after a kill at any instant, every record that a client received is in the register, and its pull in the log.

use std::io::{Read, Write};
use std::time::Duration;

use super::super::support::{AMBER_KEY, Contest, Proxy, Source};
use super::record::{Books, amber, members, received};
use portcullis::engine::audit::event::Ending;
use portcullis::store::books::tables::SetKey;

const LIST: &str = "/leader/members";

/// Rounds of the loop. `PORTCULLIS_CRASH_ROUNDS` asks for more.
fn rounds() -> u64 {
    std::env::var("PORTCULLIS_CRASH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(200)
}

/// Reads for so long, then kills the proxy, and gives what had arrived.
fn pull_and_kill(proxy: &Proxy, after: Duration) -> String {
    let mut stream = std::net::TcpStream::connect(proxy.public).unwrap();
    let request = format!("GET {LIST} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {AMBER_KEY}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut kept = Vec::new();
    let reader = std::thread::spawn(move || {
        let _ = stream.read_to_end(&mut kept);
        kept
    });
    std::thread::sleep(after);
    proxy.signal("KILL");
    String::from_utf8_lossy(&reader.join().unwrap()).into_owned()
}

#[test]
fn p7_a_kill_at_any_instant_loses_nothing_that_was_received() {
    let big = members(0..60_000);
    let source = Source::scripted(move |_, stream| super::super::support::source::ok_json(stream, &big));
    let folder = Contest::default().write(source.address);
    let (mut ever, mut some) = (std::collections::BTreeSet::new(), 0);
    for round in 0..rounds() {
        let mut proxy = Proxy::start_in(folder.clone());
        let text = pull_and_kill(&proxy, Duration::from_micros(20_000 + (round * 79_193) % 700_000));
        proxy.ended();
        let got = received(&text);
        some += u64::from(!got.is_empty());
        let books = Books::of(&folder);
        ever.extend(got.iter().map(|number| books.digest(&number.to_string())));
        let register = books.set(&SetKey::Campaign(amber()));
        let missing = ever.difference(&register).count();
        assert_eq!(missing, 0, "round {round}: {missing} of {} members were received and are not in the register", ever.len());
        let pulls = books.pulls();
        assert!(got.is_empty() || pulls.last().is_some_and(|pull| pull.records >= got.len() as u64), "round {round}");
        assert_eq!(books.spent().records, pulls.iter().map(|pull| pull.records).sum::<u64>(), "round {round}");
        // The folder outlives the proxy that is dropped here.
        proxy.keep_folder();
    }
    assert!(some > rounds() / 3, "only {some} rounds received anything: the kills come too early");
    let mut last = Proxy::start_in(folder);
    last.signal("TERM");
    assert_eq!(last.ended(), Some(0));
    let books = Books::of(&last.folder);
    assert_eq!(books.verified().open_pulls, 0, "every pull has an end");
    let lost = books.pulls().iter().filter(|pull| pull.end.is_some_and(|end| end.ending == Ending::Lost)).count();
    assert!(lost > 0, "what was killed is on record as lost");
}
