//! A campaign's receipt of one of its pulls: the entry that ended it, proved under a signed head.
//!
//! Gives nobody the receipt of somebody else's pull, and says of such a pull no more than of one that never was.

use std::sync::Arc;

use tokio::time::timeout;

use super::audit::BOOKS_WAIT_MAX;
use super::house::House;
use super::identify::Identified;
use crate::engine::ids::RequestId;
use crate::engine::reason::Reason;
use crate::store::StoreError;
use crate::store::books::heads;
use crate::store::books::tables::Reading;
use crate::store::books::{PullFilter, Side};

/// The media type of C2SP documents.
pub const RECEIPT_TYPE: &str = "text/plain; charset=utf-8";

/// The receipt of the pull that this exchange was.
///
/// # Errors
/// `receipt_unknown` when it was no pull of this campaign, or has not ended; `audit_unavailable`.
pub async fn document(who: &Identified, request: RequestId, house: &Arc<House>) -> Result<Vec<u8>, Reason> {
    let side = Side { contest: who.contest().id.clone(), campaign: who.campaign().id.clone() };
    // The end of a pull is told to the books when its last byte is given away: a head covers all that was told before.
    let head = timeout(BOOKS_WAIT_MAX, house.instruments.books.head()).await;
    let (size, head) = head.map_err(|_| Reason::AuditUnavailable)?.map_err(|_| Reason::AuditUnavailable)?;
    let books = Arc::clone(&house.books);
    let read = move || books.read(|reading| find(reading, side, request, (size, &head)));
    let found = tokio::task::spawn_blocking(read).await.map_err(|_| Reason::Internal)?;
    found.map_err(|_| Reason::AuditUnavailable)?.ok_or(Reason::ReceiptUnknown)
}

fn find(
    reading: &mut dyn Reading,
    side: Side,
    request: RequestId,
    (size, head): (u64, &str),
) -> Result<Option<Vec<u8>>, StoreError> {
    let Side { contest, campaign } = side;
    let filter = PullFilter { contest: Some(contest), campaign: Some(campaign), request: Some(request), orphaned: false };
    let end = reading.pulls(&filter)?.pop().and_then(|pull| pull.end);
    let Some(end) = end.filter(|end| end.entry < size) else { return Ok(None) };
    Ok(Some(heads::receipt(reading, end.entry, size, head)?.spell().into_bytes()))
}
