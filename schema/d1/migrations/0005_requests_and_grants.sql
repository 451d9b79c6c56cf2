-- What employees ask for, and what was granted. A request is a decision to be taken once; a grant is its effect, or an
-- admin's own act. Terminal states of a request never change.

CREATE TABLE requests (
  id TEXT PRIMARY KEY NOT NULL,
  team TEXT NOT NULL REFERENCES teams (id),
  -- Who asks, and whom the grant would be for.
  user TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('budget_increase', 'model_access')),
  -- What is asked for: the budget's id, or the patterns of models, sorted, with commas between.
  target TEXT NOT NULL CHECK (length(target) BETWEEN 1 AND 4000),
  -- The window of the budget in which it was asked; 0 for models.
  window_start INTEGER NOT NULL,
  -- In the budget's unit; null for models.
  amount INTEGER CHECK (amount BETWEEN 1 AND 1000000000000000),
  unit TEXT CHECK (unit IN ('usd', 'tokens', 'requests')),
  until INTEGER NOT NULL,
  reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
  -- The last is nothing's yet: a table's rules cannot be widened later.
  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'withdrawn', 'expired', 'superseded')),
  -- Rises with every change; a decision names the one it was taken on.
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  decided_at INTEGER,
  decided_by TEXT,
  decision_reason TEXT CHECK (length(decision_reason) <= 2000),
  CHECK ((kind = 'budget_increase') = (amount IS NOT NULL)),
  CHECK ((amount IS NULL) = (unit IS NULL)),
  CHECK ((state = 'pending') = (decided_at IS NULL)),
  CHECK ((state IN ('approved', 'denied', 'withdrawn')) = (decided_by IS NOT NULL)),
  -- Nobody decides on their own request. An admin is not a member, and is named so that no member can be.
  CHECK (state NOT IN ('approved', 'denied') OR decided_by <> user)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX requests_one_open ON requests (team, user, kind, target, window_start) WHERE state = 'pending';
CREATE INDEX requests_state ON requests (state, id);
CREATE INDEX requests_team ON requests (team, id);

CREATE TABLE grants (
  id TEXT PRIMARY KEY NOT NULL,
  team TEXT NOT NULL REFERENCES teams (id),
  kind TEXT NOT NULL CHECK (kind IN ('budget_increase', 'model_access')),
  -- Null for a grant that an admin made without being asked. At most one for each request.
  request TEXT UNIQUE REFERENCES requests (id),
  budget TEXT,
  -- Whose share of a budget of each member is raised, or to whom models are opened.
  user TEXT,
  unit TEXT CHECK (unit IN ('usd', 'tokens', 'requests')),
  -- In that unit.
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
  CHECK ((kind = 'budget_increase') = (budget IS NOT NULL AND amount IS NOT NULL AND models IS NULL)),
  CHECK ((kind = 'model_access') = (budget IS NULL AND amount IS NULL AND models IS NOT NULL AND user IS NOT NULL)),
  CHECK ((amount IS NULL) = (unit IS NULL)),
  CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX grants_team ON grants (team, id);
CREATE INDEX grants_live ON grants (team, ends_at) WHERE revoked_at IS NULL;
