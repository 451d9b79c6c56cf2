-- The record of what Headgate knows. Times are milliseconds since 1970; money is whole micro-dollars.
-- The rules the code relies on are here as well as in the code.

CREATE TABLE teams (
  id TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 2 AND 40 AND id NOT GLOB '*[^a-z0-9-]*'),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  timezone TEXT NOT NULL,
  cost_center TEXT,
  location_hint TEXT,
  allow_models TEXT NOT NULL DEFAULT '["*"]' CHECK (json_type(allow_models) = 'array'),
  deny_models TEXT NOT NULL DEFAULT '[]' CHECK (json_type(deny_models) = 'array'),
  approval_models TEXT NOT NULL DEFAULT '[]' CHECK (json_type(approval_models) = 'array'),
  -- Rises with every change of the team, its members, keys or budgets.
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  -- The last version the team's budget object confirmed.
  applied_version INTEGER NOT NULL DEFAULT 0 CHECK (applied_version BETWEEN 0 AND version),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX teams_unapplied ON teams (id) WHERE version > applied_version;

CREATE TABLE members (
  team TEXT NOT NULL REFERENCES teams (id),
  user TEXT NOT NULL CHECK (length(user) BETWEEN 1 AND 64),
  -- Null for someone who became a member by being given a key.
  email TEXT,
  role TEXT NOT NULL CHECK (role IN ('member', 'lead')),
  created_at INTEGER NOT NULL,
  removed_at INTEGER,
  PRIMARY KEY (team, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
  team TEXT NOT NULL REFERENCES teams (id),
  id TEXT NOT NULL UNIQUE CHECK (length(id) = 8 AND id NOT GLOB '*[^a-z0-9]*'),
  user TEXT NOT NULL,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  -- SHA-256 in hex. The key itself is nowhere.
  digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'),
  last4 TEXT NOT NULL CHECK (length(last4) = 4),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  PRIMARY KEY (team, id),
  FOREIGN KEY (team, user) REFERENCES members (team, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE budgets (
  team TEXT NOT NULL REFERENCES teams (id),
  id TEXT NOT NULL CHECK (length(id) BETWEEN 2 AND 40 AND id NOT GLOB '*[^a-z0-9-]*'),
  scope_kind TEXT NOT NULL CHECK (scope_kind IN ('team', 'member', 'each_member', 'key', 'model')),
  scope_id TEXT,
  unit TEXT NOT NULL CHECK (unit IN ('usd', 'tokens', 'requests')),
  -- Micro-dollars for usd, else a count.
  limit_amount INTEGER NOT NULL CHECK (limit_amount BETWEEN 0 AND 1000000000000000),
  period TEXT NOT NULL CHECK (period IN ('day', 'week', 'month', 'quarter', 'year', 'total')),
  enforcement TEXT NOT NULL CHECK (enforcement IN ('hard', 'soft')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (team, id),
  CHECK ((scope_id IS NULL) = (scope_kind IN ('team', 'each_member')))
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
  name TEXT PRIMARY KEY NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
  provider TEXT NOT NULL,
  upstream_model TEXT NOT NULL,
  -- Pico-dollars per token by meter; null leaves the price to the built-in catalogue.
  price TEXT CHECK (price IS NULL OR json_type(price) = 'object'),
  context_window INTEGER CHECK (context_window > 0),
  max_output_tokens INTEGER CHECK (max_output_tokens > 0),
  -- Rises with every change, also over a deletion: it is part of the price version on usage events.
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT, WITHOUT ROWID;

-- Written in bulk from the outbox of the teams' objects. It refuses little on purpose: a row that is refused here
-- would hold up every event behind it. Money must be whole and not negative.
CREATE TABLE usage_events (
  id TEXT PRIMARY KEY NOT NULL,
  revision INTEGER NOT NULL,
  at INTEGER NOT NULL,
  team TEXT NOT NULL,
  user TEXT NOT NULL,
  key TEXT NOT NULL,
  model TEXT NOT NULL,
  provider TEXT NOT NULL,
  upstream_model TEXT NOT NULL,
  dialect TEXT NOT NULL,
  stream INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  status INTEGER NOT NULL,
  input INTEGER NOT NULL,
  cache_read INTEGER NOT NULL,
  cache_write_5m INTEGER NOT NULL,
  cache_write_1h INTEGER NOT NULL,
  output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  web_searches INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL CHECK (typeof(cost_micros) = 'integer' AND cost_micros >= 0),
  estimated INTEGER NOT NULL,
  price_version TEXT NOT NULL,
  latency_ms INTEGER NOT NULL,
  ttfb_ms INTEGER,
  over_budgets TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX usage_events_team_at ON usage_events (team, at);
CREATE INDEX usage_events_at ON usage_events (at);
