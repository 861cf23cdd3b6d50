//! P5, and P4 of requests: a query is refused or understood, what is understood is written in one way, and a cursor opens
//! only for whom and what it was made.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::dice::Dice;
use crate::queries;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn p5_what_is_understood_is_written_in_one_way_and_cursors_open_where_they_were_made(choices in vec(any::<u8>(), 0..60)) {
        queries::tried(&mut Dice::new(&choices));
    }
}
