//! The closed list of reasons for which an exchange may be refused or broken off.
//!
//! One fact, one home: the documents, the metric labels, the operator's tables and the test matrix all
//! grow from this list. It never says which HTTP status a reason gets; that is `wire::problem`'s.

use super::stage::Stage;

/// Who has to act for the reason to go away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The campaign: its request, its key, its agreement, its pace.
    Campaign,
    /// The operator of the proxy: its configuration or its machine.
    Operator,
    /// The membership database behind the proxy.
    Source,
    /// Nobody: the contest's own calendar, or a decision that was made.
    Contest,
    /// Portcullis itself.
    Portcullis,
}

/// What the asker may do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// The same request cannot succeed; change it.
    ChangeRequest,
    /// Try the same request again, not before the time that the answer gives.
    RetryLater,
    /// Ask the operator at the contest's headquarters.
    AskOperator,
    /// It is over; do not try again.
    Stop,
}

/// What is written down about one reason.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The stable code, as it stands in answers, logs, metrics and the books.
    pub code: &'static str,
    /// The stage that owns the reason: no other stage gives it.
    pub stage: Stage,
    /// Who has to act.
    pub fault: Fault,
    /// What the asker may do next.
    pub advice: Advice,
    /// A title of a few words.
    pub title: &'static str,
    /// One public sentence that says what to do. Never holds anything of a request or of the source.
    pub sentence: &'static str,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $stage:ident, $fault:ident, $advice:ident, $title:literal, $sentence:literal;)*) => {
        /// Why an exchange was refused, or broken off.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason {
            $($(#[$doc])* #[doc = $sentence] $variant,)*
        }

        impl Reason {
            /// Every reason, in the order of the stages.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// What is written down about this reason.
            #[must_use]
            pub const fn entry(self) -> Entry {
                match self {
                    $(Self::$variant => Entry {
                        code: $code,
                        stage: Stage::$stage,
                        fault: Fault::$fault,
                        advice: Advice::$advice,
                        title: $title,
                        sentence: $sentence,
                    },)*
                }
            }
        }
    };
}

