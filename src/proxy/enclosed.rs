//! What comes with a request: read whole within bounds, and only where some API of the contest reads with a body.
//!
//! Nothing is understood here, and nothing is held of a body that is refused.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::timeout;

use crate::engine::policy::understand::Enclosed;

/// Longest body that is read, in bytes: a form with a query.
pub const REQUEST_BODY_BYTES_MAX: usize = 64 << 10;
/// Longest wait for a whole body.
const BODY_MAX: Duration = Duration::from_secs(10);

/// A body as far as it was read.
#[derive(Debug)]
pub enum Held {
    /// None came.
    Nothing,
    /// All of it.
    Whole(Bytes),
    /// It was not read.
    Unread,
}

/// Reads a body, where that is wanted.
pub async fn read(body: &mut Incoming, wanted: bool) -> Held {
    if body.is_end_stream() {
        return Held::Nothing;
    }
    if !wanted || body.size_hint().lower() > REQUEST_BODY_BYTES_MAX as u64 {
        return Held::Unread;
    }
    timeout(BODY_MAX, whole(body)).await.ok().flatten().map_or(Held::Unread, Held::Whole)
}

/// All of a body, unless it is too long or breaks off.
async fn whole(body: &mut Incoming) -> Option<Bytes> {
    let mut held = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.ok()?;
        let data = frame.data_ref().map_or(&[][..], |data| &data[..]);
        if held.len() + data.len() > REQUEST_BODY_BYTES_MAX {
            return None;
        }
        held.extend_from_slice(data);
    }
    Some(held.freeze())
}

impl Held {
    /// As the engine sees it. What is compressed, or has no one content type, is as good as unread.
    #[must_use]
    pub fn seen<'a>(&'a self, headers: &'a HeaderMap) -> Enclosed<'a> {
        let mut types = headers.get_all(CONTENT_TYPE).iter();
        let content_type = types.next().and_then(|value| value.to_str().ok()).filter(|_| types.next().is_none());
        match (self, content_type) {
            (Self::Nothing, _) => Enclosed::Nothing,
            (Self::Whole(bytes), Some(content_type)) if !headers.contains_key(CONTENT_ENCODING) => {
                Enclosed::Whole(content_type, bytes)
            }
            _ => Enclosed::Unread,
        }
    }
}
