-- The audit trail cannot be rewritten, so it does not name people: it has a token for each, and who that is stands here. Where
-- a person is erased, their row here says the pseudonym instead, and the trail with it.
CREATE TABLE audit_names (
  token TEXT PRIMARY KEY NOT NULL CHECK (length(token) = 21 AND token GLOB '~*' AND substr(token, 2) NOT GLOB '*[^0-9a-f]*'),
  -- The id of a user. Of two isolates that name somebody for the first time at once, each may make a token.
  name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_names_name ON audit_names (name);

INSERT INTO audit_names (token, name)
SELECT '~' || lower(hex(randomblob(10))), user FROM (SELECT DISTINCT user FROM members);
