//! Bodies by the thousand, for the plan of `bench_of::spec`: mostly in order, some with a byte or two out of place.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One edit of a body's bytes.
#[derive(Debug, Clone)]
pub enum Edit {
    Remove(Index),
    Insert(Index, u8),
    Double(Index, Index),
}

const NAMES: [&str; 28] = [
    "id",
    "name",
    "address",
    "town",
    "n",
    "mobile",
    "postcode",
    "union",
    "card",
    "religion",
    "status",
    "consent",
    "phone",
    "x",
    "y",
    "zz",
    r"\u006eame",
    r"i\u0064",
    "é",
    r"\ud83d\ude00",
    "",
    "geo",
    "gifts",
    "tags",
    "amount",
    "open",
    r#"\"q\""#,
    "data",
];
const SCALARS: [&str; 40] = [
    "null",
    "true",
    "false",
    "0",
    "1",
    "-12",
    "1.50",
    "-0",
    "1e5",
    "12345678901234567890",
    r#""current""#,
    r#""Zoë O'Neil""#,
    r#""a\u0062c""#,
    r#""07700 900123""#,
    r#""SW1A 1AA""#,
    r#""""#,
    r#""x\"y\\""#,
    r#""\ud83d\ude00""#,
    r#""{\"a\":1}""#,
    r#""  U-1 ""#,
    r#""a\nb""#,
    r#""]}""#,
    r#""/next?page=2""#,
    r#""01234567890123456789""#,
    "[]",
    "{}",
    r#""curre\u006et""#,
    r#""Ely""#,
    "7",
    r#""7""#,
    "-0.0",
    "1E+2",
    r#""2008-02-29""#,
    r#""1990-05-01T10:15:30Z""#,
    r#""1990-0\u0035-01""#,
    r#""anna@example.org""#,
    r#""6ba7b810-9dad-11d1-80b4-00c04fd430c8""#,
    r#""AB12""#,
    "29.99",
    r#""18446744073709551615""#,
];

fn blank() -> impl Strategy<Value = &'static str> {
    select(&["", "", "", " ", "\n  ", "\t\r\n"][..])
}

pub fn value() -> impl Strategy<Value = String> {
    select(&SCALARS[..]).prop_map(str::to_owned).prop_recursive(3, 24, 5, |inner| {
        prop_oneof![vec(inner.clone(), 0..4).prop_map(|values| format!("[{}]", values.join(","))), object(inner)]
    })
}

