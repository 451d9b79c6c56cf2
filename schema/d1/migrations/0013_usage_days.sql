-- The usage events of each UTC day added up, so that a year is read from few rows. No person and no key is in them: they
-- stay for good, when events and hours have gone.
--
-- Kept by triggers on the events, as the hours are, and not from the hours: so days come to the same whatever is done to
-- the hours. They fire for what days are told by: renaming a person touches no day.
CREATE TABLE usage_days (
  team TEXT NOT NULL,
  -- Its beginning, in UTC.
  day INTEGER NOT NULL,
  model TEXT NOT NULL,
  provider TEXT NOT NULL,
  upstream_model TEXT NOT NULL,
  dialect TEXT NOT NULL,
  outcome TEXT NOT NULL,
  estimated INTEGER NOT NULL,
  price_version TEXT NOT NULL,
  calls INTEGER NOT NULL,
  input INTEGER NOT NULL,
  cache_read INTEGER NOT NULL,
  cache_write_5m INTEGER NOT NULL,
  cache_write_1h INTEGER NOT NULL,
  output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  web_searches INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL,
  latency_ms INTEGER NOT NULL,
  -- Of the calls that had a first byte, of which there are `answered`.
  ttfb_ms INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  PRIMARY KEY (team, day, model, provider, upstream_model, dialect, outcome, estimated, price_version)
) WITHOUT ROWID;

CREATE TRIGGER usage_days_add AFTER INSERT ON usage_events
BEGIN
  INSERT INTO usage_days VALUES (
    NEW.team, NEW.at - NEW.at % 86400000, NEW.model, NEW.provider, NEW.upstream_model, NEW.dialect, NEW.outcome,
    NEW.estimated, NEW.price_version, 1, NEW.input, NEW.cache_read, NEW.cache_write_5m, NEW.cache_write_1h, NEW.output,
    NEW.reasoning, NEW.web_searches, NEW.cost_micros, NEW.latency_ms, coalesce(NEW.ttfb_ms, 0), NEW.ttfb_ms IS NOT NULL)
  ON CONFLICT DO UPDATE SET
    calls = calls + 1, input = input + excluded.input, cache_read = cache_read + excluded.cache_read,
    cache_write_5m = cache_write_5m + excluded.cache_write_5m, cache_write_1h = cache_write_1h + excluded.cache_write_1h,
    output = output + excluded.output, reasoning = reasoning + excluded.reasoning,
    web_searches = web_searches + excluded.web_searches, cost_micros = cost_micros + excluded.cost_micros,
    latency_ms = latency_ms + excluded.latency_ms, ttfb_ms = ttfb_ms + excluded.ttfb_ms,
    answered = answered + excluded.answered;
END;

CREATE TRIGGER usage_days_correct AFTER UPDATE OF
  team, at, model, provider, upstream_model, dialect, outcome, estimated, price_version, input, cache_read, cache_write_5m,
  cache_write_1h, output, reasoning, web_searches, cost_micros, latency_ms, ttfb_ms ON usage_events
BEGIN
  UPDATE usage_days SET
    calls = calls - 1, input = input - OLD.input, cache_read = cache_read - OLD.cache_read,
    cache_write_5m = cache_write_5m - OLD.cache_write_5m, cache_write_1h = cache_write_1h - OLD.cache_write_1h,
    output = output - OLD.output, reasoning = reasoning - OLD.reasoning, web_searches = web_searches - OLD.web_searches,
    cost_micros = cost_micros - OLD.cost_micros, latency_ms = latency_ms - OLD.latency_ms,
    ttfb_ms = ttfb_ms - coalesce(OLD.ttfb_ms, 0), answered = answered - (OLD.ttfb_ms IS NOT NULL)
  WHERE (team, day, model, provider, upstream_model, dialect, outcome, estimated, price_version) = (
    OLD.team, OLD.at - OLD.at % 86400000, OLD.model, OLD.provider, OLD.upstream_model, OLD.dialect, OLD.outcome,
    OLD.estimated, OLD.price_version);
  DELETE FROM usage_days
  WHERE (team, day, model, provider, upstream_model, dialect, outcome, estimated, price_version) = (
    OLD.team, OLD.at - OLD.at % 86400000, OLD.model, OLD.provider, OLD.upstream_model, OLD.dialect, OLD.outcome,
    OLD.estimated, OLD.price_version)
    AND calls = 0;
  INSERT INTO usage_days VALUES (
    NEW.team, NEW.at - NEW.at % 86400000, NEW.model, NEW.provider, NEW.upstream_model, NEW.dialect, NEW.outcome,
    NEW.estimated, NEW.price_version, 1, NEW.input, NEW.cache_read, NEW.cache_write_5m, NEW.cache_write_1h, NEW.output,
    NEW.reasoning, NEW.web_searches, NEW.cost_micros, NEW.latency_ms, coalesce(NEW.ttfb_ms, 0), NEW.ttfb_ms IS NOT NULL)
  ON CONFLICT DO UPDATE SET
    calls = calls + 1, input = input + excluded.input, cache_read = cache_read + excluded.cache_read,
    cache_write_5m = cache_write_5m + excluded.cache_write_5m, cache_write_1h = cache_write_1h + excluded.cache_write_1h,
    output = output + excluded.output, reasoning = reasoning + excluded.reasoning,
    web_searches = web_searches + excluded.web_searches, cost_micros = cost_micros + excluded.cost_micros,
    latency_ms = latency_ms + excluded.latency_ms, ttfb_ms = ttfb_ms + excluded.ttfb_ms,
    answered = answered + excluded.answered;
END;

-- What there is already; of events that have gone, the hours know.
INSERT INTO usage_days
SELECT
  team, hour - hour % 86400000, model, provider, upstream_model, dialect, outcome, estimated, price_version, sum(calls),
  sum(input), sum(cache_read), sum(cache_write_5m), sum(cache_write_1h), sum(output), sum(reasoning), sum(web_searches),
  sum(cost_micros), sum(latency_ms), sum(ttfb_ms), sum(answered)
FROM usage_hours
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;
