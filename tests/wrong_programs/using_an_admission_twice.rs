//! E0382

use portcullis::proxy::admit::Admitted;
use portcullis::proxy::limit::Limiters;

pub fn twice(limiters: Limiters, admitted: Admitted) {
    let _ = limiters.limit(admitted);
    let _ = limiters.limit(admitted);
}

fn main() {}
