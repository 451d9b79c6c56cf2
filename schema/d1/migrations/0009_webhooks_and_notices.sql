-- Who is told of what. A change and the notice of it are one write: triggers make the notice, so that no way of changing a
-- row can forget it, and what has to be delivered stands beside it at once.

CREATE TABLE webhooks (
  name TEXT PRIMARY KEY NOT NULL CHECK (length(name) BETWEEN 2 AND 40 AND name NOT GLOB '*[^a-z0-9-]*'),
  url TEXT NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
  -- Topics, or patterns of them such as "request.*".
  events TEXT NOT NULL CHECK (json_type(events) = 'array' AND json_array_length(events) BETWEEN 1 AND 20),
  -- Null hears of all teams.
  team TEXT REFERENCES teams (id),
  format TEXT NOT NULL CHECK (format IN ('standard', 'slack')),
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  -- Encrypted: it has to sign, so a digest would not do.
  sealed_secret TEXT NOT NULL,
  -- The one before, which signs as well until then.
  sealed_previous TEXT,
  previous_until INTEGER,
  -- Since when nothing has got through; null while all is well.
  failing_since INTEGER,
  -- Why it was disabled, where nobody did it.
  disabled_why TEXT CHECK (disabled_why IS NULL OR enabled = 0),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK ((sealed_previous IS NULL) = (previous_until IS NULL))
) STRICT, WITHOUT ROWID;

-- What happened, to what, and when. What is said of it is read when it is said.
CREATE TABLE notices (
  -- Sorts by time. Receivers know it as webhook-id.
  id TEXT PRIMARY KEY NOT NULL DEFAULT ('msg_' || printf('%012x', 1000 * unixepoch('subsec')) || lower(hex(randomblob(10)))),
  topic TEXT NOT NULL,
  team TEXT NOT NULL,
  -- The request, the grant, the key or the threshold event.
  subject TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Everything that is told happens once.
CREATE UNIQUE INDEX notices_once ON notices (topic, subject);
CREATE INDEX notices_at ON notices (at);

CREATE TABLE deliveries (
  webhook TEXT NOT NULL REFERENCES webhooks (name) ON DELETE CASCADE,
  notice TEXT NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  -- Of a pending one: when it may be tried next. Whoever takes it moves this on first, and so has it alone.
  next_at INTEGER NOT NULL,
  -- What the last attempt came to; a status where the endpoint answered, words where it did not.
  last_at INTEGER,
  last_status INTEGER,
  last_error TEXT,
  PRIMARY KEY (webhook, notice)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_due ON deliveries (webhook, next_at) WHERE state = 'pending';
CREATE INDEX deliveries_notice ON deliveries (notice);

-- Which member somebody in Slack is. What they may do is looked up when they do it.
CREATE TABLE slack_users (
  slack_user TEXT PRIMARY KEY NOT NULL CHECK (length(slack_user) BETWEEN 2 AND 32 AND slack_user NOT GLOB '*[^A-Z0-9]*'),
  team TEXT NOT NULL,
  user TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  FOREIGN KEY (team, user) REFERENCES members (team, user)
) STRICT, WITHOUT ROWID;

-- For the sweep, which tells of what the clock has done.
CREATE INDEX grants_ends ON grants (ends_at) WHERE revoked_at IS NULL;

CREATE TRIGGER notices_fan_out AFTER INSERT ON notices
BEGIN
  INSERT INTO deliveries (webhook, notice, next_at)
  SELECT webhooks.name, new.id, new.at FROM webhooks
  WHERE webhooks.enabled = 1 AND (webhooks.team IS NULL OR webhooks.team = new.team)
    AND EXISTS (SELECT 1 FROM json_each(webhooks.events) WHERE new.topic GLOB json_each.value);
END;

CREATE TRIGGER notice_request_opened AFTER INSERT ON requests WHEN new.state = 'pending'
BEGIN
  INSERT OR IGNORE INTO notices (topic, team, subject, at) VALUES ('request.opened', new.team, new.id, new.created_at);
END;

CREATE TRIGGER notice_request_decided_at_once AFTER INSERT ON requests WHEN new.state <> 'pending'
BEGIN
  INSERT OR IGNORE INTO notices (topic, team, subject, at) VALUES ('request.decided', new.team, new.id, new.created_at);
END;

CREATE TRIGGER notice_request_decided AFTER UPDATE OF state ON requests
  WHEN old.state = 'pending' AND new.state NOT IN ('pending', 'expired')
BEGIN
  INSERT OR IGNORE INTO notices (topic, team, subject, at)
  VALUES ('request.decided', new.team, new.id, coalesce(new.decided_at, new.created_at));
END;

CREATE TRIGGER notice_request_expired AFTER UPDATE OF state ON requests
  WHEN old.state = 'pending' AND new.state = 'expired'
BEGIN
  INSERT OR IGNORE INTO notices (topic, team, subject, at) VALUES ('request.expired', new.team, new.id, new.expires_at);
END;

CREATE TRIGGER notice_grant_revoked AFTER UPDATE OF revoked_at ON grants
  WHEN old.revoked_at IS NULL AND new.revoked_at IS NOT NULL
BEGIN
  INSERT OR IGNORE INTO notices (topic, team, subject, at) VALUES ('grant.ended', new.team, new.id, new.revoked_at);
END;

CREATE TRIGGER notice_key_created AFTER INSERT ON keys
BEGIN
  INSERT OR IGNORE INTO notices (topic, team, subject, at) VALUES ('key.created', new.team, new.id, new.created_at);
END;

CREATE TRIGGER notice_key_revoked AFTER UPDATE OF revoked_at ON keys
  WHEN old.revoked_at IS NULL AND new.revoked_at IS NOT NULL
BEGIN
  INSERT OR IGNORE INTO notices (topic, team, subject, at) VALUES ('key.revoked', new.team, new.id, new.revoked_at);
END;

CREATE TRIGGER notice_budget_threshold AFTER INSERT ON threshold_events
BEGIN
  INSERT OR IGNORE INTO notices (topic, team, subject, at) VALUES ('budget.threshold', new.team, new.id, new.at);
END;
