-- How the requests of a team are decided: rules in versions, who voted on which request, and who stands in for whom.

CREATE TABLE approval_policies (
  team TEXT NOT NULL REFERENCES teams (id),
  -- Every change is a new row. Of a team without any, a lead or an admin decides alone.
  version INTEGER NOT NULL CHECK (version >= 1),
  rules TEXT NOT NULL CHECK (json_type(rules) = 'object'),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (team, version)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER approval_policies_stay BEFORE UPDATE ON approval_policies
BEGIN SELECT RAISE(ABORT, 'a version of approval rules never changes'); END;

-- What the rules said when the request was opened; 0 for the rules of a team that has made none.
ALTER TABLE requests ADD COLUMN policy_version INTEGER NOT NULL DEFAULT 0 CHECK (policy_version >= 0);
ALTER TABLE requests ADD COLUMN required_approvals INTEGER NOT NULL DEFAULT 1 CHECK (required_approvals BETWEEN 1 AND 5);
-- Whether they must come from people in different roles.
ALTER TABLE requests ADD COLUMN different_roles INTEGER NOT NULL DEFAULT 0
  CHECK (different_roles IN (0, 1) AND different_roles < required_approvals);
-- From this time on more people may decide; null for never.
ALTER TABLE requests ADD COLUMN escalates_at INTEGER;
ALTER TABLE requests ADD COLUMN stage INTEGER NOT NULL DEFAULT 1 CHECK (stage IN (1, 2));
ALTER TABLE requests ADD COLUMN escalated_at INTEGER CHECK ((stage = 2) = (escalated_at IS NOT NULL));
-- The request that this one was opened instead of.
ALTER TABLE requests ADD COLUMN replaces TEXT;

CREATE INDEX requests_escalates ON requests (escalates_at) WHERE state = 'pending' AND stage = 1;

CREATE TABLE votes (
  -- No foreign key: the table of requests is made anew whenever their kinds become more.
  request TEXT NOT NULL,
  approver TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('lead', 'approver', 'admin')),
  -- For whom a delegate voted.
  on_behalf_of TEXT CHECK (on_behalf_of <> approver),
  decision TEXT NOT NULL CHECK (decision IN ('approved', 'denied')),
  -- What the approver would grant at most and until when; null for all that was asked for.
  amount INTEGER CHECK (amount BETWEEN 1 AND 1000000000000000),
  until INTEGER,
  reason TEXT CHECK (length(reason) <= 2000),
  at INTEGER NOT NULL,
  PRIMARY KEY (request, approver),
  CHECK (decision = 'approved' OR (amount IS NULL AND until IS NULL AND reason IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- One vote for each person entitled to one, in person or through a delegate.
CREATE UNIQUE INDEX votes_one_each ON votes (request, coalesce(on_behalf_of, approver));

CREATE TABLE delegations (
  id TEXT PRIMARY KEY NOT NULL,
  from_team TEXT NOT NULL REFERENCES teams (id),
  from_user TEXT NOT NULL,
  to_user TEXT NOT NULL CHECK (to_user <> from_user),
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL CHECK (ends_at > starts_at AND ends_at - starts_at <= 2592000000),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX delegations_to ON delegations (to_user, ends_at) WHERE revoked_at IS NULL;
CREATE INDEX delegations_from ON delegations (from_team, from_user, id);
