//! Which way to reach a member a field is: said, or understood from its format and its name.
//!
//! Errs towards the member: what may be an address is taken for one, and then stays when the member objects to letters. What is no
//! way to reach anybody says `channel = "none"`.

use super::word;
use crate::config::notes::Notes;
use crate::config::raw::rule::{FieldRule as RuleSaid, RuleTable};
use crate::engine::format::Format;
use crate::engine::ids::FieldPath;
use crate::engine::member::Channel;
use crate::engine::minimise::rule::Rule;

/// What a field's `channel` says when it is no way to reach anybody.
pub const NO_CHANNEL: &str = "none";
/// Parts of names by which a field is taken for a way to reach a member, the likelier first.
const NAMES: [(&str, Channel); 15] = [
    ("email", Channel::Email),
    ("e_mail", Channel::Email),
    ("e-mail", Channel::Email),
    ("ebost", Channel::Email),
    ("phone", Channel::Phone),
    ("ffon", Channel::Phone),
    ("mobile", Channel::Phone),
    ("telephone", Channel::Phone),
    ("sms", Channel::Phone),
    ("whatsapp", Channel::Phone),
    ("address", Channel::Post),
    ("cyfeiriad", Channel::Post),
    ("street", Channel::Post),
    ("postcode", Channel::Post),
    ("town", Channel::Post),
];

/// The channel of a field; `None` where what was said is no channel.
#[allow(clippy::option_option, reason = "wrong, none and one are three things")]
pub fn channel(path: &FieldPath, rule: &Rule, said: &RuleSaid, notes: &mut Notes) -> Option<Option<Channel>> {
    if let RuleSaid::Table(table) = said
        && let RuleTable { channel: Some(named), .. } = &**table
    {
        let words =
            [("phone", Some(Channel::Phone)), ("email", Some(Channel::Email)), ("post", Some(Channel::Post)), (NO_CHANNEL, None)];
        return word(named, "channel", &words, notes);
    }
    Some(understood(path, rule))
}

fn understood(path: &FieldPath, rule: &Rule) -> Option<Channel> {
    match rule {
        Rule::Keep(Format::Email) => Some(Channel::Email),
        Rule::Keep(Format::Phone) => Some(Channel::Phone),
        Rule::Keep(Format::Postcode) => Some(Channel::Post),
        Rule::Keep(Format::Text { .. } | Format::Name | Format::Pattern(_)) => by_name(path),
        _ => None,
    }
}

fn by_name(path: &FieldPath) -> Option<Channel> {
    let name = path.to_string().to_lowercase();
    NAMES.iter().find(|(part, _)| name.contains(part)).map(|(_, channel)| *channel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_of_channels() {
        let cases = [
            ("email", Some(Channel::Email)),
            ("Email_Address", Some(Channel::Email)),
            ("address.town", Some(Channel::Post)),
            ("MobileNumber", Some(Channel::Phone)),
            ("first_name", None),
            ("constituency", None),
        ];
        for (name, channel) in cases {
            let path = FieldPath::parse(name).unwrap();
            assert_eq!(understood(&path, &Rule::Keep(Format::Text { max: 9 })), channel, "{name}");
            assert_eq!(understood(&path, &Rule::Tokenise), None, "{name}");
        }
    }
}
