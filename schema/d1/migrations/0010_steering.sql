-- Which models are on their way out, what a member may use beside the team, who may stay and when a team shifts down; what
-- a model can do; and in each event, what its call had asked for.

CREATE TABLE phase_outs (
  name TEXT PRIMARY KEY NOT NULL CHECK (length(name) BETWEEN 2 AND 40),
  -- Patterns of public names, and short names of the family.
  models TEXT NOT NULL CHECK (json_type(models) = 'array'),
  aliases TEXT NOT NULL CHECK (json_type(aliases) = 'array'),
  -- The public name of the model that takes over.
  target TEXT NOT NULL CHECK (length(target) BETWEEN 1 AND 128),
  -- In rising order of time.
  stages TEXT NOT NULL CHECK (json_type(stages) = 'array' AND json_array_length(stages) >= 1),
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK (json_array_length(models) + json_array_length(aliases) >= 1)
) STRICT, WITHOUT ROWID;

-- One row for each team that has decided on it.
CREATE TABLE team_steering (
  team TEXT PRIMARY KEY NOT NULL REFERENCES teams (id),
  -- true, or a list of members.
  pin TEXT NOT NULL CHECK (json_type(pin) IN ('true', 'array')),
  downshift TEXT CHECK (json_type(downshift) = 'object')
) STRICT, WITHOUT ROWID;

CREATE TABLE member_policies (
  team TEXT NOT NULL REFERENCES teams (id),
  user TEXT NOT NULL,
  -- Patterns of models; null leaves the team's list.
  allow TEXT CHECK (json_type(allow) = 'array'),
  deny TEXT NOT NULL CHECK (json_type(deny) = 'array'),
  approval TEXT NOT NULL CHECK (json_type(approval) = 'array'),
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (team, user)
) STRICT, WITHOUT ROWID;

-- What an admin said that the model can do; null leaves all of it to the built-in table.
ALTER TABLE models ADD COLUMN capabilities TEXT CHECK (capabilities IS NULL OR json_type(capabilities) = 'object');

-- The model that the call named, where another served it; and what became of a call that was steered.
ALTER TABLE usage_events ADD COLUMN asked_model TEXT;
ALTER TABLE usage_events ADD COLUMN steering TEXT;
