//! P10 end to end: two campaigns of two contests pull the same members, and nothing that stands for a member can be joined.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use portcullis::engine::credential::KeyDigest;
use serde_json::Value;

use super::support::{AMBER_KEY, Contest, Proxy, Source, TEAL_KEY, get, get_as, page};

const MEMBERS: usize = 60;
/// Keys of the second contest's campaigns.
const DEPUTY_KEYS: [&str; 2] = ["portcullis_amber_key_of_the_deputies", "portcullis_teal_key_of_the_deputies"];

fn contest() -> Contest {
    let mut contest = Contest {
        filters: String::new(),
        fields: r#"
member_id = "tokenise"
ref = "tokenise"
email = { pseudonymise = "person" }
login = { pseudonymise = "account" }
"gifts[].by" = { pseudonymise = "person" }
"#
        .into(),
        ..Contest::default()
    };
    contest.export.push_str("\naccept = [\"json\", \"ndjson\"]");
    contest
}

/// Two contests with one key in one folder, in each of which both campaigns may pull the list.
fn two_contests(source: &Source) -> Proxy {
    let folder = contest().write(source.address);
    let file = folder.join("contests/leader.toml");
    let leader = fs::read_to_string(&file).unwrap().replace("exports = []", "exports = [\"members\"]");
    let hex = |key: &str| KeyDigest::of(key.as_bytes()).to_hex();
    let deputy = [AMBER_KEY, TEAL_KEY]
        .iter()
        .zip(DEPUTY_KEYS)
        .fold(leader.clone(), |text, (key, other)| text.replace(&hex(key), &hex(other)));
    fs::write(file, leader).unwrap();
    fs::write(folder.join("contests/deputy.toml"), deputy.replace("id = \"leader\"", "id = \"deputy\"")).unwrap();
    Proxy::start_in(folder)
}

/// Members whose every field says the same, so that a name for one could be one for another.
fn members() -> Source {
    let member = |n: usize| {
        let email = format!("anna{n}@example.org");
        format!(
            r#"{{"member_id": "{email}", "ref": "{email}", "email": " {}", "login": "{email}", "gifts": [{{"by": "{email}"}}]}}"#,
            email.to_uppercase()
        )
    };
    Source::json(page(&(0..MEMBERS).map(member).collect::<Vec<_>>().join(",")))
}

/// What a campaign gets for each member: under the name of each field, a text.
type Names = Vec<BTreeMap<&'static str, String>>;

fn names(records: &[Value]) -> Names {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let names = |record: &Value| {
        let plain = ["member_id", "ref", "email", "login"].map(|name| (name, text(&record[name])));
        plain.into_iter().chain([("by", text(&record["gifts"][0]["by"]))]).collect()
    };
    records.iter().map(names).collect()
}

fn pulled(proxy: &Proxy, contest: &str, key: &str) -> Names {
    let answer = get(proxy.public, &format!("/{contest}/members"), key);
    assert_eq!(answer.status, 200, "{}", answer.text());
    names(answer.json()["values"].as_array().unwrap())
}

#[test]
fn p10_two_campaigns_of_two_contests_have_no_name_of_a_member_in_common() {
    let source = members();
    let proxy = two_contests(&source);
    let whose = [("leader", AMBER_KEY), ("leader", TEAL_KEY), ("deputy", DEPUTY_KEYS[0]), ("deputy", DEPUTY_KEYS[1])];
    let (mut seen, mut count) = (BTreeSet::new(), 0);
    for (contest, key) in whose {
        let names = pulled(&proxy, contest, key);
        assert_eq!(names.len(), MEMBERS);
        for member in &names {
            assert_eq!(member["by"], member["email"], "one person in one domain, however it is spelled");
            let different: BTreeSet<_> = member.values().cloned().collect();
            assert_eq!(different.len(), 4, "another in another domain and field: {member:?}");
            count += different.len();
            seen.extend(different);
        }
    }
    assert_eq!(seen.len(), count, "some name stands for two members, or for one in two places");
    assert!(!seen.iter().any(|name| name.contains("anna")));
}

#[test]
fn p10_within_a_campaign_a_member_keeps_its_names_in_every_form_and_after_a_restart() {
    let source = members();
    let first = {
        let proxy = two_contests(&source);
        let first = pulled(&proxy, "leader", AMBER_KEY);
        assert_eq!(pulled(&proxy, "leader", AMBER_KEY), first);
        let lines = get_as(proxy.public, "/leader/members", AMBER_KEY, "application/x-ndjson").text();
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(names(&lines), first);
        first
    };
    assert_eq!(pulled(&two_contests(&source), "leader", AMBER_KEY), first);
}
