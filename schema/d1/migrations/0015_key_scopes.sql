-- A key may be for some models only, and for calls from some addresses only. Null is for any.
ALTER TABLE keys ADD COLUMN models TEXT
  CHECK (models IS NULL OR (json_type(models) = 'array' AND json_array_length(models) > 0));
ALTER TABLE keys ADD COLUMN sources TEXT
  CHECK (sources IS NULL OR (json_type(sources) = 'array' AND json_array_length(sources) > 0));
