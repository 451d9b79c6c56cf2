-- People whom the company's directory provisions by SCIM. What it says of them is kept as it says it, since it asks for it back;
-- what counts here is who they are, whether they are active, and their team.
CREATE TABLE directory_users (
  id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),
  -- Their id as a user, and so in teams, keys and events.
  user TEXT NOT NULL UNIQUE CHECK (length(user) BETWEEN 1 AND 64),
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  -- The team that the directory puts them in; null while they are not active and none was ever needed.
  team TEXT,
  resource TEXT NOT NULL CHECK (json_type(resource) = 'object' AND length(resource) <= 16384),
  -- Rises with every change: of two that happen at once, the second looks again.
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK (active = 0 OR team IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX directory_users_external_id ON directory_users (resource ->> 'externalId');
