//! P6 and P7 where a list comes as one came before, so that its records are entered ahead of it: nobody leaves who is not entered,
//! and at the end the books say what has left, and no more.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::ops::Range;
use std::time::{Duration, Instant};

use portcullis::store::books::StoredPull;
use portcullis::store::books::tables::SetKey;

use super::super::support::{AMBER_KEY, Contest, Proxy, Source, get};
use super::quotas::limited;
use super::record::{Books, members, received};

const LIST: &str = "/leader/members";
const ALL: u64 = 40_000;

/// A source that has a list at each of these offsets, each made of the members of some ranges.
fn lists(lists: Vec<Vec<Range<u64>>>) -> Source {
    Source::scripted(move |head, stream| {
        let wanted = (1..lists.len()).find(|at| head.contains(&format!("offset={at}"))).unwrap_or(0);
        let pages: Vec<_> = lists[wanted].iter().map(|range| records(range.clone())).collect();
        let body = super::super::support::page(&pages.join(", "));
        super::super::support::source::ok_json(stream, &body);
    })
}

/// The records of a page, without what is around them.
pub fn records(numbers: Range<u64>) -> String {
    let page = members(numbers);
    let (first, last) = (page.find('[').unwrap() + 1, page.rfind(']').unwrap());
    page[first..last].to_owned()
}

