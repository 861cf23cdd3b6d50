//! Configuration, from the outside: small TOML in, rendered problems out.

mod desk;
mod example;
