-- The books: the audit log, the pulls, the quotas and the register. They hold codes, counts, identifiers and keyed digests; never a
-- field value, key, query string or network address.

-- Those who write: one row for each process that has opened the books. `batch` counts its transactions. While the process lives, its
-- connection holds an advisory lock of this number.
CREATE TABLE writer (
    number  INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch   BIGINT  NOT NULL,
    -- For people alone.
    enrolled TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Entries, each in its one spelling. `leaf` is the hash that it had when it was written (RFC 6962).
CREATE TABLE entry (
    seq  BIGINT  PRIMARY KEY,
    text BYTEA   NOT NULL,
    leaf BYTEA   NOT NULL CHECK (length(leaf) = 32)
);

CREATE TRIGGER entry_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION stays_on_record('an entry of the audit log');

-- Hashes of whole subtrees at the levels 8, 16, ...; those between are computed from them.
CREATE TABLE node (
    level BIGINT  NOT NULL,
    place BIGINT  NOT NULL,
    hash  BYTEA   NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, place)
);

-- Where the log ends: one row. `peaks` are the hashes of the largest whole subtrees, from left to right.
CREATE TABLE log_end (
    one   BIGINT  PRIMARY KEY CHECK (one = 1),
    size  BIGINT  NOT NULL,
    time  BIGINT  NOT NULL,
    peaks BYTEA   NOT NULL
);

-- Signed heads (C2SP tlog-checkpoint).
CREATE TABLE head (
    size BIGINT  PRIMARY KEY,
    note TEXT    NOT NULL
);

-- Pulls, by the number of the entry that opened them. `records` and `bytes` are what may have left, until the pull has ended.
CREATE TABLE pull (
    number   BIGINT  PRIMARY KEY,
    request  TEXT    NOT NULL UNIQUE,
    contest  TEXT    COLLATE "C" NOT NULL,
    campaign TEXT    COLLATE "C" NOT NULL,
    actor    TEXT,
    export   TEXT    NOT NULL,
    asked    TEXT    NOT NULL,
    -- Unix time, milliseconds, UTC.
    opened   BIGINT  NOT NULL,
    -- The fields that the plan lets leave: a JSON array.
    fields   TEXT    NOT NULL,
    records  BIGINT  NOT NULL,
    bytes    BIGINT  NOT NULL,
    closed   BIGINT,
    outcome  TEXT,
    reason   TEXT,
    -- The number of the entry that closed it.
    ended_by BIGINT,
    -- The process that opened it.
    writer   INTEGER NOT NULL REFERENCES writer,
    CHECK ((closed IS NULL) = (ended_by IS NULL) AND (closed IS NULL) = (outcome IS NULL))
);

CREATE INDEX pull_of ON pull (contest, campaign, number);
CREATE INDEX pull_open ON pull (number) WHERE closed IS NULL;

-- What campaigns have been given.
CREATE TABLE spent (
    contest  TEXT    COLLATE "C" NOT NULL,
    campaign TEXT    COLLATE "C" NOT NULL,
    -- The period that `records` counts, from 0 at the contest's opening.
    period   BIGINT  NOT NULL,
    records  BIGINT  NOT NULL,
    records_ever BIGINT  NOT NULL,
    -- Distinct members.
    members  BIGINT  NOT NULL,
    PRIMARY KEY (contest, campaign)
);

-- The members of a contest, in the order in which they were first disclosed: digests of sixteen bytes one behind the other, of which
-- the first has the position `first`.
CREATE TABLE members (
    contest TEXT    COLLATE "C" NOT NULL,
    first   BIGINT  NOT NULL,
    digests BYTEA   NOT NULL CHECK (length(digests) > 0 AND length(digests) % 16 = 0),
    PRIMARY KEY (contest, first)
);

-- Sets of members by their position, in chunks of 65,536: Roaring bitmaps in the portable format.
-- Everyone whom a campaign was ever given.
CREATE TABLE campaign_set (
    contest  TEXT    COLLATE "C" NOT NULL,
    campaign TEXT    COLLATE "C" NOT NULL,
    chunk    BIGINT  NOT NULL,
    members  BYTEA   NOT NULL,
    PRIMARY KEY (contest, campaign, chunk)
);

-- Everyone in a pull (`field` is -1), and those of them whose record left without the field at this position of the pull's `fields`.
CREATE TABLE pull_set (
    chunk    BIGINT  NOT NULL,
    pull     BIGINT  NOT NULL,
    field    BIGINT  NOT NULL,
    members  BYTEA   NOT NULL,
    PRIMARY KEY (chunk, pull, field)
);

-- Objections. Rows are never changed or deleted: what holds is the newest row of each contest, campaign, member and `withheld`.
CREATE TABLE objection (
    sequence  BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        BIGINT  NOT NULL,
    contest   TEXT    COLLATE "C" NOT NULL,
    -- NULL: every campaign.
    campaign  TEXT    COLLATE "C",
    member    BYTEA   NOT NULL CHECK (length(member) = 16),
    withheld  TEXT    NOT NULL CHECK (withheld IN ('all', 'phone', 'email', 'post')),
    withdrawn BOOLEAN NOT NULL
);

CREATE TRIGGER objection_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON objection
    FOR EACH STATEMENT EXECUTE FUNCTION stays_on_record('an objection');
