//! Reloading: whole, or not at all (promise P14).

use std::sync::Arc;

use portcullis::config::Live;

use crate::desk::{CONTEST, Desk, PROCESS};

fn title(live: &Live) -> String {
    live.current().ruleset.contest("c").unwrap().title.clone()
}

#[test]
fn a_reload_with_any_problem_changes_nothing() {
    let desk = Desk::small();
    let live = Live::open(desk.places()).unwrap();
    let before = live.current();
    // The contest changes in a way that would be fine; another file has the problem.
    desk.file("contests/c.toml", CONTEST.replace("title = \"T\"", "title = \"New\""));
    desk.file("contests/d.toml", "[contest]\nid = 7\n");
    assert!(live.reload().unwrap_err().errors() > 0);
    assert!(Arc::ptr_eq(&before, &live.current()));
    assert_eq!(title(&live), "T");
    std::fs::remove_file(desk.root().join("contests/d.toml")).unwrap();
    live.reload().unwrap();
    assert_eq!(title(&live), "New");
    // Who held the old one still holds all of it.
    assert_eq!(before.ruleset.contest("c").unwrap().title, "T");
}

#[test]
fn a_file_that_went_away_changes_nothing() {
    let desk = Desk::small();
    let live = Live::open(desk.places()).unwrap();
    std::fs::remove_file(desk.root().join("contests/c.key")).unwrap();
    live.reload().unwrap_err();
    assert_eq!(title(&live), "T");
}

#[test]
fn what_only_a_restart_can_change_is_refused() {
    let desk = Desk::small();
    let live = Live::open(desk.places()).unwrap();
    desk.file("portcullis.toml", format!("{PROCESS}[bounds]\nconnections_max = 10\n").replace("8443", "8444"));
    desk.file("contests/c.toml", CONTEST.replace("title = \"T\"", "title = \"New\""));
    let problems = live.reload().unwrap_err().render(false);
    assert!(problems.contains("[listen] address, [bounds] of the process cannot change while the process runs"), "{problems}");
    assert_eq!(title(&live), "T");
}

#[test]
fn readers_never_see_a_mixture() {
    let desk = Desk::small();
    let live = Live::open(desk.places()).unwrap();
    let both = |title: &str| {
        CONTEST
            .replace("title = \"T\"", &format!("title = \"{title}\""))
            .replace("controller = \"P\"", &format!("controller = \"{title}\""))
    };
    desk.file("contests/c.toml", both("0"));
    live.reload().unwrap();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            for _ in 0..20_000 {
                let config = live.current();
                let contest = config.ruleset.contest("c").unwrap();
                assert_eq!(contest.title, contest.controller);
            }
        });
        for number in 1..30 {
            let text = if number % 3 == 0 { "[contest\n".to_owned() } else { both(&number.to_string()) };
            desk.file("contests/c.toml", text);
            drop(live.reload());
        }
        reader.join().unwrap();
    });
}
