//! `portcullis.toml`.

use portcullis::config::settings::{LogFormat, ProcessBounds, Store};

use crate::desk::{Desk, process};

#[test]
fn little_needs_to_be_said() {
    let desk = Desk::small();
    let settings = desk.read().unwrap().settings;
    assert_eq!(settings.admin.to_string(), "127.0.0.1:9443");
    assert_eq!(settings.store, Store::Sqlite(desk.root().join("portcullis.db")));
    assert_eq!(settings.log, LogFormat::Json);
    assert_eq!(settings.bounds, ProcessBounds::default());
}

#[test]
fn listeners_beyond_loopback_need_a_reason() {
    let open = "[listen]\naddress = \"[::]:8443\"\nplaintext = \"behind-a-tls-terminator\"\npublic_url = \"https://lists.example.org/\"\n";
    assert_eq!(process(open), [""; 0]);
    let links = process("[listen]\naddress = \"[::]:8443\"\nplaintext = \"behind-a-tls-terminator\"\n");
    assert_eq!(
        links,
        [
            "warning portcullis.toml:3 [\"behind-a-tls-terminator\"] links to next pages will begin with `http://`, which the terminator's clients cannot follow => write what campaigns see: `public_url = \"https://lists.example.org\"`"
        ]
    );
    let wrong = "[listen]\naddress = \"0.0.0.0:8443\"\nplaintext = \"yes\"\npublic_url = \"https://lists.example.org/path\"\n\
                 [admin]\naddress = \"0.0.0.0:9443\"\n";
    let expected = [
        "portcullis.toml:3 [\"yes\"] `yes` is no reason for plain HTTP => known here: `behind-a-tls-terminator`",
        "portcullis.toml:4 [\"https://lists.example.org/path\"] this is no scheme, host and port => write for example `https://lists.example.org`, without a path",
        "portcullis.toml:6 [\"0.0.0.0:9443\"] the operator's listener asks for no credential, and this address is not loopback => \
         use `127.0.0.1:9443`, or, where something else decides who may reach it, `allow_remote = \"behind-my-own-access-control\"`",
    ];
    assert_eq!(process(wrong), expected);
    let allowed = "[listen]\naddress = \"127.0.0.1:1\"\n[admin]\naddress = \"0.0.0.0:9443\"\nallow_remote = \"behind-my-own-access-control\"\n";
    assert_eq!(process(allowed), [""; 0]);
}

#[test]
fn tls_files_are_looked_into() {
    let desk = Desk::small();
    let certified = rcgen::generate_simple_self_signed(["lists.example.org".to_owned()]).unwrap();
    desk.file("cert.pem", certified.cert.pem()).secret("key.pem", &certified.signing_key.serialize_pem());
    let listen = |tls: &str| format!("[listen]\naddress = \"0.0.0.0:8443\"\ntls = {{ {tls} }}\n");
    desk.file("portcullis.toml", listen("certificate_file = \"cert.pem\", key_file = \"key.pem\""));
    assert_eq!(desk.brief(), [""; 0]);
    desk.file(
        "portcullis.toml",
        listen("certificate_file = \"key.pem\", key_file = \"cert.pem\", client_ca_file = \"ca.pem\"")
            .replace("tls =", "plaintext = \"behind-a-tls-terminator\"\ntls ="),
    );
    let expected = [
        "portcullis.toml:3 [\"behind-a-tls-terminator\"] `plaintext` and `tls` exclude one another => keep `tls`, or remove it",
        "portcullis.toml:4 [\"key.pem\"] this file holds no certificate in PEM => name the file that begins with `-----BEGIN CERTIFICATE-----`",
        "warning portcullis.toml:4 [\"cert.pem\"] everybody on this machine can read this secret => run `chmod o-rwx cert.pem`",
        "portcullis.toml:4 [\"cert.pem\"] this file holds no private key in PEM => name the file that begins with `-----BEGIN PRIVATE KEY-----`",
        "portcullis.toml:4 [\"ca.pem\"] client certificates are not supported by this version => remove it: campaigns prove themselves with keys",
    ];
    assert_eq!(desk.brief(), expected);
}

#[test]
fn bounds_name_their_unit_and_their_limits() {
    let said = "[listen]\naddress = \"127.0.0.1:1\"\n[bounds]\nhead_milliseconds_max = 0\nrecord_bytes_max = 2048\nbody_bytes_max = 1024\n";
    let expected = [
        "portcullis.toml:4 [0] `head_milliseconds_max` (milliseconds) is from 100 to 120000, not 0 => write a number from 100 to 120000",
    ];
    assert_eq!(process(said), expected);
    let expected = [
        "portcullis.toml:6 [1024] `record_bytes_max` (2048) is more than `body_bytes_max` (1024) => a record is a part of a body: raise the one or lower the other",
    ];
    assert_eq!(process(&said.replace("= 0", "= 100")), expected);
}

#[test]
fn files_that_are_not_there_are_told() {
    let desk = Desk::new();
    let expected = [
        "portcullis.toml:1 [] this file is missing => make it, or name another directory with `--config`",
        "warning portcullis.toml:1 [] there is no contest: contests holds no TOML file => add one file for each contest",
    ];
    assert_eq!(desk.brief(), expected);
    desk.file("portcullis.toml", b"[listen]\n\xff\n");
    desk.file("contests/.hidden.toml", "not read").file("contests/notes.md", "not read");
    assert_eq!(desk.brief()[0], "portcullis.toml:1 [] this file is not UTF-8: byte 9 is wrong => save it as UTF-8");
    let large = format!("[listen]\naddress = \"127.0.0.1:1\"\n#{}", "x".repeat(1 << 20));
    desk.file("portcullis.toml", large);
    assert_eq!(
        desk.brief()[0],
        "portcullis.toml:1 [] this file is larger than 1048576 bytes => divide it, or name the right file"
    );
}

#[test]
fn an_empty_process_file_is_told_what_it_lacks() {
    assert_eq!(process(""), ["portcullis.toml:1 [] `listen` is missing => add the table `listen`"]);
    assert_eq!(
        process("listen = 1\n"),
        ["portcullis.toml:1 [1] `listen` is a table, not a whole number => write for example `listen = { … }`"]
    );
}
