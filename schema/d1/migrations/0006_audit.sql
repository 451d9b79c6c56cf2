-- Who changed what, when: one row for each change, in the batch of that change. Each row carries the hash of the one before
-- it, so that no row can be changed, taken out or moved without the rest telling. Rows are only ever added.

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY NOT NULL CHECK (seq >= 1),
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  -- Null for what is no team's, such as a model.
  team TEXT,
  -- The id of what was changed.
  target TEXT NOT NULL,
  detail TEXT NOT NULL CHECK (json_type(detail) = 'object'),
  -- The id under which the change was asked for; null for Headgate's own.
  request_id TEXT,
  prev_hash TEXT NOT NULL CHECK (length(prev_hash) = 64),
  -- SHA-256 in hex over all of the above.
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64)
) STRICT;

CREATE INDEX audit_team ON audit (team, seq);
CREATE INDEX audit_target ON audit (target, seq);

-- The last row, so that rows missing at the end are noticed as well.
CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;

INSERT INTO audit_head (id, seq, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- Of two changes at once, the second finds its place taken; its whole batch is undone and made again.
CREATE TRIGGER audit_follows_head BEFORE INSERT ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_head WHERE seq = NEW.seq - 1 AND hash = NEW.prev_hash)
BEGIN
  SELECT RAISE(ABORT, 'audit: another change came first');
END;

CREATE TRIGGER audit_moves_head AFTER INSERT ON audit
BEGIN
  UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash WHERE id = 1;
END;

CREATE TRIGGER audit_stays_as_it_is BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit: rows are never changed');
END;

CREATE TRIGGER audit_stays_whole BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit: rows are never deleted');
END;
