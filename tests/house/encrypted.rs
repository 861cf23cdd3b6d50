//! TLS on the public listener and towards the source: real certificates, HTTP/2 and HTTP/1.1 by ALPN.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::clients::{contest, order, proxy_in};
use super::support::folder::secret;
use super::support::{AMBER_KEY, Contest, MEMBER, Proxy, Source, get, page, source};

/// A certificate and its key, PEM.
pub struct Certificate {
    pub pem: String,
    pub key: String,
}

/// A new certificate for loopback.
pub fn certificate() -> Certificate {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    Certificate { pem: made.cert.pem(), key: made.signing_key.serialize_pem() }
}

fn encrypted_proxy(source: &Source, certificate: &Certificate) -> Proxy {
    let listen = "tls = { certificate_file = \"tls.pem\", key_file = \"tls.key\" }";
    let folder = Contest { listen: listen.into(), ..Contest::default() }.write(source.address);
    fs::write(folder.join("tls.pem"), &certificate.pem).unwrap();
    secret(&folder.join("tls.key"), &certificate.key);
    Proxy::start_in(folder)
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn trusting(certificate: &Certificate) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate.pem.as_bytes()).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    builder.with_root_certificates(roots).with_no_client_auth()
}

/// Version, status and body of one request over TLS.
fn ask(proxy: &Proxy, certificate: &Certificate, http2: bool, target: &str) -> (http::Version, u16, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let builder = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(trusting(certificate)).https_only();
        let connector = if http2 { builder.enable_http2().build() } else { builder.enable_http1().build() };
        let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).http2_only(http2).build(connector);
        let url = format!("https://localhost:{}{target}", proxy.public.port());
        let request = Request::get(url).header("authorization", format!("Bearer {AMBER_KEY}")).body(Empty::new()).unwrap();
        let (head, body) = client.request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.version, head.status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
    })
}

#[test]
fn http2_and_http1_are_chosen_by_alpn_and_say_the_same() {
    let source =
        Source::json(r#"{"count": 9, "next": "http://crm/x?offset=500", "values": [{"member_id": 1, "religion": "x"}]}"#);
    let certificate = certificate();
    let proxy = encrypted_proxy(&source, &certificate);
    let (first, second) =
        (ask(&proxy, &certificate, true, "/leader/members"), ask(&proxy, &certificate, false, "/leader/members"));
    assert_eq!((first.0, second.0), (http::Version::HTTP_2, http::Version::HTTP_11));
    assert_eq!((first.1, &first.2), (second.1, &second.2));
    let link = format!("https://localhost:{}/leader/members?limit=500&cursor=", proxy.public.port());
    assert!(first.2.contains(&link), "{}", first.2);
    let refused = ask(&proxy, &certificate, true, "/leader/members?religion=1");
    assert_eq!(refused.1, 400);
}

#[test]
fn renewed_certificates_are_taken_up_at_a_reload() {
    let source = Source::json(page(MEMBER));
    let (first, second) = (certificate(), certificate());
    let proxy = encrypted_proxy(&source, &first);
    fs::write(proxy.folder.join("tls.pem"), &second.pem).unwrap();
    proxy.signal("HUP");
    proxy.wait_for(|line| line["message"].as_str().is_some_and(|message| message.contains("stays in force")));
    assert_eq!(ask(&proxy, &first, false, "/leader/members").1, 200, "a certificate without its key changes nothing");
    secret(&proxy.folder.join("tls.key"), &second.key);
    proxy.signal("HUP");
    proxy.wait_for(|line| line["message"].as_str().is_some_and(|message| message.contains("is in force")));
    assert_eq!(ask(&proxy, &second, false, "/leader/members").1, 200);
}

#[test]
fn plaintext_on_the_encrypted_port_is_counted_and_served_nothing() {
    let source = Source::json(page(MEMBER));
    let proxy = encrypted_proxy(&source, &certificate());
    let mut stream = TcpStream::connect(proxy.public).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
        .write_all(format!("GET /leader/members HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {AMBER_KEY}\r\n\r\n").as_bytes())
        .unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    assert!(!bytes.starts_with(b"HTTP/1.1 200"));
    assert!(proxy.metrics().contains("connections_failed_total{reason=\"tls_handshake_failed\"} 1"), "{}", proxy.metrics());
    assert_eq!(proxy.rejections(1)[0]["reason"], "tls_handshake_failed");
    assert!(source.seen().is_empty());
}

/// A source behind TLS that answers every connection with the same body of this type.
fn encrypted_source(certificate: &Certificate, kind: &'static str, body: String) -> std::net::SocketAddr {
    let chain = vec![CertificateDer::from_pem_slice(certificate.pem.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(certificate.key.as_bytes()).unwrap();
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = rustls::StreamOwned::new(rustls::ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            let mut head = [0; 4096];
            if stream.read(&mut head).is_ok() {
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).and_then(|()| stream.flush());
            }
        }
    });
    address
}

