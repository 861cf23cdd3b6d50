//! The decision: may this campaign be given this export now?
//!
//! Every rule is evaluated, always, in one fixed order; the first that does not hold gives the rejection. So the
//! proxy and `explain` look at the same findings, and there is no second implementation to drift.

use std::net::IpAddr;

use super::explanation::{Explanation, Finding, Rule};
use super::suspension::Scope;
use super::window::Phase;
use super::{Campaign, Contest, Export};
use crate::engine::reason::Reason;
use crate::engine::rejection::{Hint, Rejection};
use crate::engine::time::Timestamp;

/// What is known about a request when it is judged.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The contest that the path names.
    pub contest: &'a Contest,
    /// The campaign that the credential names.
    pub campaign: &'a Campaign,
    /// The export that the path names.
    pub export: &'a Export,
    /// Where the request comes from; `None` when nobody can say, which a list of networks does not accept.
    pub peer: Option<IpAddr>,
    /// The stop by command that the campaign is under: the world's to know, since the configuration does not say it.
    pub stop: Option<&'a Scope>,
}

/// A decision together with its reasons.
#[derive(Debug)]
pub struct Decision {
    explanation: Explanation,
}

impl Decision {
    /// Nothing when the export may be given, else the first rule's rejection.
    ///
    /// # Errors
    /// The rejection of the first rule that does not hold.
    pub fn verdict(&self) -> Result<(), Rejection> {
        self.explanation.findings().iter().find_map(|finding| finding.rejection.clone()).map_or(Ok(()), Err)
    }

    /// Every rule that was consulted, in order.
    #[must_use]
    pub fn explanation(&self) -> &Explanation {
        &self.explanation
    }
}

/// Judges the facts at `now`.
#[must_use]
pub fn decide(facts: &Facts<'_>, now: Timestamp) -> Decision {
    let findings = [
        finding(Rule::Suspension, suspension(facts)),
        finding(Rule::Agreement, agreement(facts)),
        finding(Rule::Network, network(facts)),
        finding(Rule::Window, window(facts, now)),
        finding(Rule::Grant, grant(facts)),
    ];
    Decision { explanation: Explanation::new(findings) }
}

fn finding(rule: Rule, verdict: Result<(), Rejection>) -> Finding {
    Finding { rule, rejection: verdict.err() }
}

fn suspension(facts: &Facts<'_>) -> Result<(), Rejection> {
    let stopped = facts.stop.is_some() || facts.contest.suspension.is_some() || facts.campaign.suspension.is_some();
    if stopped { Err(Reason::Suspended.into()) } else { Ok(()) }
}

fn agreement(facts: &Facts<'_>) -> Result<(), Rejection> {
    let Some(agreement) = &facts.contest.agreement else { return Ok(()) };
    match &facts.campaign.signature {
        Some(signature) if signature.covers(agreement) => Ok(()),
        Some(_) => Err(Reason::AgreementOutdated.into()),
        None => Err(Reason::AgreementMissing.into()),
    }
}

fn network(facts: &Facts<'_>) -> Result<(), Rejection> {
    let networks = &facts.campaign.networks;
    let inside = |peer: IpAddr| networks.iter().any(|network| network.contains(&peer));
    if networks.is_empty() || facts.peer.map(|peer| peer.to_canonical()).is_some_and(inside) {
        Ok(())
    } else {
        Err(Reason::NetworkNotAllowed.into())
    }
}

/// The campaign's window lies inside the contest's (`config` sees to it); both are asked all the same.
fn window(facts: &Facts<'_>, now: Timestamp) -> Result<(), Rejection> {
    for window in [&facts.contest.window, &facts.campaign.window] {
        match window.phase(now) {
            Phase::Open => {}
            Phase::Closed => return Err(Rejection::with_hint(Reason::WindowClosed, Hint::ClosedAt(window.closes()))),
            Phase::NotOpen => {
                let opens = facts.campaign.window.opens().max(window.opens());
                return Err(Rejection::with_hint(Reason::WindowNotOpen, Hint::OpensAt(opens)));
            }
        }
    }
    Ok(())
}

fn grant(facts: &Facts<'_>) -> Result<(), Rejection> {
    if facts.campaign.grants.contains(&facts.export.name) { Ok(()) } else { Err(Reason::NotGranted.into()) }
}
