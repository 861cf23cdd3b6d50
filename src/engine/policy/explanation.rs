//! The explanation of a decision: each rule that was consulted, and what it said, in words for the operator.
//!
//! Made from the same findings as the decision; it judges nothing again.

use super::decide::Facts;
use crate::engine::rejection::Rejection;

/// Rules of admission, in the order in which they are consulted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Is the contest or the campaign stopped?
    Suspension,
    /// Has the campaign signed the agreement in force?
    Agreement,
    /// May it ask from where it asks?
    Network,
    /// Is the access window open?
    Window,
    /// Is the export granted to it?
    Grant,
}

/// What one rule said.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The rejection, when the rule does not hold.
    pub rejection: Option<Rejection>,
}

/// What every rule said.
#[derive(Debug, Clone)]
pub struct Explanation {
    findings: [Finding; 5],
}

impl Explanation {
    pub(super) const fn new(findings: [Finding; 5]) -> Self {
        Self { findings }
    }

    /// The findings, in the order of consultation.
    #[must_use]
    pub const fn findings(&self) -> &[Finding; 5] {
        &self.findings
    }
}

impl Rule {
    /// The stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Suspension => "suspension",
            Self::Agreement => "agreement",
            Self::Network => "network",
            Self::Window => "window",
            Self::Grant => "grant",
        }
    }

    /// What the rule looked at, in words. For the operator alone: it quotes why somebody was suspended.
    #[must_use]
    pub fn describe(self, facts: &Facts<'_>) -> String {
        match self {
            Self::Suspension => describe_suspension(facts),
            Self::Agreement => describe_agreement(facts),
            Self::Network => describe_network(facts),
            Self::Window => format!("open from {} until {}", facts.campaign.window.opens(), facts.campaign.window.closes()),
            Self::Grant => {
                let names: Vec<_> = facts.campaign.grants.iter().map(|name| name.as_str()).collect();
                format!("asks for `{}`; granted: {}", facts.export.name, or_nothing(&names.join(", ")))
            }
        }
    }
}

fn describe_suspension(facts: &Facts<'_>) -> String {
    match (facts.stop, &facts.contest.suspension, &facts.campaign.suspension) {
        (Some(scope), _, _) => format!("{scope} is suspended by command; `portcullis suspensions` says by whom and why"),
        (None, Some(stop), _) => format!("the contest is suspended: {}", stop.why),
        (None, None, Some(stop)) => format!("the campaign is suspended: {}", stop.why),
        (None, None, None) => "nothing is suspended".to_owned(),
    }
}

fn describe_agreement(facts: &Facts<'_>) -> String {
    match (&facts.contest.agreement, &facts.campaign.signature) {
        (None, _) => "the contest asks for no agreement".to_owned(),
        (Some(agreement), None) => format!("version {} is in force; the campaign has signed none", agreement.version),
        (Some(agreement), Some(signed)) if signed.covers(agreement) => {
            format!("version {} was signed by {} on {}", signed.version, signed.signed_by, signed.signed_on)
        }
        (Some(agreement), Some(signed)) if signed.version == agreement.version => {
            format!("version {} was signed, but of another text", signed.version)
        }
        (Some(agreement), Some(signed)) => {
            format!("version {} is in force; the campaign signed {}", agreement.version, signed.version)
        }
    }
}

fn describe_network(facts: &Facts<'_>) -> String {
    let networks: Vec<_> = facts.campaign.networks.iter().map(ToString::to_string).collect();
    let from = facts.peer.map_or_else(|| "an unknown address".to_owned(), |peer| peer.to_string());
    match networks.is_empty() {
        true => format!("asks from {from}; any address is allowed"),
        false => format!("asks from {from}; allowed: {}", networks.join(", ")),
    }
}

fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}
