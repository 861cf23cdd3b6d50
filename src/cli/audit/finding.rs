//! What was found to be wrong: a stable code, and a sentence that names the place and, where heads are concerned, their files.
//!
//! Quotes no entry.

use super::walk::Named;
use crate::engine::audit::verify::Fault;

/// Files of heads that a sentence names at the most.
const NAMES_MAX: usize = 3;

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Finding {
    /// The stable code.
    pub fault: &'static str,
    /// The sentence.
    pub message: String,
}

impl Finding {
    pub(super) fn new(fault: &'static str, message: String) -> Self {
        Self { fault, message }
    }

    /// A fault of the log. Heads are named by where they were found.
    pub(super) fn of(fault: Fault, heads: &[Named]) -> Self {
        let message = match fault {
            Fault::Head { position, fault } => {
                let name = heads.get(position).map_or("a head", |head| head.name.as_str());
                format!("the head in {name}: {fault}")
            }
            other => match named(&sizes(other), heads) {
                names if names.is_empty() => other.to_string(),
                names => format!("{other} (see {})", names.join(", ")),
            },
        };
        Self { fault: code(fault), message }
    }
}

/// The sizes of the heads that a fault is about.
fn sizes(fault: Fault) -> Vec<u64> {
    match fault {
        Fault::HeadsDisagree { first, second } => vec![first, second],
        Fault::RootMismatch { until, .. } => vec![until],
        Fault::Short { head, .. } => vec![head],
        _ => Vec::new(),
    }
}

fn named<'h>(sizes: &[u64], heads: &'h [Named]) -> Vec<&'h str> {
    let of_size = |head: &&Named| head.size().is_some_and(|size| sizes.contains(&size));
    // What somebody kept comes last, and says more than what the export has of its own.
    if sizes.is_empty() {
        Vec::new()
    } else {
        heads.iter().rev().filter(of_size).take(NAMES_MAX).map(|head| head.name.as_str()).collect()
    }
}

/// The stable code of a fault.
const fn code(fault: Fault) -> &'static str {
    match fault {
        Fault::NoHead => "no_head",
        Fault::Head { .. } => "head",
        Fault::HeadsDisagree { .. } => "heads_disagree",
        Fault::Malformed { .. } => "malformed",
        Fault::Gap { .. } => "gap",
        Fault::Repeated { .. } => "repeated",
        Fault::Backwards { .. } => "backwards",
        Fault::NoBeginning => "no_beginning",
        Fault::OtherLog => "other_log",
        Fault::BeganAgain { .. } => "began_again",
        Fault::RequestTwice { .. } => "request_twice",
        Fault::NeverOpened { .. } => "never_opened",
        Fault::ClosedTwice { .. } => "closed_twice",
        Fault::ClosedAsAnother { .. } => "closed_as_another",
        Fault::Altered { .. } => "altered",
        Fault::RootMismatch { .. } => "root_mismatch",
        Fault::Short { .. } => "short",
        Fault::Unsigned { .. } => "unsigned",
    }
}
