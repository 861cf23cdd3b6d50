-- The books: the audit log, the pulls, the quotas and the register. They hold codes, counts, identifiers and keyed digests; never a
-- field value, key, query string or network address.

-- Entries, each in its one spelling. `leaf` is the hash that it had when it was written (RFC 6962).
CREATE TABLE entry (
    seq  INTEGER PRIMARY KEY,
    text BLOB    NOT NULL,
    leaf BLOB    NOT NULL CHECK (length(leaf) = 32)
) STRICT;

CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN SELECT raise(ABORT, 'an entry of the audit log is never changed'); END;

CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry
BEGIN SELECT raise(ABORT, 'an entry of the audit log is never deleted'); END;

-- Hashes of whole subtrees at the levels 8, 16, ...; those between are computed from them.
CREATE TABLE node (
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    hash  BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, place)
) STRICT, WITHOUT ROWID;

-- Where the log ends: one row. `peaks` are the hashes of the largest whole subtrees, from left to right.
CREATE TABLE log_end (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    size  INTEGER NOT NULL,
    time  INTEGER NOT NULL,
    peaks BLOB    NOT NULL
) STRICT;

-- Signed heads (C2SP tlog-checkpoint).
CREATE TABLE head (
    size INTEGER PRIMARY KEY,
    note TEXT    NOT NULL
) STRICT;

-- Pulls, by the number of the entry that opened them. `records` and `bytes` are what may have left, until the pull has ended.
CREATE TABLE pull (
    number   INTEGER PRIMARY KEY,
    request  TEXT    NOT NULL UNIQUE,
    contest  TEXT    NOT NULL,
    campaign TEXT    NOT NULL,
    actor    TEXT,
    export   TEXT    NOT NULL,
    asked    TEXT    NOT NULL,
    -- Unix time, milliseconds, UTC.
    opened   INTEGER NOT NULL,
    -- The fields that the plan lets leave: a JSON array.
    fields   TEXT    NOT NULL,
    records  INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    closed   INTEGER,
    outcome  TEXT,
    reason   TEXT,
    -- The number of the entry that closed it.
    ended_by INTEGER,
    CHECK ((closed IS NULL) = (ended_by IS NULL) AND (closed IS NULL) = (outcome IS NULL))
) STRICT;


-- What campaigns have been given.
CREATE TABLE spent (
    contest  TEXT    NOT NULL,
    campaign TEXT    NOT NULL,
    -- The period that `records` counts, from 0 at the contest's opening.
    period   INTEGER NOT NULL,
    records  INTEGER NOT NULL,
    records_ever INTEGER NOT NULL,
    -- Distinct members.
    members  INTEGER NOT NULL,
    PRIMARY KEY (contest, campaign)
) STRICT, WITHOUT ROWID;

-- The members of a contest, in the order in which they were first disclosed: digests of sixteen bytes one behind the other, of which
-- the first has the position `first`.
CREATE TABLE members (
    contest TEXT    NOT NULL,
    first   INTEGER NOT NULL,
    digests BLOB    NOT NULL CHECK (length(digests) > 0 AND length(digests) % 16 = 0),
    PRIMARY KEY (contest, first)
) STRICT;

-- Sets of members by their position, in chunks of 65,536: Roaring bitmaps in the portable format.
-- Everyone whom a campaign was ever given.
CREATE TABLE campaign_set (
    contest  TEXT    NOT NULL,
    campaign TEXT    NOT NULL,
    chunk    INTEGER NOT NULL,
    members  BLOB    NOT NULL,
    PRIMARY KEY (contest, campaign, chunk)
) STRICT, WITHOUT ROWID;

-- Everyone in a pull (`field` is -1), and those of them whose record left without the field at this position of the pull's `fields`.
CREATE TABLE pull_set (
    chunk    INTEGER NOT NULL,
    pull     INTEGER NOT NULL,
    field    INTEGER NOT NULL,
    members  BLOB    NOT NULL,
    PRIMARY KEY (chunk, pull, field)
) STRICT, WITHOUT ROWID;

-- Objections. Rows are never changed or deleted: what holds is the newest row of each contest, campaign, member and `withheld`.
CREATE TABLE objection (
    sequence  INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    contest   TEXT    NOT NULL,
    -- NULL: every campaign.
    campaign  TEXT,
    member    BLOB    NOT NULL CHECK (length(member) = 16),
    withheld  TEXT    NOT NULL CHECK (withheld IN ('all', 'phone', 'email', 'post')),
    withdrawn INTEGER NOT NULL CHECK (withdrawn IN (0, 1))
) STRICT;

CREATE TRIGGER objection_is_never_changed BEFORE UPDATE ON objection
BEGIN SELECT raise(ABORT, 'an objection on record is never changed'); END;

CREATE TRIGGER objection_is_never_deleted BEFORE DELETE ON objection
BEGIN SELECT raise(ABORT, 'an objection on record is never deleted'); END;
