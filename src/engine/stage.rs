//! The stages of an exchange, in the order in which a request passes them.

/// A room of the proxy that can end an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Connections, TLS, HTTP framing.
    Listen,
    /// Who asks.
    Identify,
    /// What is asked for.
    Route,
    /// Whether it may be given.
    Admit,
    /// Whether it may be given now, at this pace.
    Limit,
    /// Writing down that the source is about to be asked.
    Audit,
    /// Asking the source.
    Forward,
    /// Deciding what of the answer may leave.
    Minimise,
    /// Keeping count of what left.
    Account,
    /// The walk itself.
    Exchange,
}

impl Stage {
    /// The stable name, as it stands in documents, logs and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::Identify => "identify",
            Self::Route => "route",
            Self::Admit => "admit",
            Self::Limit => "limit",
            Self::Audit => "audit",
            Self::Forward => "forward",
            Self::Minimise => "minimise",
            Self::Account => "account",
            Self::Exchange => "exchange",
        }
    }
}