reasons! {
    TooManyConnections = "too_many_connections", Listen, Operator, RetryLater,
        "Too many connections", "The proxy holds as many connections as it may; close idle ones and try again.";
    TlsHandshakeFailed = "tls_handshake_failed", Listen, Campaign, ChangeRequest,
        "TLS handshake failed", "The connection did not complete a TLS 1.2 or 1.3 handshake in time.";
    MalformedRequest = "malformed_request", Listen, Campaign, ChangeRequest,
        "Malformed request", "The bytes received are not a complete HTTP request within the proxy's bounds.";
    ShuttingDown = "shutting_down", Listen, Operator, RetryLater,
        "Shutting down", "This proxy is being stopped; try again in a moment.";
    CredentialMissing = "credential_missing", Identify, Campaign, ChangeRequest,
        "No credential", "Send the campaign's key as `Authorization: Bearer <key>`.";
    CredentialInvalid = "credential_invalid", Identify, Campaign, AskOperator,
        "Credential not known", "This key is not known here; check it for missing characters, or ask the operator for a new one.";
    CredentialExpired = "credential_expired", Identify, Campaign, AskOperator,
        "Credential expired", "This key has expired; ask the operator for a new one.";
    ContestUnknown = "contest_unknown", Route, Campaign, ChangeRequest,
        "No such contest", "There is no such contest for this key; the path begins with the contest's identifier.";
    ExportUnknown = "export_unknown", Route, Campaign, ChangeRequest,
        "No such export", "This contest offers no such export to this campaign.";
    MethodNotAllowed = "method_not_allowed", Route, Campaign, ChangeRequest,
        "Method not allowed", "Exports are read with GET, or with POST where their API reads so; nothing else is answered.";
    MethodOverrideNotAllowed = "method_override_not_allowed", Route, Campaign, ChangeRequest,
        "Method override not allowed", "A request is what its method says; leave out headers that say another one.";
    BatchNotAllowed = "batch_not_allowed", Route, Campaign, ChangeRequest,
        "Batch not allowed", "Several requests in one are not answered; ask for one list at a time.";
    GraphqlNotAllowed = "graphql_not_allowed", Route, Campaign, ChangeRequest,
        "GraphQL not allowed", "GraphQL is not answered; ask for the export at its path.";
    ConditionalNotAllowed = "conditional_not_allowed", Route, Campaign, ChangeRequest,
        "Conditional request not allowed", "A list is given whole or not at all; leave out `If-None-Match` and its like.";
    RangeNotAllowed = "range_not_allowed", Route, Campaign, ChangeRequest,
        "Range request not allowed", "Parts of an answer are not given; leave out `Range`, and ask page by page.";
    BodyNotAccepted = "body_not_accepted", Route, Campaign, ChangeRequest,
        "Request body not accepted", "Ask without a body, or with one that this export's API reads: a short form or JSON in UTF-8.";
    ReceiptUnknown = "receipt_unknown", Route, Campaign, RetryLater,
        "No such receipt", "This campaign has no receipt by this name; a pull has one as soon as it has ended.";
    FormatNotOffered = "format_not_offered", Route, Campaign, ChangeRequest,
        "Format not offered", "This export does not leave in a form that `Accept` asks for.";
    QueryNotAllowed = "query_not_allowed", Route, Campaign, ChangeRequest,
        "Query not allowed", "A query parameter or its value is not one that this export accepts; nothing was sent to the source.";
    QueryOnHiddenField = "query_on_hidden_field", Route, Campaign, ChangeRequest,
        "Query on a hidden field", "The query names a field that this export does not show.";
    CursorInvalid = "cursor_invalid", Route, Campaign, ChangeRequest,
        "Cursor not valid", "This cursor was not issued for this campaign, export and query, or it has expired; start the list again.";
    Suspended = "suspended", Admit, Contest, AskOperator,
        "Suspended", "Access is suspended; the operator at the contest's headquarters can say why and until when.";
    AgreementMissing = "agreement_missing", Admit, Campaign, AskOperator,
        "Agreement not signed", "This campaign has not signed the contest's data-use agreement.";
    AgreementOutdated = "agreement_outdated", Admit, Campaign, AskOperator,
        "Agreement outdated", "This campaign signed another version of the data-use agreement; sign the one in force.";
    NetworkNotAllowed = "network_not_allowed", Admit, Campaign, AskOperator,
        "Network not allowed", "This campaign may not ask from this network address.";
    WindowNotOpen = "window_not_open", Admit, Contest, RetryLater,
        "Window not open", "The access window has not opened yet; try again at the time given.";
    WindowClosed = "window_closed", Admit, Contest, Stop,
        "Window closed", "The access window has closed.";
    NotGranted = "not_granted", Admit, Campaign, AskOperator,
        "Export not granted", "This export is not granted to this campaign.";
    ContestChanged = "contest_changed", Admit, Contest, RetryLater,
        "Contest changed", "What this export gives was changed while the list was on its way; start the list again.";
    RateLimited = "rate_limited", Limit, Campaign, RetryLater,
        "Too many requests", "This campaign asks faster than the contest allows; wait as long as the answer says.";
    TooManyAtOnce = "too_many_at_once", Limit, Campaign, RetryLater,
        "Too many at once", "This campaign has as many lists in transfer as it may; let one finish.";
    Overloaded = "overloaded", Limit, Operator, RetryLater,
        "Overloaded", "The proxy answers as many requests as it may; try again in a moment.";
    RecordQuotaExhausted = "record_quota_exhausted", Limit, Campaign, AskOperator,
        "Record quota exhausted", "This campaign has been given as many records as it may have in this period.";
    MemberQuotaExhausted = "member_quota_exhausted", Limit, Campaign, AskOperator,
        "Member quota exhausted", "This campaign has been given as many different members as it may have in this contest.";
    AuditUnavailable = "audit_unavailable", Audit, Operator, RetryLater,
        "Audit log unavailable", "What is about to be asked cannot be written down, so nothing was asked; try again in a moment.";
    UpstreamUnreachable = "upstream_unreachable", Forward, Source, RetryLater,
        "Source unreachable", "The membership database could not be reached.";
    UpstreamTimeout = "upstream_timeout", Forward, Source, RetryLater,
        "Source too slow", "The membership database did not answer in time.";
    UpstreamRefused = "upstream_refused", Forward, Source, AskOperator,
        "Source refused", "The membership database refused the proxy's request.";
    UpstreamBrokeOff = "upstream_broke_off", Forward, Source, RetryLater,
        "Source broke off", "The membership database stopped in the middle of its answer.";
    RecordUnknown = "record_unknown", Minimise, Campaign, ChangeRequest,
        "No such record", "This export has no such record for this campaign.";
    ContentTypeUnexpected = "content_type_unexpected", Minimise, Source, AskOperator,
        "Unexpected content type", "The membership database answered in a format that this export does not declare.";
    ContentEncodingUnexpected = "content_encoding_unexpected", Minimise, Source, AskOperator,
        "Unexpected content encoding", "The membership database compressed its answer although it was asked not to.";
    BodyMalformed = "body_malformed", Minimise, Source, AskOperator,
        "Malformed answer", "The membership database's answer is not strictly valid, so nothing of it may leave.";
    BodyTooLarge = "body_too_large", Minimise, Source, AskOperator,
        "Answer too large", "The membership database's answer is larger than the proxy's bound.";
    NestingTooDeep = "nesting_too_deep", Minimise, Source, AskOperator,
        "Answer nested too deeply", "The membership database's answer is nested deeper than the proxy's bound.";
    RecordTooLarge = "record_too_large", Minimise, Source, AskOperator,
        "Record too large", "A record of the membership database is larger than the proxy's bound.";
    ShapeUnexpected = "shape_unexpected", Minimise, Source, AskOperator,
        "Unexpected shape", "The membership database's answer does not have the shape that this export declares.";
    RegisterUnavailable = "register_unavailable", Account, Operator, RetryLater,
        "Register unavailable", "What is about to leave cannot be written down, so nothing more leaves; try again in a moment.";
    MemberObjected = "member_objected", Account, Contest, RetryLater,
        "Member objected", "A member objected while the record was on its way; start the list again.";
    Internal = "internal", Exchange, Portcullis, AskOperator,
        "Internal error", "The proxy ended this exchange because of a fault of its own.";
}

impl Reason {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.entry().code
    }

    /// The reason with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }

    /// What the asker hears, which may be coarser than what the operator reads.
    ///
    /// An export that is not granted sounds like one that does not exist, and a query on a hidden field like any
    /// other query that is not allowed: a prober learns nothing about what else there is.
    #[must_use]
    pub const fn heard(self) -> Self {
        match self {
            Self::NotGranted => Self::ExportUnknown,
            Self::QueryOnHiddenField => Self::QueryNotAllowed,
            other => other,
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_found_again() {
        for &reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(reason));
            assert!(reason.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{reason}");
            assert!(reason.entry().sentence.ends_with('.'), "{reason}");
        }
        assert_eq!(Reason::from_code("no_such_reason"), None);
    }

    #[test]
    fn reasons_stand_in_the_order_of_their_stages() {
        assert!(Reason::ALL.windows(2).all(|pair| pair[0].entry().stage <= pair[1].entry().stage));
    }

    #[test]
    fn what_is_heard_is_final() {
        assert!(Reason::ALL.iter().all(|reason| reason.heard().heard() == reason.heard()));
    }
}
