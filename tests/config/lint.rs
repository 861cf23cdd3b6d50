//! What `check` warns of: allowed, and worth a look.

use crate::desk::{CONTEST, Desk, amended};

const NAME: &str = "name = { keep = \"name\" }";
const GRANT: &str = "exports = [\"members\"]";

fn fields(line: &str) -> Vec<String> {
    amended(NAME, line)
}

/// The small contest with another list, which `amber` gets too.
fn with_list(list: &str, fields: &str, own: &str) -> Vec<String> {
    let other = format!(
        "[[export]]\nname = \"other\"\n{list}records = \"/values\"\nid = \"email\"\n[export.fields]\n{fields}\n\n[[campaign]]"
    );
    let text =
        CONTEST.replacen("[[campaign]]", &other, 1).replace(GRANT, "exports = [\"members\", \"other\"]").replace(NAME, own);
    Desk::small().file("contests/c.toml", text).brief()
}

const TEAL: &str = "7c9fa136d4413fa6173637e883b6998d32e1d675f88cddff9dcbcf331820f4b8";
const SAME_LIST: &str = "path = \"/other\"\nsource_path = \"/members\"\n";
const OTHER_LIST: &str = "path = \"/other\"\n";

#[test]
fn pseudonyms_of_few_values_are_warned_of() {
    let cases = [
        ("gender = { pseudonymise = \"d\" }", "gender", "a pseudonym, and its name speaks of a handful of values"),
        ("membershipStatus = \"tokenise\"", "membershipStatus", "a token, and its name speaks of a handful of values"),
        ("is_officer = { pseudonymise = \"d\" }", "is_officer", "a pseudonym, and it is true or false"),
        ("date_of_birth = \"tokenise\"", "date_of_birth", "a token, and there are few enough days and years to list"),
        ("cangen = { pseudonymise = \"d\" }", "cangen", "a pseudonym, and its values are in public lists"),
    ];
    for (line, name, why) in cases {
        let expected = format!(
            "warning contests/c.toml:24 [{name}] `{name}` leaves as {why}: who counts equal ones can tell what they mean => drop it, or `keep` or `generalise` it if the campaign may know it: only a value that nobody can guess is hidden by a pseudonym or token"
        );
        assert_eq!(fields(line), [expected], "{line}");
    }
    for quiet in [
        "gender = { keep = \"enum\", values = [\"f\", \"m\"] }",
        "household = { pseudonymise = \"d\" }",
        "branch_secretary_id = \"tokenise\"",
    ] {
        assert_eq!(fields(quiet), [""; 0], "{quiet}");
    }
}

#[test]
fn conditions_tell_that_a_pseudonym_has_few_values() {
    let row = |test: &str| {
        format!("x = {{ pseudonymise = \"d\" }}\njoined = {{ keep = \"date\" }}\n[[export.rows]]\nfield = \"x\"\n{test}")
    };
    let cases = [
        ("in = [\"a\", \"b\"]", Some("a condition here compares it with 2 values")),
        ("is = 7", Some("a condition here compares it with one value")),
        ("is = true", Some("it is true or false")),
        ("before = 2026-01-01", Some("there are few enough days and years to list")),
        ("present = true", None),
    ];
    for (test, why) in cases {
        let said = amended(&format!("{NAME}\njoined = {{ keep = \"date\" }}"), &row(test));
        assert_eq!(said.len(), usize::from(why.is_some()), "{test}: {said:?}");
        assert!(why.is_none_or(|why| said[0].contains(&format!("`x` leaves as a pseudonym, and {why}:"))), "{said:?}");
    }
    let when = fields("x = \"tokenise\"\ny = { keep = \"name\", when = { x = { in = [\"a\", \"b\", \"c\"] } } }");
    assert!(
        when.len() == 1 && when[0].contains("`x` leaves as a token, and a condition here compares it with 3 values:"),
        "{when:?}"
    );
}

