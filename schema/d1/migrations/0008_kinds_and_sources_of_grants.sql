-- Rates can be asked for and granted as well, and grants say where they come from. SQLite cannot widen the rules of a table,
-- so that both are made anew.

CREATE TABLE new_requests (
  id TEXT PRIMARY KEY NOT NULL,
  team TEXT NOT NULL REFERENCES teams (id),
  -- Who asks, and whom the grant would be for.
  user TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('budget_increase', 'model_access', 'rate_increase')),
  -- What is asked for: the budget's id; or the patterns of models, sorted, with commas between; or the rate and whose it is,
  -- such as concurrency:member:ada.
  target TEXT NOT NULL CHECK (length(target) BETWEEN 1 AND 4000),
  -- The window of the budget in which it was asked; 0 for anything else.
  window_start INTEGER NOT NULL,
  -- In the budget's unit, or that of the rate; null for models.
  amount INTEGER CHECK (amount BETWEEN 1 AND 1000000000000000),
  unit TEXT CHECK (unit IN ('usd', 'tokens', 'requests')),
  until INTEGER NOT NULL,
  reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'withdrawn', 'expired', 'superseded')),
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  decided_at INTEGER,
  decided_by TEXT,
  decision_reason TEXT CHECK (length(decision_reason) <= 2000),
  policy_version INTEGER NOT NULL DEFAULT 0 CHECK (policy_version >= 0),
  required_approvals INTEGER NOT NULL DEFAULT 1 CHECK (required_approvals BETWEEN 1 AND 5),
  different_roles INTEGER NOT NULL DEFAULT 0 CHECK (different_roles IN (0, 1) AND different_roles < required_approvals),
  escalates_at INTEGER,
  stage INTEGER NOT NULL DEFAULT 1 CHECK (stage IN (1, 2)),
  escalated_at INTEGER CHECK ((stage = 2) = (escalated_at IS NOT NULL)),
  replaces TEXT,
  -- What the team's rules would have done with it, had they not only been tried out.
  auto_decision TEXT CHECK (auto_decision IS NULL OR json_type(auto_decision) = 'object'),
  CHECK ((kind = 'model_access') = (amount IS NULL)),
  CHECK ((kind = 'budget_increase') = (unit IS NOT NULL)),
  CHECK ((state = 'pending') = (decided_at IS NULL)),
  CHECK ((state IN ('approved', 'denied', 'withdrawn')) = (decided_by IS NOT NULL)),
  -- Nobody decides on their own request. An admin and a rule are no members, and are named so that no member can be.
  CHECK (state NOT IN ('approved', 'denied') OR decided_by <> user)
) STRICT, WITHOUT ROWID;

INSERT INTO new_requests
SELECT id, team, user, kind, target, window_start, amount, unit, until, reason, state, version, created_at, expires_at,
  decided_at, decided_by, decision_reason, policy_version, required_approvals, different_roles, escalates_at, stage,
  escalated_at, replaces, NULL
FROM requests;

CREATE TABLE new_grants (
  id TEXT PRIMARY KEY NOT NULL,
  team TEXT NOT NULL REFERENCES teams (id),
  kind TEXT NOT NULL CHECK (kind IN ('budget_increase', 'model_access', 'rate_increase')),
  -- What it answers, if it was asked for.
  request TEXT REFERENCES new_requests (id),
  budget TEXT,
  -- Whose share of a budget of each member is raised, or to whom models are opened.
  user TEXT,
  unit TEXT CHECK (unit IN ('usd', 'tokens', 'requests')),
  -- In that unit, or that of the rate.
  amount INTEGER CHECK (amount BETWEEN 1 AND 1000000000000000),
  models TEXT CHECK (models IS NULL OR json_type(models) = 'array'),
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
  reason TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  -- The version of the team's record that has it: in force once the team's object has confirmed that version.
  team_version INTEGER NOT NULL,
  revoked_at INTEGER,
  revoked_by TEXT,
  rate TEXT CHECK (rate IN ('requestsPerMinute', 'tokensPerMinute', 'concurrency')),
  -- Whose rate; the id is empty for the team itself.
  party_kind TEXT CHECK (party_kind IN ('team', 'member', 'key')),
  party_id TEXT CHECK ((party_kind = 'team') = (party_id = '')),
  -- An approval; an admin who was not asked; the team's rules; what holds until a request is decided; an emergency.
  source TEXT NOT NULL CHECK (source IN ('request', 'admin', 'auto', 'bridge', 'break_glass')),
  CHECK ((kind = 'budget_increase') = (budget IS NOT NULL AND unit IS NOT NULL)),
  CHECK ((kind = 'model_access') = (models IS NOT NULL AND user IS NOT NULL)),
  CHECK ((kind = 'rate_increase') = (rate IS NOT NULL AND party_kind IS NOT NULL AND party_id IS NOT NULL)),
  CHECK ((kind = 'model_access') = (amount IS NULL)),
  CHECK (kind = 'budget_increase' OR (budget IS NULL AND unit IS NULL)),
  CHECK (kind = 'model_access' OR models IS NULL),
  CHECK (kind = 'rate_increase' OR (rate IS NULL AND party_kind IS NULL AND party_id IS NULL)),
  CHECK ((source IN ('request', 'auto', 'bridge')) = (request IS NOT NULL)),
  CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO new_grants
SELECT id, team, kind, request, budget, user, unit, amount, models, starts_at, ends_at, reason, created_at, created_by,
  team_version, revoked_at, revoked_by, NULL, NULL, NULL, CASE WHEN request IS NULL THEN 'admin' ELSE 'request' END
FROM grants;

-- Renaming takes the reference along.
DROP TABLE grants;
DROP TABLE requests;
ALTER TABLE new_requests RENAME TO requests;
ALTER TABLE new_grants RENAME TO grants;

CREATE UNIQUE INDEX requests_one_open ON requests (team, user, kind, target, window_start) WHERE state = 'pending';
CREATE INDEX requests_state ON requests (state, id);
CREATE INDEX requests_team ON requests (team, id);
CREATE INDEX requests_escalates ON requests (escalates_at) WHERE state = 'pending' AND stage = 1;

-- A request brings one grant, and at most one that bridges the time until then.
CREATE UNIQUE INDEX grants_one_each ON grants (request, source = 'bridge') WHERE request IS NOT NULL;
CREATE INDEX grants_team ON grants (team, id);
CREATE INDEX grants_live ON grants (team, ends_at) WHERE revoked_at IS NULL;
-- What rules, bridges and emergencies have granted of a budget.
CREATE INDEX grants_counted ON grants (team, source, kind, budget);

-- What was done in an emergency is looked at by somebody else afterwards.
CREATE TABLE reviews (
  id TEXT PRIMARY KEY NOT NULL,
  team TEXT NOT NULL REFERENCES teams (id),
  -- No foreign key: the table of grants is made anew whenever their kinds become more.
  "grant" TEXT NOT NULL UNIQUE,
  opened_at INTEGER NOT NULL,
  opened_by TEXT NOT NULL,
  closed_at INTEGER,
  closed_by TEXT CHECK (closed_by <> opened_by),
  note TEXT CHECK (length(note) BETWEEN 1 AND 2000),
  CHECK ((closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (note IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX reviews_open ON reviews (id) WHERE closed_at IS NULL;
CREATE INDEX reviews_team ON reviews (team, id);
