-- The book of suspensions. It holds the operator's words beside names and codes; never a field value, key, query string or network
-- address. Rows are never changed or deleted: what is in force is the newest row of each scope, where that is a suspension.
CREATE TABLE suspension (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Unix time, milliseconds, UTC.
    at       INTEGER NOT NULL,
    scope    TEXT    NOT NULL CHECK (scope IN ('everything', 'contest', 'campaign')),
    contest  TEXT    CHECK ((contest IS NULL) = (scope = 'everything')),
    campaign TEXT    CHECK ((campaign IS NOT NULL) = (scope = 'campaign')),
    act      TEXT    NOT NULL CHECK (act IN ('suspended', 'resumed')),
    -- Who, and why: one line each, bounded by the program.
    said_by  TEXT    NOT NULL CHECK (said_by <> ''),
    why      TEXT    NOT NULL CHECK (why <> '')
) STRICT;

-- To find the newest row of a scope.
CREATE INDEX suspension_of ON suspension (scope, contest, campaign, sequence);

CREATE TRIGGER suspension_is_never_changed BEFORE UPDATE ON suspension
BEGIN SELECT raise(ABORT, 'a suspension on record is never changed'); END;

CREATE TRIGGER suspension_is_never_deleted BEFORE DELETE ON suspension
BEGIN SELECT raise(ABORT, 'a suspension on record is never deleted'); END;