#[test]
fn another_export_tells_that_a_pseudonym_has_few_values() {
    let cases = [
        ("x = { keep = \"enum\", values = [\"a\", \"b\"] }", Some("another export keeps it as one of 2 values")),
        ("x = { keep = \"boolean\" }", Some("it is true or false")),
        ("x = { generalise = \"age-band\", bands = [18] }", Some("there are few enough days and years to list")),
        ("x = { generalise = \"outcode\" }", Some("its values are in public lists")),
        ("x = { generalise = \"prefix\", chars = 2 }", None),
    ];
    for (other, why) in cases {
        let said = with_list(OTHER_LIST, &format!("email = {{ keep = \"email\" }}\n{other}"), "x = { pseudonymise = \"d\" }");
        assert_eq!(said.len(), usize::from(why.is_some()), "{other}: {said:?}");
        assert!(why.is_none_or(|why| said[0].contains(&format!("`x` leaves as a pseudonym, and {why}:"))), "{said:?}");
    }
    let once = with_list(OTHER_LIST, "email = { keep = \"email\" }\ngender = { keep = \"boolean\" }", "gender = \"tokenise\"");
    assert_eq!(once.len(), 1, "its name told already: {once:?}");
}

#[test]
fn presence_alone_tells_a_special_category() {
    let stated = "warning contests/c.toml:24 [name] `name` leaves as a pseudonym, and having one at all tells of the special category `health` => drop it, or say why that may be told: `lawful_basis = \"…\"` (GDPR Art. 9(2), for offences Art. 10)";
    assert_eq!(fields("name = { pseudonymise = \"d\", category = \"health\" }"), [stated]);
    assert_eq!(fields("name = { pseudonymise = \"d\", category = \"health\", when = { consent = true } }"), [stated]);
    let named = |form: &str| {
        format!(
            "warning contests/c.toml:24 [union_ref] `union_ref` leaves as a {form}, and having one at all tells of the special category `trade-union-membership` => drop it, or add `category = \"trade-union-membership\"` and `lawful_basis`; if it is none, say `category = \"none\"`"
        )
    };
    assert_eq!(fields("union_ref = { pseudonymise = \"union\" }"), [named("pseudonym")]);
    assert_eq!(fields("union_ref = \"tokenise\""), [named("token")]);
    for quiet in [
        "name = { pseudonymise = \"d\", category = \"health\", lawful_basis = \"explicit consent\" }",
        "union_ref = { pseudonymise = \"union\", category = \"none\" }",
        "union_ref = { tokenise = true, category = \"trade-union-membership\", lawful_basis = \"explicit consent\" }",
        "union_ref = { drop = \"trade-union-membership\" }",
    ] {
        assert_eq!(fields(quiet), [""; 0], "{quiet}");
    }
}

#[test]
fn an_identifier_beside_a_pseudonym_of_itself_is_warned_of() {
    let help = "drop one of the two, or give both this rule; if they do not identify the same, leave them as they are";
    let cases = [
        ("email = { keep = \"email\" }\nemail_lower = { pseudonymise = \"d\" }", 25, "email_lower", "a pseudonym", "email"),
        (
            "member_ref = \"tokenise\"\nmembership_number = { keep = \"integer\" }",
            24,
            "member_ref",
            "a token",
            "membership_number",
        ),
        ("mobile_e164 = { pseudonymise = \"d\" }\nMobile = { keep = \"phone\" }", 24, "mobile_e164", "a pseudonym", "Mobile"),
    ];
    for (lines, line, hidden, form, shown) in cases {
        let expected = format!(
            "warning contests/c.toml:{line} [{hidden}] `{hidden}` leaves as {form}, and `{shown}`, which looks like the same identifier, is kept beside it => {help}"
        );
        assert_eq!(fields(lines), [expected], "{lines}");
    }
    for quiet in [
        "member_id = \"tokenise\"\nmembership_no = { mask = { last = 3 } }",
        "member_id = \"tokenise\"\nbranch_id = { keep = \"integer\" }",
        "email = { pseudonymise = \"d\" }\nbranch_email = { keep = \"email\" }",
        "email_hash = { pseudonymise = \"d\" }\nEmail = { keep = \"boolean\" }",
    ] {
        assert_eq!(fields(quiet), [""; 0], "{quiet}");
    }
}