pub fn closed(proxy: &Proxy, pulls: usize) -> Vec<StoredPull> {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let found = Books::of(&proxy.folder).pulls();
        if found.len() == pulls && found.iter().all(|pull| pull.end.is_some()) {
            return found;
        }
        assert!(Instant::now() < end, "{found:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The register says of a pull that these members left, and those who do not consent without their address.
pub fn says(books: &Books, pull: &StoredPull, left: &[u64]) {
    let digests =
        |numbers: &mut dyn Iterator<Item = u64>| -> BTreeSet<_> { numbers.map(|n| books.digest(&n.to_string())).collect() };
    assert_eq!(pull.records, left.len() as u64);
    assert_eq!(books.set(&SetKey::Pull(pull.number)), digests(&mut left.iter().copied()));
    let email = pull.fields.iter().position(|field| field == "email").unwrap();
    let lacking = books.set(&SetKey::Lacking(pull.number, u16::try_from(email).unwrap()));
    assert_eq!(lacking, digests(&mut left.iter().copied().filter(|n| n.is_multiple_of(3))));
}

#[test]
fn p7_lists_that_go_astray_in_every_way_are_exact_in_the_register() {
    let stories = vec![
        vec![0..ALL],
        // The same again; its end is missing; its middle is missing; others come in the middle; it begins anew; somebody comes twice.
        vec![0..ALL],
        vec![0..ALL - 777],
        vec![0..15_000, 16_000..ALL],
        vec![0..15_001, ALL..ALL + 10, 15_001..ALL],
        vec![20_000..ALL, 0..20_000],
        vec![0..20_000, 19_999..ALL],
        vec![0..17_000, 3..4, 17_000..ALL],
    ];
    let source = lists(stories.clone());
    let proxy = Proxy::start(&Contest::default(), &source);
    let mut total = 0;
    for (at, story) in stories.into_iter().enumerate() {
        let wanted: Vec<u64> = story.into_iter().flatten().collect();
        let list = get(proxy.public, &format!("{LIST}?offset={at}"), AMBER_KEY);
        assert!(list.whole && received(&list.text()) == wanted, "list {at}");
        let pulls = closed(&proxy, at + 1);
        says(&Books::of(&proxy.folder), &pulls[at], &wanted);
        total += wanted.len() as u64;
        let spent = Books::of(&proxy.folder).spent();
        assert_eq!((spent.records, spent.members), (total, ALL + if at < 4 { 0 } else { 10 }), "list {at}");
    }
}

#[test]
fn p6_a_quota_ends_a_list_that_comes_again_at_the_exact_record() {
    let source = lists(vec![vec![0..ALL]]);
    let quota = 2 * ALL + ALL / 2 + 17;
    let proxy = Proxy::start(&limited(&format!("records = {{ max = {quota} }}")), &source);
    for _ in 0..2 {
        assert!(get(proxy.public, LIST, AMBER_KEY).whole);
    }
    let cut = get(proxy.public, LIST, AMBER_KEY);
    assert!(!cut.whole && received(&cut.text()) == (0..ALL / 2 + 17).collect::<Vec<_>>());
    let pulls = closed(&proxy, 3);
    says(&Books::of(&proxy.folder), &pulls[2], &(0..ALL / 2 + 17).collect::<Vec<_>>());
    assert_eq!(get(proxy.public, LIST, AMBER_KEY).reason(), "record_quota_exhausted");
}

#[test]
fn p7_what_was_entered_ahead_is_taken_back_when_the_campaign_leaves() {
    let source = lists(vec![vec![0..ALL]]);
    let proxy = Proxy::start(&Contest::default(), &source);
    assert!(get(proxy.public, LIST, AMBER_KEY).whole);
    let mut stream = std::net::TcpStream::connect(proxy.public).unwrap();
    stream.write_all(format!("GET {LIST} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {AMBER_KEY}\r\n\r\n").as_bytes()).unwrap();
    let mut text = vec![0; 200_000];
    stream.read_exact(&mut text).unwrap();
    let got = received(&String::from_utf8_lossy(&text)).len() as u64;
    let open = Books::of(&proxy.folder).pulls().pop().unwrap();
    assert!(open.end.is_none() && open.records >= got && got > 0, "{} of {got}", open.records);
    drop(stream);
    let pull = closed(&proxy, 2).pop().unwrap();
    assert!(pull.records >= got && pull.records < ALL, "{}", pull.records);
    let books = Books::of(&proxy.folder);
    says(&books, &pull, &(0..pull.records).collect::<Vec<_>>());
    assert_eq!((books.spent().records, books.spent().members), (ALL + pull.records, ALL));
}

/// Each period is ten seconds, from the contest's opening at a whole minute.
const PERIOD: u128 = 10_000;

/// The first half of the list comes at the end of one period, and the second in the next.
#[test]
fn p6_what_leaves_in_a_period_is_taken_from_that_periods_quota() {
    let source = Source::scripted(|head, stream| {
        let pause = if head.contains("offset=1") { Duration::from_millis(1500) } else { Duration::ZERO };
        let write = super::super::support::source::write;
        write(stream, super::super::support::source::UNTIL_CLOSE);
        write(stream, format!("{{\"values\": [{},", records(0..ALL / 2)).as_bytes());
        std::thread::sleep(pause);
        write(stream, format!("{}]}}", records(ALL / 2..ALL)).as_bytes());
    });
    let proxy = Proxy::start(&limited("records = { max = 100000000, per = \"10s\" }"), &source);
    assert!(get(proxy.public, LIST, AMBER_KEY).whole);
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let until_the_end = PERIOD - since_1970.as_millis() % PERIOD;
    std::thread::sleep(Duration::from_millis(u64::try_from(until_the_end).unwrap().saturating_sub(1000)));
    let before = Books::of(&proxy.folder).spent();
    assert!(get(proxy.public, &format!("{LIST}?offset=1"), AMBER_KEY).whole);
    closed(&proxy, 2);
    let spent = Books::of(&proxy.folder).spent();
    assert!(spent.period > before.period && spent.records_ever == 2 * ALL, "{spent:?}");
    // All but what the engine had not seen whole when the source paused.
    assert!(spent.records >= ALL / 2, "{spent:?}");
}

/// The source writes more than is validated whole, and no more until the campaign has it.
#[test]
fn what_may_leave_does_not_wait_for_a_source_that_pauses() {
    const FIRST: u64 = 14_000;
    let (go_on, told) = std::sync::mpsc::channel::<()>();
    let told = std::sync::Mutex::new(told);
    let source = Source::scripted(move |head, stream| {
        let write = super::super::support::source::write;
        write(stream, super::super::support::source::UNTIL_CLOSE);
        write(stream, format!("{{\"values\": [{},", records(0..FIRST)).as_bytes());
        if head.contains("offset=1") {
            let _ = told.lock().unwrap().recv_timeout(Duration::from_secs(30));
        }
        write(stream, format!("{}]}}", records(FIRST..ALL)).as_bytes());
    });
    let proxy = Proxy::start(&Contest::default(), &source);
    assert!(get(proxy.public, LIST, AMBER_KEY).whole);
    let mut stream = std::net::TcpStream::connect(proxy.public).unwrap();
    let request = format!("GET {LIST}?offset=1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {AMBER_KEY}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let (mut text, mut chunk) = (String::new(), vec![0; 1 << 16]);
    while received(&text).len() < usize::try_from(FIRST - 1).unwrap() {
        let count = stream.read(&mut chunk).unwrap_or(0);
        assert!(count > 0, "only {} records came: {}", received(&text).len(), proxy.log());
        text.push_str(&String::from_utf8_lossy(&chunk[..count]));
    }
    go_on.send(()).unwrap();
    while stream.read(&mut chunk).is_ok_and(|count| count > 0) {
        if Books::of(&proxy.folder).pulls()[1].end.is_some() {
            break;
        }
    }
    assert_eq!(closed(&proxy, 2)[1].records, ALL);
}
