//! The shipped examples load without a problem and without a warning.

use crate::desk::Desk;

#[test]
fn the_shipped_examples_are_sound() {
    assert_eq!(Desk::of_examples().problems(), "");
}
