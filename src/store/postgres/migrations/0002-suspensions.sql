-- The book of suspensions. It holds the operator's words beside names and codes; never a field value, key, query string or network
-- address. Rows are never changed or deleted: what is in force is the newest row of each scope, where that is a suspension.
CREATE TABLE suspension (
    sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Unix time, milliseconds, UTC.
    at       BIGINT NOT NULL,
    scope    TEXT   NOT NULL CHECK (scope IN ('everything', 'contest', 'campaign')),
    contest  TEXT   COLLATE "C" CHECK ((contest IS NULL) = (scope = 'everything')),
    campaign TEXT   COLLATE "C" CHECK ((campaign IS NOT NULL) = (scope = 'campaign')),
    act      TEXT   NOT NULL CHECK (act IN ('suspended', 'resumed')),
    -- Who, and why: one line each, bounded by the program.
    said_by  TEXT   NOT NULL CHECK (said_by <> ''),
    why      TEXT   NOT NULL CHECK (why <> '')
);

-- To find the newest row of a scope.
CREATE INDEX suspension_of ON suspension (scope, contest, campaign, sequence);

CREATE FUNCTION stays_on_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% on record is never changed or deleted', TG_ARGV[0]; END $$;

CREATE TRIGGER suspension_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON suspension
    FOR EACH STATEMENT EXECUTE FUNCTION stays_on_record('a suspension');
