-- The book of rejections. It holds codes, counts and identifiers; never a field value, key, query string or network address.
-- Names compare byte by byte (collation "C"), so that every server orders them alike.
CREATE TABLE rejection (
    -- A number is never used again, so a gap shows that rows were removed.
    sequence   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Unix time, milliseconds, UTC.
    at         BIGINT NOT NULL,
    request_id TEXT   NOT NULL,
    contest    TEXT   COLLATE "C",
    -- NULL: the asker was not identified; one row a minute, contest and reason.
    campaign   TEXT   COLLATE "C",
    actor      TEXT,
    export     TEXT,
    reason     TEXT   COLLATE "C" NOT NULL,
    count      BIGINT NOT NULL CHECK (count > 0)
);

-- To remove a campaign's rows by reason.
CREATE INDEX rejection_of ON rejection (coalesce(campaign, ''), coalesce(contest, ''), reason, sequence);

-- To find the row that an unidentified rejection is folded into; and there can be only one.
CREATE UNIQUE INDEX rejection_folded ON rejection ((at / 60000), coalesce(contest, ''), reason) WHERE campaign IS NULL;

-- How many rows each party has, so that keeping to the bound costs nothing until it is reached. Without a campaign: all who were
-- not identified.
CREATE TABLE rejection_held (
    campaign TEXT   COLLATE "C" NOT NULL,
    contest  TEXT   COLLATE "C" NOT NULL,
    held     BIGINT NOT NULL,
    PRIMARY KEY (campaign, contest)
);
