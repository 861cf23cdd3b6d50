//! Two bodies that differ only in what the plan of `bench_of::spec` drops: values, presence, order, size and spelling of
//! dropped fields, records that are left out, values that are not of their format or whose condition does not hold, and
//! what stands beside the records.

use crate::dice::Dice;

/// What both bodies of a pair say, and must say in one spelling.
struct Record {
    /// Values that leave as they are spelled, or whose text leaves in another form.
    kept: Vec<(&'static str, String)>,
    /// What stands inside `address`, likewise.
    address: Vec<(&'static str, String)>,
    /// What leaves of `address.tags`, where it is a list of which no more leaves than may.
    tags: Option<Vec<&'static str>>,
    /// What leaves of `gifts`, likewise: each element with one value at the least.
    gifts: Option<Vec<Vec<(&'static str, &'static str)>>>,
    /// What conditions read.
    consents: bool,
    phone: &'static str,
}

/// Values that leave whole, then ones of which only the text leaves, in a form of its own.
const KEPT: [(&str, &[&str]); 2] =
    [("name", &[r#""Zoë""#, r#""A\u006e\u006e""#, "null"]), ("n", &["1", "-25", r#""3""#, "null"])];
const FORMED: [(&str, &[&str]); 3] =
    [("id", &["7", "A-1", "é"]), ("union", &["U-1", "07700 900123"]), ("card", &["1234", "É\"é"])];
const MOBILES: [&str; 2] = [r#""07700 900123""#, r#""+44 7700 900124""#];

/// Values that each of these fields refuses. `null` is one where it counts as an absent field.
const REFUSED: [(&str, &[&str]); 6] = [
    ("id", &["null", "true", "{}", "[7]", r#""""#]),
    ("name", &["3", "{}", r#"["Zoë"]"#, r#""a\nb""#, r#""R2D2""#]),
    ("n", &["1.5", "1e3", "[]", r#""x""#, "true"]),
    ("union", &["null", "false", r#"" ""#, "[1]"]),
    ("card", &["null", "{}", r#""a\nb""#, "false"]),
    ("religion", &["null", "3", r#""none""#, r#"{"town":"Ely"}"#, r#"[{"name":"x"},{"name":"y"}]"#]),
];
const TOWNS: [&str; 3] = [r#""Ely""#, r#""Flat \u0032""#, "null"];
const NO_TOWNS: [&str; 4] = ["7", "{}", r#""{\"a\":1}""#, r#""a\u0000""#];
const POSTCODES: [&str; 2] = ["SW1A 1AA", "e16an"];
const NO_POSTCODES: [&str; 4] = ["null", r#""SW1A""#, "[]", "16"];
const NO_MOBILES: [&str; 4] = [r#""no""#, "7700900123", "{}", r#"[["07700 900123"]]"#];
const TAGS: [&str; 4] = [r#""a""#, r#""\u0062""#, "null", r#""""#];
const NO_TAGS: [&str; 5] = ["7", "{}", r#"["a"]"#, r#""longer than twelve""#, "true"];
/// Values of a gift that leave; `ref` by its text.
const GIFTS: [(&str, &[&str]); 4] = [
    ("amount", &["1.50", r#""20""#, "null"]),
    ("appeal", &[r#""Flood""#, r#""Fl\u006fod""#, "null"]),
    ("by", &[r#""07700 900123""#, "null"]),
    ("ref", &["7", "U-1"]),
];
/// What stands in the place of a list and is none.
const NO_LISTS: [&str; 5] = ["absent", "null", "{}", r#""[]""#, r#"{"amount":1}"#];

/// Two bodies that must give the same bytes. `choices` says what they share, `first` and `second` where they differ.
pub fn twins(choices: &[u8], first: &[u8], second: &[u8]) -> (String, String) {
    let mut dice = Dice::new(choices);
    let records: Vec<_> = (0..dice.below(4)).map(|_| record(&mut dice)).collect();
    let beside = Beside {
        count: ["3", "null", "1.50E+400", r#""a\u0062""#].get(dice.below(6)).copied(),
        page: ["1", r#""x""#].get(dice.below(3)).copied(),
        next: ["/next?page=2", "3", ""].get(dice.below(4)).copied(),
        early: dice.once_in(2),
    };
    (body(&records, &beside, first), body(&records, &beside, second))
}

/// The same as lines, without anything beside the records.
pub fn twin_lines(choices: &[u8], first: &[u8], second: &[u8]) -> (String, String) {
    let mut dice = Dice::new(choices);
    let records: Vec<_> = (0..dice.below(4)).map(|_| record(&mut dice)).collect();
    (lines(&records, first), lines(&records, second))
}

fn lines(records: &[Record], differences: &[u8]) -> String {
    let dice = &mut Dice::new(differences);
    let items = items(records, dice);
    let ends: Vec<_> = items.iter().map(|_| dice.pick(&["\n", "\r\n", " \n", "\t\r\n"])).collect();
    let lines: String = items.iter().zip(ends).map(|(item, end)| item.replace(['\n', '\r'], " ") + end).collect();
    if dice.once_in(2) { lines.trim_end().to_owned() } else { lines }
}

/// The records, and among them some that are left out.
fn items(records: &[Record], dice: &mut Dice<'_>) -> Vec<String> {
    let mut items = Vec::new();
    for record in records {
        left_out(dice, &mut items);
        items.push(spelled(record, dice));
    }
    left_out(dice, &mut items);
    items
}

fn record(dice: &mut Dice<'_>) -> Record {
    let mut kept = Vec::new();
    for (name, values) in KEPT.iter().chain(&FORMED) {
        if !dice.once_in(4) {
            kept.push((*name, dice.pick(values).to_owned()));
        }
    }
    let mut address = Vec::new();
    if !dice.once_in(3) {
        address.push(("town", dice.pick(&TOWNS).to_owned()));
    }
    if !dice.once_in(3) {
        address.push(("postcode", dice.pick(&POSTCODES).to_owned()));
    }
    let consents = !dice.once_in(3);
    if consents && !dice.once_in(4) {
        kept.push(("mobile", dice.pick(&MOBILES).to_owned()));
    }
    let phone = if consents { dice.pick(&["true", "1"]) } else { dice.pick(&["false", "0", "null", r#""true""#, "[true]"]) };
    let tags = (!dice.once_in(3)).then(|| (0..dice.below(3)).map(|_| dice.pick(&TAGS)).collect());
    let gifts = (!dice.once_in(3)).then(|| (0..dice.below(4)).map(|_| gift(dice, consents)).collect());
    Record { kept, address, tags, gifts, consents, phone }
}

fn gift(dice: &mut Dice<'_>, consents: bool) -> Vec<(&'static str, &'static str)> {
    let mut gift = Vec::new();
    for (name, values) in GIFTS.iter().filter(|(name, _)| consents || *name != "by") {
        if !dice.once_in(3) {
            gift.push((*name, dice.pick(values)));
        }
    }
    if gift.is_empty() { vec![("amount", "3")] } else { gift }
}

struct Beside {
    count: Option<&'static str>,
    page: Option<&'static str>,
    next: Option<&'static str>,
    early: bool,
}

fn body(records: &[Record], beside: &Beside, differences: &[u8]) -> String {
    let dice = &mut Dice::new(differences);
    let items = items(records, dice);
    let items = format!("[{}{}]", dice.blank(), items.join(dice.pick(&[",", " , ", ",\n"])));

    let mut data = vec![("items".to_owned(), items)];
    if let Some(page) = beside.page {
        data.insert(0, ("page".to_owned(), page.to_owned()));
    } else if dice.once_in(2) {
        data.push(("page".to_owned(), dice.pick(&["[1]", "{}", r#""a\nb""#]).to_owned()));
    }
    strangers(dice, &mut data);
    let mut links = Vec::new();
    match beside.next {
        Some("3") => links.push(("next".to_owned(), "3".to_owned())),
        Some("") => links.push(("next".to_owned(), dice.pick(&["null", "false", r#""""#]).to_owned())),
        Some(next) => links.push(("next".to_owned(), dice.string(next))),
        None => {}
    }
    strangers(dice, &mut links);
    let (data, links) = (dice.object(data), dice.object(links));
    let mut all = vec![("data".to_owned(), data), ("links".to_owned(), links)];
    if beside.early {
        all.reverse();
    }
    match beside.count {
        Some(count) => all.insert(1, ("count".to_owned(), count.to_owned())),
        None if dice.once_in(2) => all.push(("count".to_owned(), dice.pick(&["{}", "[]", r#""{}""#]).to_owned())),
        None => {}
    }
    strangers(dice, &mut all);
    format!("{}{}{}", dice.blank(), dice.object(all), dice.blank())
}

/// Puts members that no rule names between the others, whose order stays.
fn strangers(dice: &mut Dice<'_>, members: &mut Vec<(String, String)>) {
    for number in 0..dice.below(4) {
        let at = dice.below(members.len() + 1);
        let stranger = (dice.stranger(number), dice.value(3));
        members.insert(at, stranger);
    }
}

/// Records that the row rule leaves out.
fn left_out(dice: &mut Dice<'_>, items: &mut Vec<String>) {
    for _ in 0..dice.below(3) {
        let status = dice.pick(&["absent", r#""lapsed""#, "null", "7", r#"["current"]"#, r#"{"status":"current"}"#]);
        let mut members = vec![("status".to_owned(), status.to_owned()), ("name".to_owned(), r#""Al""#.to_owned())];
        if status == "absent" {
            members.remove(0);
        }
        strangers(dice, &mut members);
        items.push(dice.object(members));
    }
}

fn spelled(record: &Record, dice: &mut Dice<'_>) -> String {
    let has = |name: &str| record.kept.iter().any(|(other, _)| *other == name);
    let mut members = Vec::new();
    for (name, value) in &record.kept {
        let formed = FORMED.iter().any(|(formed, _)| formed == name);
        let value = match (formed, value.as_str()) {
            (true, "7") if dice.once_in(2) => "7".to_owned(),
            (true, text) => dice.string(text),
            (false, raw) => raw.to_owned(),
        };
        members.push(((*name).to_owned(), value));
    }
    for (name, refused) in REFUSED.iter().filter(|(name, _)| !has(name)) {
        if dice.once_in(2) {
            members.push(((*name).to_owned(), dice.pick(refused).to_owned()));
        }
    }
    if !has("mobile") && dice.once_in(2) {
        let mobile = if record.consents { dice.pick(&NO_MOBILES) } else { dice.pick(&MOBILES) };
        members.push(("mobile".to_owned(), mobile.to_owned()));
    }
    members.push(("status".to_owned(), dice.string("current")));
    let mut consent = vec![("phone".to_owned(), record.phone.to_owned())];
    strangers(dice, &mut consent);
    dice.shuffle(&mut consent);
    members.push(("consent".to_owned(), dice.object(consent)));
    if let Some(gifts) = gifts(record, dice) {
        members.push(("gifts".to_owned(), gifts));
    }
    if let Some(address) = address(record, dice) {
        members.push(("address".to_owned(), address));
    }
    strangers(dice, &mut members);
    dice.shuffle(&mut members);
    dice.object(members)
}

/// A list of these elements, in their order, among ones of which nothing leaves, in any number.
fn among(dice: &mut Dice<'_>, elements: Vec<String>, nothing: impl Fn(&mut Dice<'_>) -> String) -> String {
    let mut all = Vec::new();
    for element in elements {
        (0..dice.below(3)).for_each(|_| all.push(nothing(dice)));
        all.push(element);
    }
    (0..dice.below(5)).for_each(|_| all.push(nothing(dice)));
    format!("[{}{}{}]", dice.blank(), all.join(dice.pick(&[",", " , ", ",\n"])), dice.blank())
}

fn gifts(record: &Record, dice: &mut Dice<'_>) -> Option<String> {
    let Some(gifts) = &record.gifts else {
        let other = dice.pick(&NO_LISTS);
        let many = r#"[{"amount":1,"open":true},{"amount":2,"open":1},{"amount":3,"open":""},{"amount":4,"open":0}]"#;
        return if dice.once_in(3) { Some(many.to_owned()) } else { (other != "absent").then(|| other.to_owned()) };
    };
    let elements = gifts.iter().map(|gift| open_gift(gift, record.consents, dice)).collect();
    Some(among(dice, elements, |dice| match dice.below(3) {
        0 => dice.pick(&["null", "7", r#""x""#, "{}", r#"[{"amount":1,"open":true}]"#]).to_owned(),
        1 => open_gift(&[], record.consents, dice),
        _ => {
            let mut members = vec![("amount".to_owned(), "9".to_owned()), ("appeal".to_owned(), r#""Roof""#.to_owned())];
            if dice.once_in(2) {
                members.push(("open".to_owned(), "null".to_owned()));
            }
            strangers(dice, &mut members);
            dice.object(members)
        }
    }))
}

/// An element that the list's rows let through, of which these values leave.
fn open_gift(gift: &[(&str, &str)], consents: bool, dice: &mut Dice<'_>) -> String {
    let has = |name: &str| gift.iter().any(|(other, _)| *other == name);
    let mut members = vec![("open".to_owned(), dice.pick(&["true", "0", "{}", r#""""#]).to_owned())];
    for (name, value) in gift {
        let value = match *name {
            "by" => {
                let mut by = vec![("phone".to_owned(), (*value).to_owned())];
                strangers(dice, &mut by);
                dice.object(by)
            }
            "ref" if *value == "7" && dice.once_in(2) => "7".to_owned(),
            "ref" => dice.string(value),
            _ => (*value).to_owned(),
        };
        members.push(((*name).to_owned(), value));
    }
    let public = if has("appeal") { dice.pick(&["true", "1"]) } else { dice.pick(&["false", "null", r#""1""#]) };
    members.push(("public".to_owned(), public.to_owned()));
    if !has("appeal") && dice.once_in(2) {
        members.push(("appeal".to_owned(), r#""Hidden""#.to_owned()));
    }
    if !has("amount") && dice.once_in(2) {
        members.push(("amount".to_owned(), dice.pick(&["[]", "1e3", r#""x""#]).to_owned()));
    }
    if !has("ref") && dice.once_in(2) {
        members.push(("ref".to_owned(), dice.pick(&["null", "false", r#"" ""#]).to_owned()));
    }
    if !has("by") && dice.once_in(2) {
        let phone = if consents { dice.pick(&NO_MOBILES) } else { dice.pick(&MOBILES) };
        members.push(("by".to_owned(), format!("{{\"phone\":{phone}}}")));
    }
    members.push(("note".to_owned(), dice.value(2)));
    strangers(dice, &mut members);
    dice.shuffle(&mut members);
    dice.object(members)
}

fn address(record: &Record, dice: &mut Dice<'_>) -> Option<String> {
    if record.address.is_empty() && record.tags.is_none() && dice.once_in(2) {
        let other = dice.pick(&["absent", "null", "3", r#"[{"town":"Ely"}]"#, r#""{}""#]);
        return (other != "absent").then(|| other.to_owned());
    }
    let has = |name: &str| record.address.iter().any(|(other, _)| *other == name);
    let mut members: Vec<_> = record
        .address
        .iter()
        .map(|(name, value)| ((*name).to_owned(), if *name == "postcode" { dice.string(value) } else { value.clone() }))
        .collect();
    for (name, refused) in [("town", NO_TOWNS), ("postcode", NO_POSTCODES)] {
        if !has(name) && dice.once_in(2) {
            members.push((name.to_owned(), dice.pick(&refused).to_owned()));
        }
    }
    if let Some(tags) = tags(record, dice) {
        members.push(("tags".to_owned(), tags));
    }
    strangers(dice, &mut members);
    dice.shuffle(&mut members);
    Some(dice.object(members))
}

fn tags(record: &Record, dice: &mut Dice<'_>) -> Option<String> {
    let Some(tags) = &record.tags else {
        let other = dice.pick(&NO_LISTS);
        return if dice.once_in(3) { Some(r#"["a","b","c"]"#.to_owned()) } else { (other != "absent").then(|| other.to_owned()) };
    };
    let elements = tags.iter().map(|tag| (*tag).to_owned()).collect();
    Some(among(dice, elements, |dice| dice.pick(&NO_TAGS).to_owned()))
}
