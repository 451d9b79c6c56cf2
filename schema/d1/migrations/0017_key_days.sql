-- On which day each key was used last: the beginning of that day in UTC. It lies where the usage of its team lies, which need
-- not be where the keys are.
CREATE TABLE key_days (
  team TEXT NOT NULL,
  key TEXT NOT NULL,
  day INTEGER NOT NULL,
  PRIMARY KEY (team, key)
) WITHOUT ROWID;

-- Kept by the first call that a key makes in an hour with a model: the first of a day writes, the others only look. An hour
-- that is written again, or late, takes nothing back.
CREATE TRIGGER key_days_used AFTER INSERT ON usage_hours
BEGIN
  INSERT INTO key_days VALUES (NEW.team, NEW.key, NEW.hour - NEW.hour % 86400000)
  ON CONFLICT DO UPDATE SET day = excluded.day WHERE day < excluded.day;
END;

-- What there is already.
INSERT INTO key_days SELECT team, key, max(hour - hour % 86400000) FROM usage_hours GROUP BY team, key;
