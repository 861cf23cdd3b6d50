//! The source over real connections, as a client sees it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

async fn raw(source: &RunningSource, request: String) -> (u16, serde_json::Value) {
    let mut stream = TcpStream::connect(source.address()).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head[9..12].parse().expect("a status");
    (status, serde_json::from_str(body).expect("JSON"))
}

async fn get(source: &RunningSource, target: &str) -> (u16, serde_json::Value) {
    let head = "Host: members.example\r\nAuthorization: Bearer open-sesame\r\nConnection: close";
    raw(source, format!("GET {target} HTTP/1.1\r\n{head}\r\n\r\n")).await
}

fn values(page: &serde_json::Value) -> &[serde_json::Value] {
    page["values"].as_array().expect("a list of records")
}

async fn source() -> RunningSource {
    start(250, 7, "open-sesame").await.expect("a free port")
}

#[tokio::test]
async fn every_record_comes_once_page_after_page() {
    let source = source().await;
    let mut target = Some("/api/members?limit=60".to_owned());
    let mut seen = Vec::new();
    while let Some(at) = target {
        let (status, page) = get(&source, &at).await;
        assert_eq!((status, page["count"].as_u64()), (200, Some(250)));
        seen.extend(values(&page).iter().map(|record| record["member_id"].as_u64()));
        target = page["next"].as_str().map(|next| next.replace("http://members.example", ""));
    }
    assert_eq!(seen, (1..=250).map(|number| Some(100_000 + number)).collect::<Vec<_>>());
    assert_eq!(source.requests_seen(), 5);
    source.stop().await;
}

#[tokio::test]
async fn filters_filter_on_hidden_fields_too_and_stay_in_the_links() {
    let source = source().await;
    let (_, page) = get(&source, "/api/members?religion=no%20religion&colour=blue&limit=5&offset=5").await;
    assert!((20..120).contains(&page["count"].as_u64().unwrap_or(0)), "{}", page["count"]);
    assert!(values(&page).iter().all(|record| record["religion"] == "no religion"));
    assert_eq!(page["next"], "http://members.example/api/members?religion=no%20religion&colour=blue&limit=5&offset=10");
    assert_eq!(page["previous"], "http://members.example/api/members?religion=no%20religion&colour=blue&limit=5&offset=0");
    let (_, page) = get(&source, "/api/members?constituency=Cardiff+West&joined_after=2005-01-01").await;
    assert!(!values(&page).is_empty());
    assert!(values(&page).iter().all(|record| record["joined_on"].as_str() > Some("2005-01-01")));
    assert!(values(&page).iter().all(|record| record["constituency"] == "Cardiff West"));
}

#[tokio::test]
async fn pages_have_a_default_and_a_greatest_size() {
    let source = start(1_200, 7, "open-sesame").await.expect("a free port");
    for (query, expected) in [("", 100), ("?limit=5000", 1_000), ("?limit=0", 100), ("?limit=x", 100), ("?offset=9999", 0)] {
        let (_, page) = get(&source, &format!("/api/members{query}")).await;
        assert_eq!(values(&page).len(), expected, "{query}");
    }
}

#[tokio::test]
async fn one_record_has_its_own_address() {
    let source = source().await;
    assert_eq!(get(&source, "/api/members/100007").await.1["member_id"], 100_007);
    assert_eq!(get(&source, "/api/members/7").await.0, 404);
    assert_eq!(get(&source, "/api/other").await.0, 404);
}

#[tokio::test]
async fn who_has_no_token_gets_nothing_and_is_counted() {
    let source = source().await;
    for header in ["", "Authorization: Bearer guess\r\n"] {
        let request = format!("GET /api/members?limit=1 HTTP/1.1\r\nHost: x\r\n{header}Connection: close\r\n\r\n");
        let (status, body) = raw(&source, request).await;
        assert_eq!((status, body["values"].as_array()), (401, None));
    }
    assert_eq!(source.requests_seen(), 2);
    assert_eq!(source.last_target().as_deref(), Some("/api/members?limit=1"));
}

#[tokio::test]
async fn it_stops_with_an_idle_connection_open() {
    let source = source().await;
    let address = source.address();
    let idle = TcpStream::connect(address).await.expect("it listens");
    source.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
    drop(idle);
}