/// Values without an object that repeats a name.
pub fn orderly() -> impl Strategy<Value = String> {
    select(&SCALARS[..]).prop_map(str::to_owned).prop_recursive(3, 24, 5, |inner| {
        let object = vec((select(&NAMES[..]), inner.clone()), 0..5).prop_map(|members| {
            let members: Vec<_> =
                members.iter().enumerate().map(|(at, (name, value))| format!("\"{at}{name}\":{value}")).collect();
            format!("{{{}}}", members.join(","))
        });
        prop_oneof![vec(inner, 0..4).prop_map(|values| format!("[{}]", values.join(" , "))), object]
    })
}

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    vec((blank(), select(&NAMES[..]), blank(), value, blank()), 0..6).prop_map(|members| {
        let members: Vec<_> = members.iter().map(|(a, name, b, value, c)| format!("{a}\"{name}\"{b}:{a}{value}{c}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

/// What may stand where a list of objects should: mostly one, some of its elements of other shapes.
fn gifts() -> impl Strategy<Value = String> {
    let members = [
        ("amount", select(&["1.50", "\"20\"", "1e3", "[]", "null", "42", r#""2008-02-29""#, r#""e1\u0020 6an""#][..])),
        ("open", select(&["true", "1", "{}", "null"][..])),
        ("appeal", select(&[r#""Flood""#, r#""Fl\u006fod""#, "7", "null", r#""a.b@c.de""#, r#""1990-05-01""#][..])),
        ("public", select(&["true", "0", "\"1\""][..])),
        ("by", select(&[r#"{"phone":"07700 900123","x":[{"phone":1}]}"#, "{}", "[]", r#"{"phone":null}"#][..])),
        ("ref", select(&["7", r#""U-1""#, "null", "true"][..])),
        ("note", select(&[r#""x""#, "[[]]", "null"][..])),
        ("inner", select(&[r#"[{"a":1,"b":"x"},{"b":null},3,{"c":[]}]"#, "[]", r#"[{"a":"E1 6AN"},{"a":2}]"#, r#"{"a":1}"#][..])),
    ];
    let member = |(name, values)| (Just(name), values, prop::bool::weighted(0.8));
    let members: Vec<_> = members.into_iter().map(member).collect();
    let gift = (blank(), members).prop_map(|(blank, members)| {
        let members: Vec<_> = members
            .into_iter()
            .filter(|member| member.2)
            .map(|(name, value, _)| format!("{blank}\"{name}\"{blank}:{blank}{value}"))
            .collect();
        format!("{{{}}}", members.join(","))
    });
    let other = ["7", "null", "\"x\"", "[]", r#"[{"open":true,"amount":1}]"#, "{}", r#"[["y"],"E1 6AN",{"amount":"x"},3]"#];
    let other = select(other.to_vec()).prop_map(str::to_owned);
    let list = vec(prop_oneof![6 => gift, 1 => other.clone()], 0..7);
    let list = (blank(), list).prop_map(|(blank, gifts)| format!("[{blank}{}{blank}]", gifts.join(&format!("{blank},{blank}"))));
    prop_oneof![8 => list, 1 => other]
}

/// A record with the plan's names in the plan's places, in an order of its own, one or other left out.
pub fn record() -> impl Strategy<Value = String> {
    let members = [
        ("id", select(&["7", "\"7\"", "\"A-1\"", "null", r#""6BA7B810-9dad-11d1-80b4-00c04fd430c8""#, r#""AB1""#][..])),
        (
            "name",
            select(
                &[r#""Zoë""#, r#""A\u006e\u006e""#, "3", "{}", r#""anna@example.org""#, r#""bc""#, r#""1990-05-01T00:00""#][..],
            ),
        ),
        (
            "address",
            select(
                &[
                    r#"{"town":"Ely","tags":["a","b"]}"#,
                    r#"{"geo":{"lat":1},"postcode":"E1 6AN","town":"\u0041"}"#,
                    "null",
                    r#"[{"town":"Ely"}]"#,
                    r#"{"tags":[ "a" , 1,["b"],{"c":0},null,"far too long to be kept"]}"#,
                    r#"{"tags":["\u0061","b",null],"town":7}"#,
                    r#"{"tags":{"a":[1]}}"#,
                    r#"{"town":"SW1A 1AA","tags":["bc","2000-02-29"]}"#,
                    r#"{"town":"1961-02-14","tags":[40,"29.99"]}"#,
                ][..],
            ),
        ),
        ("n", select(&["1", "-2.5", "\"3\"", "1e9", "29.99", r#""2008-02-28""#][..])),
        ("mobile", select(&[r#""07700 900123""#, "7", r#""no""#, "null"][..])),
        (
            "consent",
            select(
                &[
                    r#"{"phone":true}"#,
                    r#"{"phone":1,"x":[]}"#,
                    r#"{"phone":"1"}"#,
                    "true",
                    r#"{"phone":true,"on":"2008-02-29"}"#,
                    r#"{"on":"1990-05-01T10:15"}"#,
                ][..],
            ),
        ),
        ("union", select(&[r#""U1""#, r#""""#, "[1]", "false"][..])),
        ("card", select(&[r#""1234""#, "1234", r#""1""#, r#""\u00e9\u00e9\u00e9""#][..])),
        ("status", select(&[r#""current""#, r#""current""#, r#""curr\u0065nt""#, r#""lapsed""#][..])),
        ("religion", select(&[r#""x""#, r#"{"a":{"a":1}}"#, r#"[{"b":1},{"b":2,"c":3}]"#, "0"][..])),
    ];
    let member = |(name, values)| (Just(name), values, blank(), prop::bool::weighted(0.85));
    let members: Vec<_> = members.into_iter().map(member).collect();
    (members, gifts(), prop::bool::weighted(0.3)).prop_flat_map(|(members, gifts, shuffle)| {
        let mut members: Vec<String> = members
            .into_iter()
            .filter(|member| member.3)
            .map(|(name, value, blank, _)| format!("{blank}\"{name}\":{blank}{value}"))
            .collect();
        members.push(format!("\"gifts\":{gifts}"));
        let members = if shuffle { Just(members).prop_shuffle().boxed() } else { Just(members).boxed() };
        members.prop_map(|members| format!("{{{}}}", members.join(",")))
    })
}

pub fn records() -> impl Strategy<Value = String> {
    let one = prop_oneof![8 => record(), 1 => object(value()), 1 => Just("{}".to_owned())];
    vec(one, 0..6).prop_map(|records| format!("[{}]", records.join(" , ")))
}

/// A body with an envelope around its records.
pub fn body() -> impl Strategy<Value = String> {
    let next = select(&[r#""/next?page=2""#, "3", "null", r#""""#, "false", "true", "[]"][..]);
    let beside = (value(), value(), value());
    (records(), next, beside, prop::bool::ANY, blank()).prop_map(|(records, next, (count, page, other), early, blank)| {
        let links = format!(r#""links":{{"self":{other},"next":{next}}}"#);
        let data = format!(r#""data"{blank}:{{"page":{page},"items":{blank}{records},"other":{other}}}"#);
        let (first, second) = if early { (links, data) } else { (data, links) };
        format!(r#"{blank}{{"count":{count},{first},"more":{other}{blank},{second}}}{blank}"#)
    })
}

pub fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let byte = select(&b"{}[]\",:\\ue019-+.ntf \n\x00\x1f\x80\xc3\xa9\xff"[..]);
    let edit = prop_oneof![
        any::<Index>().prop_map(Edit::Remove),
        (any::<Index>(), byte).prop_map(|(at, byte)| Edit::Insert(at, byte)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Edit::Double(from, to)),
    ];
    prop_oneof![vec(edit.clone(), 0..1), vec(edit, 1..4)]
}

pub fn edited(body: &str, edits: &[Edit]) -> Vec<u8> {
    let mut bytes = body.as_bytes().to_vec();
    for edit in edits.iter().take(body.len()) {
        match edit {
            _ if bytes.is_empty() => {}
            Edit::Remove(at) => drop(bytes.remove(at.index(bytes.len()))),
            Edit::Insert(at, byte) => bytes.insert(at.index(bytes.len()), *byte),
            Edit::Double(from, to) => {
                let piece = bytes[from.index(bytes.len())..].iter().take(12).copied().collect::<Vec<_>>();
                let at = to.index(bytes.len());
                bytes.splice(at..at, piece);
            }
        }
    }
    bytes
}
