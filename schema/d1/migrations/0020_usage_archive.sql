-- How far the events of this database have been written to the archive, and which of them changed since. Nothing is in here
-- where there is no archive.

-- One row. Archived is, day by day and in each team by team, everything before (day, team, after_at, after_id).
CREATE TABLE usage_archive (
  one INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
  -- In the names of files: one that is begun anew writes over none, of which the events may be gone.
  begun_at INTEGER NOT NULL,
  -- The beginning of the UTC day that is being archived, or that was last.
  day INTEGER NOT NULL CHECK (day % 86400000 = 0),
  is_done INTEGER NOT NULL CHECK (is_done IN (0, 1)),
  -- The team that is being archived; empty before the first.
  team TEXT NOT NULL,
  -- The number of its next part.
  part INTEGER NOT NULL CHECK (part >= 0),
  after_at INTEGER NOT NULL,
  after_id TEXT NOT NULL,
  -- Where the next part ends: settled before it is written, so that one that is written again has the same events.
  until_at INTEGER,
  until_id TEXT,
  -- Rises with every change; whoever finds another one than they read has been overtaken.
  step INTEGER NOT NULL,
  CHECK ((until_at IS NULL) = (until_id IS NULL))
) STRICT;

-- Events that came or were corrected when the archiving of their day had begun. None of them may be deleted.
CREATE TABLE usage_archive_late (
  day INTEGER NOT NULL,
  team TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (day, team, id)
) WITHOUT ROWID;

CREATE TRIGGER usage_archive_late_add AFTER INSERT ON usage_events
WHEN NEW.at < (SELECT day + 86400000 FROM usage_archive)
BEGIN
  INSERT INTO usage_archive_late VALUES (NEW.at - NEW.at % 86400000, NEW.team, NEW.id, NEW.revision)
  ON CONFLICT DO UPDATE SET revision = excluded.revision;
END;

-- Every correction raises the revision. Who a person is called is no correction.
CREATE TRIGGER usage_archive_late_correct AFTER UPDATE OF revision ON usage_events
WHEN NEW.at < (SELECT day + 86400000 FROM usage_archive)
BEGIN
  INSERT INTO usage_archive_late VALUES (NEW.at - NEW.at % 86400000, NEW.team, NEW.id, NEW.revision)
  ON CONFLICT DO UPDATE SET revision = excluded.revision;
END;