#[test]
fn another_list_of_the_same_campaign_that_undoes_a_pseudonym_is_warned_of() {
    let help = "give the field one rule in both exports, or do not grant both to one campaign";
    let same = with_list(
        SAME_LIST,
        "email = { keep = \"email\" }\nref_no = { keep = \"text\", max = 9 }",
        "ref_no = { pseudonymise = \"d\" }",
    );
    assert_eq!(
        same,
        [format!(
            "warning contests/c.toml:24 [ref_no] `ref_no` leaves as a pseudonym, and `other` (line 28), which campaign `amber` gets too, keeps `ref_no`: both are the source's `/members`, in one order => {help}"
        )]
    );
    let own = "ref_no = \"tokenise\"\nemail = { keep = \"email\" }";
    let joined = with_list(OTHER_LIST, "email = { keep = \"email\" }\nref_no = { keep = \"text\", max = 9 }", own);
    assert_eq!(
        joined,
        [format!(
            "warning contests/c.toml:24 [ref_no] `ref_no` leaves as a token, and `other` (line 29), which campaign `amber` gets too, keeps `ref_no`: records that have one `email` in both are one member's => {help}"
        )]
    );
    let spelled = with_list(
        SAME_LIST,
        "email = { keep = \"email\" }\nRefNo = { keep = \"text\", max = 9 }",
        "ref_no = { pseudonymise = \"d\" }",
    );
    assert!(spelled.len() == 1 && spelled[0].contains("keeps `RefNo`"), "{spelled:?}");
}

#[test]
fn lists_that_cannot_be_matched_are_left_in_peace() {
    let shown = "email = { keep = \"email\" }\nref_no = { keep = \"text\", max = 9 }";
    let apart = with_list(OTHER_LIST, shown, "ref_no = { pseudonymise = \"d\" }");
    assert_eq!(apart, [""; 0], "no identifier leaves alike in both");
    let coarse = with_list(
        OTHER_LIST,
        &format!("{shown}\nbranch = {{ keep = \"text\", max = 9 }}"),
        "ref_no = \"tokenise\"\nbranch = { keep = \"text\", max = 9 }",
    );
    assert_eq!(coarse, [""; 0], "a branch is no identifier");
    let both = "ref_no = { pseudonymise = \"d\" }\nemail = { keep = \"email\" }";
    assert_eq!(with_list(SAME_LIST, both, "ref_no = { pseudonymise = \"d\" }"), [""; 0], "hidden in both");
}

#[test]
fn lists_of_different_campaigns_are_not_compared() {
    let shown = "email = { keep = \"email\" }\nref_no = { keep = \"text\", max = 9 }";
    let other = format!(
        "[[export]]\nname = \"other\"\n{SAME_LIST}records = \"/values\"\nid = \"email\"\n[export.fields]\n{shown}\n\n[[campaign]]\nid = \"teal\"\ntitle = \"Teal\"\nexports = [\"other\"]\n[[campaign.credential]]\nsha256 = \"{TEAL}\"\n\n[[campaign]]"
    );
    let text = CONTEST.replacen("[[campaign]]", &other, 1).replace(NAME, "ref_no = { pseudonymise = \"d\" }");
    assert_eq!(Desk::small().file("contests/c.toml", text).brief(), [""; 0]);
}

#[test]
fn a_domain_of_pseudonyms_makes_two_fields_one_identifier() {
    let third = "[[export]]\nname = \"third\"\npath = \"/third\"\nrecords = \"/values\"\nid = \"person\"\n[export.fields]\nperson = { pseudonymise = \"d\" }\n\n[[campaign]]";
    let other = format!(
        "[[export]]\nname = \"other\"\n{SAME_LIST}records = \"/values\"\nid = \"person\"\n[export.fields]\nperson = {{ keep = \"integer\" }}\n\n{third}"
    );
    let text = CONTEST.replacen("[[campaign]]", &other, 1).replace(GRANT, "exports = [\"members\", \"other\"]");
    let said = Desk::small().file("contests/c.toml", text.replace(NAME, "ref_no = { pseudonymise = \"d\" }")).brief();
    assert!(
        said.len() == 1 && said[0].contains("`ref_no` leaves as a pseudonym, and `other`") && said[0].contains("keeps `person`"),
        "{said:?}"
    );
}
