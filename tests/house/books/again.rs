//! P6 and P7 where the same is asked again, so that those who came before are entered together with the pull, before the source is
//! asked: nobody leaves who is not entered, and at the end the books say what has left, and no more.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use portcullis::store::books::tables::SetKey;

use super::super::support::source::ok_json;
use super::super::support::{AMBER_KEY, Contest, Proxy, Source, get, page};
use super::ahead::{closed, records, says};
use super::quotas::limited;
use super::record::{Books, received};

const LIST: &str = "/leader/members?limit=200";

/// A source that answers with one page after another, each made of the members of some ranges, or not at all.
fn pages(pages: Vec<Vec<Range<u64>>>) -> Source {
    let asked = AtomicUsize::new(0);
    Source::scripted(move |_, stream| {
        let answer = &pages[asked.fetch_add(1, Ordering::Relaxed)];
        let answer: Vec<_> = answer.iter().map(|range| records(range.clone())).collect();
        if !answer.is_empty() {
            ok_json(stream, &page(&answer.join(", ")));
        }
    })
}

#[test]
fn p7_pages_that_change_in_every_way_are_exact_in_the_register() {
    let stories = vec![
        vec![0..200],
        // The same again; fewer; the same few; more; others in the middle; in another order; twice; nobody at all; somebody else.
        vec![0..200],
        vec![0..150],
        vec![0..150],
        vec![0..160],
        vec![0..160],
        vec![0..80, 300..310, 80..150],
        vec![0..80, 300..310, 80..150],
        vec![80..160, 0..80],
        vec![0..80, 79..159],
        vec![],
        vec![0..80, 79..159],
        vec![500..501],
        vec![500..501],
    ];
    let proxy = Proxy::start(&Contest::default(), &pages(stories.clone()));
    let mut total = 0;
    for (at, story) in stories.into_iter().enumerate() {
        let wanted: Vec<u64> = story.into_iter().flatten().collect();
        let list = get(proxy.public, LIST, AMBER_KEY);
        if wanted.is_empty() {
            assert_eq!(list.reason(), "upstream_broke_off");
        } else {
            assert!(list.whole && received(&list.text()) == wanted, "page {at}");
        }
        let pulls = closed(&proxy, at + 1);
        let books = Books::of(&proxy.folder);
        says(&books, &pulls[at], &wanted);
        total += wanted.len() as u64;
        let members = [200, 210, 211][usize::from(at >= 6) + usize::from(at >= 12)];
        assert_eq!((books.spent().records, books.spent().members), (total, members), "page {at}");
    }
}

/// Asks twice for a page, and looks at the books while the source has not answered the second time.
fn asked_again(contest: &Contest, look: impl FnOnce(&Books)) {
    let (go_on, told) = channel::<()>();
    let (told, asked) = (Mutex::new(told), AtomicUsize::new(0));
    let source = Source::scripted(move |_, stream| {
        if asked.fetch_add(1, Ordering::Relaxed) == 1 {
            let _ = told.lock().unwrap().recv_timeout(Duration::from_secs(30));
        }
        ok_json(stream, &page(&records(0..200)));
    });
    let proxy = Proxy::start(contest, &source);
    assert!(get(proxy.public, LIST, AMBER_KEY).whole);
    closed(&proxy, 1);
    let public = proxy.public;
    let again = std::thread::spawn(move || get(public, LIST, AMBER_KEY));
    while source.seen().len() < 2 {
        std::thread::sleep(Duration::from_millis(5));
    }
    look(&Books::of(&proxy.folder));
    go_on.send(()).unwrap();
    assert!(again.join().unwrap().whole);
    let pulls = closed(&proxy, 2);
    let books = Books::of(&proxy.folder);
    says(&books, &pulls[1], &(0..200).collect::<Vec<_>>());
    assert_eq!((books.spent().records, books.spent().members), (400, 200));
}

#[test]
fn p7_who_is_expected_is_in_the_books_before_the_source_answers() {
    asked_again(&Contest::default(), |books| {
        let open = &books.pulls()[1];
        assert_eq!((open.records, open.end), (200, None));
        assert_eq!(books.set(&SetKey::Pull(open.number)), books.set(&SetKey::Pull(books.pulls()[0].number)));
        assert_eq!(books.spent().records, 400);
    });
}

#[test]
fn p6_near_the_end_of_a_quota_nobody_is_set_aside_who_may_not_come() {
    asked_again(&limited("records = { max = 450 }"), |books| {
        assert_eq!((books.pulls()[1].records, books.spent().records), (0, 200));
    });
}