#[test]
fn the_source_is_asked_over_tls_with_the_given_authority_alone() {
    let (right, wrong) = (certificate(), certificate());
    let address = encrypted_source(&right, "application/json", page(MEMBER));
    for (trusted, status, reason) in [(&right, 200, ""), (&wrong, 502, "upstream_unreachable")] {
        let contest = Contest { source: "ca_file = \"../ca.pem\"".into(), ..Contest::default() };
        let folder = contest.write(address);
        let file = folder.join("contests/leader.toml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace(&format!("http://{address}"), &format!("https://localhost:{}", address.port()))).unwrap();
        fs::write(folder.join("ca.pem"), &trusted.pem).unwrap();
        let answer = get(Proxy::start_in(folder).public, "/leader/members", AMBER_KEY);
        assert_eq!((answer.status, answer.json()["reason"].as_str().unwrap_or("")), (status, reason));
    }
}

/// The source stands on loopback without TLS, as behind a sidecar, and its files come from elsewhere with it.
#[test]
fn files_that_come_over_tls_are_fetched_where_the_source_itself_is_asked_without() {
    let (right, wrong) = (certificate(), certificate());
    let table = "VanID,FirstName,LastName,DateOfBirth,Sex,DateChanged,Email,Phone\r\n7,Ann,Lee,,,,MARKER@example.org,\r\n";
    let files = encrypted_source(&right, "text/csv", table.into());
    let link = format!("https://localhost:{}/a.csv", files.port());
    let source =
        Source::json(format!(r#"{{"exportJobId": 7, "jobStatus": "Complete", "files": [{{"downloadUrl": "{link}"}}]}}"#));
    for (name, trusted, said) in [("right", &right, (200, "")), ("wrong", &wrong, (502, "upstream_unreachable"))] {
        let folder = std::env::temp_dir().join(format!("portcullis-files-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("ca.pem"), &trusted.pem).unwrap();
        let contest = contest("everyaction-jobs", source.address.port(), files.port(), "2020-01-01T00:00:00Z");
        let own = format!("[\"https://localhost:{}\"]\nca_file = \"../ca.pem\"", files.port());
        let contest = contest.replace(&format!("[\"http://127.0.0.1:{}\"]", files.port()), &own);
        let proxy = proxy_in(folder, &contest, None);
        let jobs = "/leader/v4/changedEntityExportJobs";
        let ordered = order(&proxy, jobs, r#"{"resourceType": "Contacts", "dateChangedFrom": "2026-01-01"}"#).json();
        let ready = get(proxy.public, &format!("{jobs}/{}", ordered["exportJobId"].as_str().unwrap()), AMBER_KEY).json();
        let link = ready["files"][0]["downloadUrl"].as_str().unwrap();
        let file = get(proxy.public, link.strip_prefix(&format!("http://{}", proxy.public)).unwrap(), AMBER_KEY);
        let reason = if file.status == 200 { String::new() } else { file.reason() };
        assert_eq!((file.status, &*reason), said, "{}", file.text());
        assert!(!file.text().contains("MARKER"), "{}", file.text());
    }
}

#[test]
fn a_stream_that_breaks_off_on_http2_is_reset_and_its_neighbours_live() {
    let source = Source::scripted(|head, stream| match head.contains("limit=7") {
        true => source::ok_json(stream, &page(MEMBER)),
        false => {
            source::write(stream, source::UNTIL_CLOSE);
            source::write(stream, br#"{"values": ["#);
            let record = format!(r#"{{"member_id": 1, "notes": "{}"}},"#, "x".repeat(2000));
            (0..1500).for_each(|_| source::write(stream, record.as_bytes()));
            source::write(stream, b"oops");
        }
    });
    let certificate = certificate();
    let proxy = encrypted_proxy(&source, &certificate);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let builder = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(trusting(&certificate)).https_only();
        let client: Client<_, Empty<Bytes>> =
            Client::builder(TokioExecutor::new()).http2_only(true).build(builder.enable_http2().build());
        let get = |target: &str| {
            let url = format!("https://localhost:{}{target}", proxy.public.port());
            client.request(Request::get(url).header("authorization", format!("Bearer {AMBER_KEY}")).body(Empty::new()).unwrap())
        };
        let broken = get("/leader/members").await.unwrap();
        assert_eq!(broken.status(), 200);
        assert!(broken.into_body().collect().await.is_err());
        let neighbour = get("/leader/members?limit=7").await.unwrap();
        assert_eq!(neighbour.status(), 200);
        assert!(neighbour.into_body().collect().await.is_ok());
    });
    assert_eq!(proxy.rejections(1).pop().unwrap()["reason"], "body_malformed");
}
