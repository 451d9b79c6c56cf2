-- Whoever signs on may be in several teams: which, is asked by person.
CREATE INDEX members_user ON members (user, team);

-- Whoever signs on calls with a key that nobody ever had the text of: one for each member of a team.
ALTER TABLE keys ADD COLUMN origin TEXT NOT NULL DEFAULT 'issued' CHECK (origin IN ('issued', 'sign_on'));
CREATE UNIQUE INDEX keys_one_sign_on ON keys (team, user) WHERE origin = 'sign_on' AND revoked_at IS NULL;

-- While a key is being exchanged, the text before still counts until its deadline.
ALTER TABLE keys ADD COLUMN previous_digest TEXT
  CHECK (length(previous_digest) = 64 AND previous_digest NOT GLOB '*[^0-9a-f]*' AND previous_digest <> digest);
ALTER TABLE keys ADD COLUMN previous_until INTEGER CHECK ((previous_until IS NULL) = (previous_digest IS NULL));
CREATE UNIQUE INDEX keys_previous_digest ON keys (previous_digest) WHERE previous_digest IS NOT NULL;

-- What was answered to a POST with an Idempotency-Key, so that the same one again is answered alike. Nothing secret is here.
CREATE TABLE idempotent_answers (
  -- Who asked, as the audit trail names them.
  actor TEXT NOT NULL,
  -- Method and path, such as "POST /admin/v1/teams".
  route TEXT NOT NULL,
  key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  -- SHA-256 of the request's body, in hex.
  body_digest TEXT NOT NULL CHECK (length(body_digest) = 64),
  begun_at INTEGER NOT NULL,
  -- Null while the first is under way, and for ever where its end is not known.
  status INTEGER CHECK (status BETWEEN 200 AND 299),
  -- Of an answer that shows a secret, only the id it is about.
  answer TEXT CHECK (json_valid(answer) AND length(answer) <= 1048576),
  once_only INTEGER NOT NULL DEFAULT 0 CHECK (once_only IN (0, 1)),
  PRIMARY KEY (actor, route, key),
  CHECK ((status IS NULL) = (answer IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotent_answers_begun_at ON idempotent_answers (begun_at);
