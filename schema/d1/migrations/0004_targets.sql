-- A model may have several targets, and a call may be tried at more than one of them.

-- Null for a model of one target, whose columns say it. Of a list, the columns say the first: to a Worker that does not know
-- lists yet, the model is that one.
ALTER TABLE models ADD COLUMN targets TEXT
  CHECK (targets IS NULL OR (json_type(targets) = 'array' AND json_array_length(targets) BETWEEN 1 AND 8));

-- The attempts that came to nothing before the one that the row describes; null where there were none.
ALTER TABLE usage_events ADD COLUMN tried TEXT;
