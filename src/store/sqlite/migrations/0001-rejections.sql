-- The book of rejections. It holds codes, counts and identifiers; never a field value, key, query string or network address.
CREATE TABLE rejection (
    -- AUTOINCREMENT: a number is never used again, so a gap shows that rows were removed.
    sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Unix time, milliseconds, UTC.
    at         INTEGER NOT NULL,
    request_id TEXT    NOT NULL,
    contest    TEXT,
    -- NULL: the asker was not identified; one row a minute, contest and reason.
    campaign   TEXT,
    actor      TEXT,
    export     TEXT,
    reason     TEXT    NOT NULL,
    count      INTEGER NOT NULL CHECK (count > 0)
) STRICT;

-- To count and remove a campaign's rows by reason.
CREATE INDEX rejection_of ON rejection (campaign, contest, reason, sequence);

-- To find the row that an unidentified rejection is folded into; and there can be only one.
CREATE UNIQUE INDEX rejection_folded ON rejection (at / 60000, ifnull(contest, ''), reason) WHERE campaign IS NULL;
