-- What stood out in spend, and what is remembered of each team to see it. No person is named here: alerts are about a team, a
-- key or a budget.
CREATE TABLE spend_alerts (
  -- Sorts by time.
  id TEXT PRIMARY KEY NOT NULL,
  -- When it was seen.
  at INTEGER NOT NULL,
  team TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('unusual_day', 'unusual_hour', 'burn_rate')),
  level TEXT NOT NULL CHECK (level IN ('page', 'ticket', 'digest')),
  subject_kind TEXT NOT NULL CHECK (subject_kind IN ('team', 'key', 'budget')),
  -- Empty for the team itself.
  subject TEXT NOT NULL CHECK ((subject = '') = (subject_kind = 'team')),
  unit TEXT NOT NULL CHECK (unit IN ('usd', 'tokens', 'requests')),
  -- What the span had come to by then, and what such a span usually comes to.
  seen INTEGER NOT NULL,
  usual INTEGER NOT NULL,
  span_start INTEGER NOT NULL,
  span_end INTEGER NOT NULL CHECK (span_end > span_start),
  -- Of a budget that burns.
  limit_amount INTEGER,
  window_start INTEGER,
  window_end INTEGER,
  -- What may be told of once: the day, the hour, or a stretch of a budget's window.
  occasion INTEGER NOT NULL,
  CHECK ((kind = 'burn_rate') = (subject_kind = 'budget')),
  CHECK ((kind = 'burn_rate') = (limit_amount IS NOT NULL)),
  CHECK ((limit_amount IS NULL) = (window_start IS NULL) AND (limit_amount IS NULL) = (window_end IS NULL))
) STRICT, WITHOUT ROWID;

-- Looks repeat, alerts do not.
CREATE UNIQUE INDEX spend_alerts_once ON spend_alerts (team, kind, subject_kind, subject, level, occasion);
CREATE INDEX spend_alerts_team_at ON spend_alerts (team, at);
CREATE INDEX spend_alerts_at ON spend_alerts (at);

-- When each team was last looked at, so that everybody gets a turn; and what its day is held against.
CREATE TABLE spend_looks (
  team TEXT PRIMARY KEY NOT NULL REFERENCES teams (id),
  looked_at INTEGER NOT NULL,
  baseline TEXT CHECK (baseline IS NULL OR json_type(baseline) = 'object')
) STRICT;

CREATE TRIGGER spend_looks_forget AFTER UPDATE OF deleted_at ON teams WHEN new.deleted_at IS NOT NULL
BEGIN
  DELETE FROM spend_looks WHERE team = new.id;
END;

CREATE TRIGGER notice_spend_alert AFTER INSERT ON spend_alerts
BEGIN
  INSERT OR IGNORE INTO notices (topic, team, subject, at)
  VALUES (CASE new.kind WHEN 'burn_rate' THEN 'budget.burning' ELSE 'spend.anomaly' END, new.team, new.id, new.at);
END;
