//! `[store]`: a file, or a database that replicas share.

use portcullis::config::settings::Store;
use portcullis::config::{effective, store};

use crate::desk::{Desk, PROCESS, process};

const URL: &str = "postgres://portcullis:marker-of-the-password@db.example.org:5432/vote";
const SHARED: &str = "[audit]\nkey_file = \"log.key\"\n[store]\nkind = \"postgres\"\nurl_file = \"url\"\n";

/// A desk whose store is in PostgreSQL, with this URL, and with more lines in `[store]`.
fn shared(url: &str, more: &str) -> Desk {
    let desk = Desk::small();
    desk.secret("url", url).file("portcullis.toml", format!("{PROCESS}{SHARED}{more}"));
    desk
}

#[test]
fn a_database_is_named_by_a_file_and_never_shown() {
    let desk = shared(&format!("{URL}\n"), "");
    let config = desk.read().unwrap();
    let Store::Postgres(postgres) = &config.settings.store else { panic!() };
    assert_eq!((postgres.place(), postgres.encrypted, postgres.url()), ("db.example.org:5432/vote", true, URL));
    assert_eq!(store(desk.root()).unwrap(), config.settings.store, "a command reads the same");
    let shown = format!("{config:?}\n{config:#?}\n{}", effective(&config));
    assert!(shown.contains("kind = \"postgres\"\nurl_file = \"(secret)\"\n"), "{shown}");
    assert!(!shown.contains("marker-of-the-password"));
    assert_eq!(desk.brief(), [""; 0]);
}

#[test]
fn a_ca_of_ones_own_is_looked_into() {
    let desk = shared(URL, "ca_file = \"ca.pem\"\n");
    let ca = rcgen::generate_simple_self_signed(["db.example.org".to_owned()]).unwrap();
    desk.file("ca.pem", ca.cert.pem());
    let config = desk.read().unwrap();
    assert!(effective(&config).contains("ca_file = \"(read)\"\n"));
    desk.file("ca.pem", "nothing\n");
    let expected = "portcullis.toml:8 [\"ca.pem\"] this file holds no certificate in PEM => \
                    name the file that begins with `-----BEGIN CERTIFICATE-----`";
    assert_eq!(desk.brief(), [expected]);
}

#[test]
fn the_clear_needs_words_beyond_this_machine() {
    let clear = format!("{URL}?sslmode=disable");
    let expected = "portcullis.toml:7 [\"url\"] the books would travel in the clear: the URL says `sslmode=disable` => write \
                    `sslmode=require` in it, or say in words `plaintext = \"on-a-trusted-network\"`";
    assert_eq!(shared(&clear, "").brief(), [expected]);
    let said = shared(&clear, "plaintext = \"on-a-trusted-network\"\n");
    assert!(effective(&said.read().unwrap()).contains("plaintext = \"on-a-trusted-network\"\n"));
    assert_eq!(shared("postgres://u:p@localhost/vote", "").brief(), [""; 0]);
    assert_eq!(shared("postgres://u:p@%2Frun%2Fpostgresql/vote", "").brief(), [""; 0]);
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let one = |url: &str, more: &str| {
        let brief = shared(url, more).brief();
        assert_eq!(brief.len(), 1, "{brief:?}");
        assert!(!brief[0].contains("marker"), "{brief:?}");
        brief[0].clone()
    };
    let wrong = one("postgres://u:marker@marker@db.example.org/vote", "");
    assert!(wrong.starts_with("portcullis.toml:7 [\"url\"] the URL in this file has more than one `@`"), "{wrong}");
    assert!(one("", "").contains("is empty"));
    assert!(one(URL, "path = \"portcullis.db\"\n").contains("a PostgreSQL store has no path => remove it"));
    let sqlite = process(&format!("{PROCESS}[store]\nurl_file = \"url\"\n"));
    assert!(sqlite[0].contains("an SQLite store has none of this => remove it, or write `kind = \"postgres\"`"), "{sqlite:?}");
    let unknown = process(&format!("{PROCESS}[store]\nkind = \"postgresql\"\n"));
    assert!(unknown[0].contains("`postgresql` is no store => "), "{unknown:?}");
    let itself = process(&format!("{PROCESS}{SHARED}").replace("\"url\"", &format!("\"{URL}\"")));
    assert!(itself[0].contains("this looks like the URL itself") && !itself[0].contains("marker"), "{itself:?}");
}

#[test]
fn replicas_need_one_key_of_the_log() {
    let desk = shared(URL, "");
    desk.file("portcullis.toml", format!("{PROCESS}{}", SHARED.replace("[audit]\nkey_file = \"log.key\"\n", "")));
    let brief = desk.brief();
    assert!(brief[0].contains("replicas that share a store sign one audit log, and no key of it is named"), "{brief:?}");
}
