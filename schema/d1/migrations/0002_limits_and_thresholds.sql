-- What budgets tell and carry over, how fast a party may go, who is suspended, and which thresholds were reached.
-- Budgets that exist keep their limits as they were: nothing is carried over, no window is shortened.

ALTER TABLE budgets ADD COLUMN thresholds TEXT NOT NULL DEFAULT '[50,80,90,100]'
  CHECK (json_type(thresholds) = 'array' AND json_array_length(thresholds) <= 20);
ALTER TABLE budgets ADD COLUMN rollover_percent INTEGER NOT NULL DEFAULT 0 CHECK (rollover_percent BETWEEN 0 AND 100);
ALTER TABLE budgets ADD COLUMN prorated INTEGER NOT NULL DEFAULT 0 CHECK (prorated IN (0, 1));
-- Rises with every change of the limit: a threshold is told once for each window and version.
ALTER TABLE budgets ADD COLUMN limit_version INTEGER NOT NULL DEFAULT 1 CHECK (limit_version >= 1);

-- A party is the team, one member or one key. A null does not limit, a zero refuses everything.
CREATE TABLE rate_limits (
  team TEXT NOT NULL REFERENCES teams (id),
  party_kind TEXT NOT NULL CHECK (party_kind IN ('team', 'member', 'key')),
  -- Empty for the team itself.
  party_id TEXT NOT NULL CHECK ((party_id = '') = (party_kind = 'team')),
  requests_per_minute INTEGER CHECK (requests_per_minute BETWEEN 0 AND 1000000000000000),
  tokens_per_minute INTEGER CHECK (tokens_per_minute BETWEEN 0 AND 1000000000000000),
  concurrency INTEGER CHECK (concurrency BETWEEN 0 AND 1000000000000000),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (team, party_kind, party_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE suspensions (
  team TEXT NOT NULL REFERENCES teams (id),
  party_kind TEXT NOT NULL CHECK (party_kind IN ('team', 'member', 'key')),
  party_id TEXT NOT NULL CHECK ((party_id = '') = (party_kind = 'team')),
  -- For admins; the suspended are not told why.
  reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
  since INTEGER NOT NULL,
  PRIMARY KEY (team, party_kind, party_id)
) STRICT, WITHOUT ROWID;

-- Written by the teams' objects, like usage events; it refuses as little.
CREATE TABLE threshold_events (
  id TEXT PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  team TEXT NOT NULL,
  budget TEXT NOT NULL,
  -- Whose share of a budget of each_member.
  subject TEXT,
  unit TEXT NOT NULL,
  -- Percent of the limit.
  threshold INTEGER NOT NULL,
  -- Limit and settled spend in the budget's unit: micro-dollars for usd, else a count.
  limit_amount INTEGER NOT NULL,
  limit_version INTEGER NOT NULL,
  settled INTEGER NOT NULL,
  window_start INTEGER NOT NULL,
  window_end INTEGER
) WITHOUT ROWID;

CREATE INDEX threshold_events_team_at ON threshold_events (team, at);
CREATE INDEX threshold_events_at ON threshold_events (at);
