-- What a version of a price says of tokens of text, in pico-dollars each: so that files of costs can say what each kind of token
-- cost, also when the table or the model that had the price is gone. Written down when the version is first used.
CREATE TABLE known_prices (
  provider TEXT NOT NULL,
  upstream_model TEXT NOT NULL,
  -- The name that employees use: an admin's price is of that.
  model TEXT NOT NULL,
  version TEXT NOT NULL,
  input INTEGER NOT NULL CHECK (input >= 0),
  cache_read INTEGER NOT NULL CHECK (cache_read >= 0),
  cache_write_5m INTEGER NOT NULL CHECK (cache_write_5m >= 0),
  cache_write_1h INTEGER NOT NULL CHECK (cache_write_1h >= 0),
  output INTEGER NOT NULL CHECK (output >= 0),
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (provider, upstream_model, model, version)
) WITHOUT ROWID;
