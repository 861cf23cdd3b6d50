//! P3: the engine and a slow whole-document oracle agree about every body: what is refused, and what leaves.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::bench_of::{Bench, bare, field, integer, keyring, only_when, spec, text};
use crate::bodies::{body, edited, edits, records};
use crate::oracle;
use portcullis::engine::minimise::plan::PlanSpec;
use portcullis::engine::minimise::rule::{Rule, Test};

fn agree(spec: PlanSpec, body: &[u8], cut: usize) -> Result<(), TestCaseError> {
    let expected = oracle::minimised(&spec, &keyring("leader", "amber"), body);
    let bench = Bench::new(spec);
    let whole = bench.whole(body);
    let leaves = whole.end.is_ok().then(|| whole.out.clone());
    prop_assert_eq!(leaves, expected, "{:?}", whole.end);
    prop_assert_eq!(bench.chunks(body.chunks(cut)), whole);
    Ok(())
}

proptest! {

    #[test]
    fn p3_engine_and_oracle_agree(body in body(), edits in edits(), cut in 1..40usize) {
        agree(spec(), &edited(&body, &edits), cut)?;
    }

    #[test]
    fn p3_engine_and_oracle_agree_about_bare_arrays(body in records(), edits in edits(), cut in 1..40usize) {
        let fields = vec![
            field("name", text()),
            only_when(field("n", integer()), "religion", Test::Present(false)),
            field("id", Rule::Tokenise),
        ];
        agree(bare(fields), &edited(&body, &edits), cut)?;
    }

    /// Many records in turn, so that what is learnt of one is tried on the next.
    #[test]
    fn p3_engine_and_oracle_agree_about_changing_shapes(bodies in vec(records(), 1..12), edits in edits()) {
        let inner: Vec<_> = bodies.iter().map(|body| body.trim_matches(['[', ']'])).filter(|inner| !inner.is_empty()).collect();
        agree(bare(vec![field("address.town", text()), field("n", integer())]), &edited(&format!("[{}]", inner.join(",")), &edits), 4096)?;
    }
}
