-- People who are erased: their id gives way to a pseudonym everywhere, step by step. The id is kept here for as long as that
-- takes and an hour longer, for what is still under way, and then deleted: after that nothing leads from one to the other.
CREATE TABLE erasures (
  -- Sorts by time.
  id TEXT PRIMARY KEY NOT NULL,
  user TEXT UNIQUE,
  pseudonym TEXT NOT NULL UNIQUE CHECK (pseudonym GLOB 'erased-*'),
  -- What is to be done next: the rows of the record, the teams' ledgers, usage, the hour, and all of it once more.
  step TEXT NOT NULL CHECK (step IN ('records', 'ledgers', 'usage', 'waiting', 'erased')),
  -- How far usage is: the database, and the team and hour in it.
  after_database INTEGER NOT NULL DEFAULT 0 CHECK (after_database >= 0),
  after_team TEXT NOT NULL DEFAULT '',
  after_hour INTEGER NOT NULL DEFAULT 0,
  -- Usage events that were given the pseudonym.
  events INTEGER NOT NULL DEFAULT 0 CHECK (events >= 0),
  requested_at INTEGER NOT NULL,
  requested_by TEXT NOT NULL,
  -- Null until all is done for the first time.
  waits_until INTEGER,
  erased_at INTEGER,
  CHECK ((step = 'erased') = (user IS NULL) AND (step = 'erased') = (erased_at IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX erasures_unfinished ON erasures (id) WHERE step <> 'erased';

-- A version of approval rules names people. While somebody is erased it may change, and then only in that.
DROP TRIGGER approval_policies_stay;
CREATE TRIGGER approval_policies_stay BEFORE UPDATE ON approval_policies
WHEN OLD.version <> NEW.version OR OLD.team <> NEW.team OR OLD.created_at <> NEW.created_at
  OR NOT EXISTS (SELECT 1 FROM erasures WHERE step = 'records'
    AND replace(OLD.rules, '"user":' || json_quote(user), '"user":' || json_quote(pseudonym)) = NEW.rules)
BEGIN SELECT RAISE(ABORT, 'a version of approval rules never changes'); END;
