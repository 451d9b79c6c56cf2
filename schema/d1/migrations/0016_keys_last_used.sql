-- On which day a key was used last: the beginning of that day in UTC; null for one that never was.
ALTER TABLE keys ADD COLUMN last_used_day INTEGER;

-- Kept by the first call that a key makes in an hour with a model; that of a day writes, the others only look. An hour that
-- is written again, or late, takes nothing back.
CREATE TRIGGER keys_used AFTER INSERT ON usage_hours
BEGIN
  UPDATE keys SET last_used_day = NEW.hour - NEW.hour % 86400000
  WHERE team = NEW.team AND id = NEW.key
    AND (last_used_day IS NULL OR last_used_day < NEW.hour - NEW.hour % 86400000);
END;

-- What there is already.
UPDATE keys SET last_used_day = used.day
FROM (SELECT team, key, max(hour - hour % 86400000) AS day FROM usage_hours GROUP BY team, key) AS used
WHERE keys.team = used.team AND keys.id = used.key;
