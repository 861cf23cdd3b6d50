//! Configuration, from the outside: small TOML in, rendered problems out.

mod bounds;
mod campaign;
mod chaos;
mod civicrm;
mod contest;
mod desk;
mod example;
mod export;
mod form;
mod jobs;
mod lint;
mod lists;
mod many;
mod presets;
mod process;
mod sample;
mod schema;
mod secret;
mod store;
