//! Getting there: the URL, TLS, who may, what the database must be, and what is said when it is not.

use std::error::Error;

use portcullis::config::postgres::{Postgres, UrlError};
use portcullis::store::postgres::{PostgresError, PostgresReader, PostgresStore, PostgresSuspender, PostgresWatch};
use portcullis::store::{RejectionFilter, RejectionReader, StoreError};

use super::served;
use crate::cluster::Database;
use crate::support::ROOMY;

/// What is said, causes included.
fn said(error: StoreError) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    // Neither the user's password nor its spelling in the URL, whatever went wrong.
    assert!(!said.contains("p@ss") && !said.contains("p%40ss") && !said.contains("postgres://"), "{said}");
    said
}

#[test]
fn it_is_reached_by_loopback_by_socket_and_by_tls() {
    let database = served();
    let socket = database.socket().replace('/', "%2F");
    let by_socket = Postgres::parse(&database.url().replace("127.0.0.1", &socket)).unwrap();
    assert!(!by_socket.encrypted && !by_socket.is_exposed());
    let mut by_tls = Postgres::parse(&format!("{}?sslmode=require", database.url())).unwrap();
    by_tls.ca_pem = Some(database.ca_pem().into());
    assert!(by_tls.encrypted);
    for store in [database.store(), by_socket, by_tls] {
        let reader = PostgresReader::open(&store).unwrap();
        assert_eq!(reader.query(&RejectionFilter::all(1)).unwrap(), []);
    }
}

#[test]
fn a_server_that_the_ca_has_not_signed_is_refused() {
    let database = served();
    let mut strange = Postgres::parse(&format!("{}?sslmode=require", database.url())).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
    strange.ca_pem = Some(other.cert.pem().into_bytes().into());
    let error = said(PostgresReader::open(&strange).map(drop).unwrap_err());
    assert!(error.contains("cannot be reached") && error.contains("certificate"), "{error}");
}

#[test]
fn what_is_wrong_with_the_way_is_said_without_the_url() {
    let database = served();
    let wrong = |part: &str, other: &str| {
        let url = database.url().replace(part, other);
        said(PostgresStore::open(&Postgres::parse(&url).unwrap(), ROOMY).map(drop).unwrap_err())
    };
    let password = wrong("p%40ss", "p%40st");
    assert!(password.contains("password authentication failed for user \"portcullis\" (28P01)"), "{password}");
    assert!(password.contains("see that it runs, and that [store] url_file has its host, port, user and password"), "{password}");
    let name = wrong(&format!("/{}", database.name), "/nowhere");
    assert!(name.contains(&format!("127.0.0.1:{}/nowhere", database.port())) && name.contains("does not exist"), "{name}");
    let port = wrong(&format!(":{}/", database.port()), ":1/");
    assert!(port.contains("Connection refused"), "{port}");
    assert!(!format!("{:?}", database.store()).contains("p@ss"));
}

#[test]
fn a_database_is_empty_ours_or_refused() {
    let database = Database::new();
    let missing = PostgresSuspender::open(&database.store()).map(drop).unwrap_err();
    assert!(missing.is_missing(), "{missing}");
    assert!(said(missing).contains("`portcullis serve` makes it when it starts"));
    assert_eq!(database.sql().number("SELECT count(*) FROM pg_namespace WHERE nspname = 'portcullis'"), 0, "and none is made");
    database.sql().run("CREATE SCHEMA portcullis; CREATE TABLE portcullis.castle (gate text)");
    let foreign = PostgresStore::open(&database.store(), ROOMY).map(drop).unwrap_err();
    assert!(matches!(foreign, StoreError::Postgres(PostgresError::Foreign { .. })), "{foreign}");
}

#[test]
fn schemas_of_other_versions_are_refused() {
    let database = served();
    database.sql().run("UPDATE portcullis.schema_version SET version = 99");
    let newer = said(PostgresStore::open(&database.store(), ROOMY).map(drop).unwrap_err());
    assert!(newer.contains("has schema 99 and this program knows only up to 3"), "{newer}");
    database.sql().run("UPDATE portcullis.schema_version SET version = 2");
    let older = said(PostgresWatch::open(&database.store()).map(drop).unwrap_err());
    assert!(older.contains("has schema 2 and this program reads 3"), "{older}");
}

#[test]
fn what_is_committed_is_on_the_disk_whatever_the_server_says() {
    let database = served();
    let name = &database.name;
    database.sql().run(&format!("ALTER DATABASE {name} SET synchronous_commit = off"));
    database.sql().run(&format!("ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'"));
    let mut shelf = crate::books::shelf::Shelf::postgres_in(database);
    let sql = crate::cluster::Sql::connect(shelf.place.as_ref().unwrap().url());
    assert_eq!(sql.ask("SHOW synchronous_commit"), ["off"], "of others it stays as it was");
    sql.run(
        "CREATE TABLE public.seen (durable text, isolation text);
        CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO public.seen VALUES (current_setting('synchronous_commit'), current_setting('transaction_isolation'));
            RETURN NULL; END $$;
        CREATE TRIGGER see AFTER INSERT ON portcullis.entry FOR EACH ROW EXECUTE FUNCTION public.see()",
    );
    shelf.open(1, "amber", 1, portcullis::engine::quota::Allowance { period: 0, records: None, members: None });
    assert_eq!(sql.ask("SELECT durable || ', ' || isolation FROM public.seen"), ["on, read committed"]);
}

#[test]
fn urls_are_read_once_and_well() {
    let parse = |url: &str| Postgres::parse(url).map(|store| (store.place().to_owned(), store.encrypted, store.is_exposed()));
    let read = [
        ("postgres://u:p@db.example/vote", "db.example:5432/vote", true, false),
        ("postgresql://u:p@db.example:6432/vote?sslmode=prefer", "db.example:6432/vote", true, false),
        ("postgres://u:p@db.example/vote?sslmode=disable", "db.example:5432/vote", false, true),
        ("postgres://u:p@localhost/vote", "localhost:5432/vote", false, false),
        ("postgres://u:p@[::1]/vote?sslmode=require", "::1:5432/vote", true, false),
        ("postgres://u:p@a.example,b.example:6000/vote", "a.example:5432,b.example:6000/vote", true, false),
        ("postgres://u:p@localhost,b.example/vote", "localhost:5432,b.example:5432/vote", true, false),
        ("postgres://%2Frun%2Fpostgresql/vote", "/run/postgresql:5432/vote", false, false),
    ];
    for (url, place, encrypted, exposed) in read {
        assert_eq!(parse(url), Ok((place.to_owned(), encrypted, exposed)), "{url}");
    }
    let refused = [
        ("host=db.example password=p", UrlError::Scheme),
        ("mysql://u:p@db.example/vote", UrlError::Scheme),
        ("", UrlError::Scheme),
        ("postgres://u:p@ss@db.example/vote", UrlError::At),
        ("postgres://u:p@db.example/vote?sslmode=verify-full", UrlError::Verify),
        ("postgres://u:p@db.example/vote?sslrootcert=ca.pem", UrlError::Files),
        ("postgres://u:p@db.example/vote?pasword=q", UrlError::Unreadable),
        ("postgres:///vote", UrlError::NoHost),
    ];
    for (url, why) in refused {
        assert_eq!(parse(url), Err(why), "{url}");
    }
}
