//! P14: a reload is all or nothing, and says which.

use std::time::{Duration, Instant};

use super::support::{AMBER_KEY, Contest, MEMBER, Proxy, Source, get, page, proxy::program};

fn reloads(proxy: &Proxy, result: &str) -> u64 {
    let wanted = format!("portcullis_config_reloads_total{{result=\"{result}\"}} ");
    proxy.metrics().lines().find_map(|line| line.strip_prefix(&wanted)?.parse().ok()).unwrap_or(0)
}

fn reload(proxy: &Proxy, result: &str) {
    let (before, until) = (reloads(proxy, result), Instant::now() + Duration::from_secs(20));
    proxy.signal("HUP");
    while reloads(proxy, result) == before {
        assert!(Instant::now() < until, "{}", proxy.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn field_count(proxy: &Proxy) -> usize {
    get(proxy.public, "/leader/members", AMBER_KEY).json()["values"][0].as_object().unwrap().len()
}

#[test]
fn p14_a_good_change_takes_effect_and_a_bad_one_changes_nothing() {
    let source = Source::json(page(MEMBER));
    let proxy = Proxy::before(&source);
    assert_eq!(field_count(&proxy), 4);
    let fewer = Contest { fields: "member_id = { keep = \"integer\" }".into(), filters: String::new(), ..Contest::default() };
    fewer.write_contest(&proxy.folder, source.address);
    reload(&proxy, "applied");
    assert_eq!(field_count(&proxy), 1);
    for bad in [
        Contest { fields: "member_id = { keep = \"number\" }".into(), filters: String::new(), ..Contest::default() },
        Contest { source: "timeout = \"2 weeks\"".into(), ..Contest::default() },
        Contest { opens: "2099-06-01T00:00:00Z".into(), ..Contest::default() },
    ] {
        bad.write_contest(&proxy.folder, source.address);
        reload(&proxy, "failed");
        assert_eq!(field_count(&proxy), 1);
    }
    std::fs::remove_file(proxy.folder.join("contest.key")).unwrap();
    fewer.write_contest(&proxy.folder, source.address);
    reload(&proxy, "failed");
    assert_eq!(field_count(&proxy), 1);
    proxy.wait_for(|line| line["problems"].as_str().is_some_and(|problems| problems.contains("contest.key")));
    proxy.wait_for(|line| line["message"].as_str().is_some_and(|message| message.contains("stays in force")));
}

#[test]
fn what_cannot_change_while_running_is_refused_and_named() {
    let source = Source::json(page(MEMBER));
    let proxy = Proxy::before(&source);
    let file = proxy.folder.join("portcullis.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("path = \"portcullis.db\"", "path = \"other.db\"")).unwrap();
    reload(&proxy, "failed");
    let named = "[store] cannot change while the process runs";
    proxy.wait_for(|line| line["problems"].as_str().is_some_and(|problems| problems.contains(named)));
}

#[test]
fn a_reload_gives_no_pull_back() {
    let source = Source::json(page(MEMBER));
    let limits = "rate = { pulls = 1, requests = 100, per = \"1h\", burst = 1 }\nconcurrent = 2";
    let proxy = Proxy::start(&Contest { limits: limits.into(), ..Contest::default() }, &source);
    assert_eq!(get(proxy.public, "/leader/members", AMBER_KEY).status, 200);
    reload(&proxy, "applied");
    assert_eq!(get(proxy.public, "/leader/members", AMBER_KEY).reason(), "rate_limited");
}

#[test]
fn a_stop_drains_what_is_in_progress() {
    let source = Source::scripted(|_, stream| {
        std::thread::sleep(Duration::from_millis(1500));
        super::support::source::ok_json(stream, &page(MEMBER));
    });
    let mut proxy = Proxy::before(&source);
    let public = proxy.public;
    let asked = std::thread::spawn(move || get(public, "/leader/members", AMBER_KEY));
    while source.seen().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    proxy.signal("TERM");
    proxy.wait_for(|line| line["message"] == "draining");
    let ready = get(proxy.admin, "/readyz", "");
    assert_eq!((ready.status, ready.text()), (503, "not ready: the proxy is draining\n".to_owned()));
    let answer = asked.join().unwrap();
    assert_eq!((answer.status, answer.whole), (200, true));
    assert_eq!(proxy.ended(), Some(0));
    assert_eq!(proxy.wait_for(|line| line["message"] == "stopped")["whole"], true);
}

#[test]
fn a_second_process_on_the_same_store_is_refused() {
    let source = Source::json(page(MEMBER));
    let proxy = Proxy::before(&source);
    let output = program().args(["serve", "--config"]).arg(&proxy.folder).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("portcullis.db"), "{said}");
}
