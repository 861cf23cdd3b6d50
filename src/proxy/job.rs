//! Jobs: what a source says of a file that it prepares, told to the campaign in its own API's words.
//!
//! Nothing of the source's document passes, its addresses least of all: a file is fetched by the proxy, from origins that the
//! configuration names, and is then a list like any other.

use std::sync::Arc;

use http_body_util::{BodyExt, Limited};
use tokio::time::timeout;

use super::forward::{Forwarded, SourceAnswer};
use super::leash::Leash;
use crate::config::settings::Source;
use crate::engine::dialect::SourceRequest;
use crate::engine::reason::Reason;
use crate::engine::rejection::Rejection;

/// Longest document about a job that is read, in bytes.
const DOCUMENT_BYTES_MAX: usize = 64 << 10;

/// Reads the source's word, and says what the campaign is told.
///
/// # Errors
/// `upstream_timeout`, `upstream_broke_off`, `shape_unexpected` when the word is not understood or names a file at a place that is not
/// configured, and what the leash says meanwhile.
pub async fn tell(forwarded: Forwarded, mut leash: Leash, source: Option<&Arc<Source>>) -> Result<Vec<u8>, Rejection> {
    let (recorded, answer) = forwarded.into_parts();
    let said = document(answer.ok_or(Reason::ShapeUnexpected)?).await?;
    let admitted = recorded.limited().admitted();
    let routed = admitted.routed();
    let context = routed.campaign().cursors(&routed.contest().id, &routed.export().name, admitted.at());
    let job = routed.export().route.job(&said, routed.query(), routed.base(), &context);
    let job = job.map_err(|_| Reason::ShapeUnexpected)?;
    let known = |url: &String| {
        let origin = SourceRequest::elsewhere(url).and_then(|request| request.elsewhere);
        origin.zip(source).is_some_and(|(origin, source)| source.has_files_at(&origin))
    };
    if !job.urls.iter().all(known) {
        return Err(Reason::ShapeUnexpected.into());
    }
    leash.check()?;
    Ok(job.document.to_string().into_bytes())
}

/// A short document, whole.
async fn document(answer: SourceAnswer) -> Result<String, Reason> {
    let collected = timeout(answer.pause_max, Limited::new(answer.body, DOCUMENT_BYTES_MAX).collect()).await;
    let bytes = collected.map_err(|_| Reason::UpstreamTimeout)?.map_err(|_| Reason::UpstreamBrokeOff)?.to_bytes();
    String::from_utf8(bytes.into()).map_err(|_| Reason::BodyMalformed)
}
