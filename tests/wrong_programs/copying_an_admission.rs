//! E0277

use portcullis::proxy::admit::Admitted;

pub fn copy(admitted: &Admitted) -> Admitted {
    Admitted::clone(admitted)
}

fn main() {}
