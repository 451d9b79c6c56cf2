-- The usage events of each hour added up, so that a long span is read from few rows. Events may be deleted after their
-- time; what is added up here stays.
--
-- Kept by triggers and not by whoever writes events: an event that is delivered twice is written once and so counted once,
-- a correction takes back what it corrects, and no way of writing events can forget it. Like the events it refuses nothing,
-- because a row that is refused here would hold up every event behind it.
CREATE TABLE usage_hours (
  team TEXT NOT NULL,
  -- The beginning of the hour, in UTC.
  hour INTEGER NOT NULL,
  user TEXT NOT NULL,
  key TEXT NOT NULL,
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
  PRIMARY KEY (
    team, hour, user, key, model, provider, upstream_model, dialect, outcome, estimated, price_version)
) WITHOUT ROWID;

CREATE TRIGGER usage_hours_add AFTER INSERT ON usage_events
BEGIN
  INSERT INTO usage_hours VALUES (
    NEW.team, NEW.at - NEW.at % 3600000, NEW.user, NEW.key, NEW.model, NEW.provider, NEW.upstream_model, NEW.dialect,
    NEW.outcome, NEW.estimated, NEW.price_version, 1, NEW.input, NEW.cache_read, NEW.cache_write_5m, NEW.cache_write_1h,
    NEW.output, NEW.reasoning, NEW.web_searches, NEW.cost_micros, NEW.latency_ms, coalesce(NEW.ttfb_ms, 0),
    NEW.ttfb_ms IS NOT NULL)
  ON CONFLICT DO UPDATE SET
    calls = calls + 1, input = input + excluded.input, cache_read = cache_read + excluded.cache_read,
    cache_write_5m = cache_write_5m + excluded.cache_write_5m, cache_write_1h = cache_write_1h + excluded.cache_write_1h,
    output = output + excluded.output, reasoning = reasoning + excluded.reasoning,
    web_searches = web_searches + excluded.web_searches, cost_micros = cost_micros + excluded.cost_micros,
    latency_ms = latency_ms + excluded.latency_ms, ttfb_ms = ttfb_ms + excluded.ttfb_ms,
    answered = answered + excluded.answered;
END;

CREATE TRIGGER usage_hours_correct AFTER UPDATE ON usage_events
BEGIN
  UPDATE usage_hours SET
    calls = calls - 1, input = input - OLD.input, cache_read = cache_read - OLD.cache_read,
    cache_write_5m = cache_write_5m - OLD.cache_write_5m, cache_write_1h = cache_write_1h - OLD.cache_write_1h,
    output = output - OLD.output, reasoning = reasoning - OLD.reasoning, web_searches = web_searches - OLD.web_searches,
    cost_micros = cost_micros - OLD.cost_micros, latency_ms = latency_ms - OLD.latency_ms,
    ttfb_ms = ttfb_ms - coalesce(OLD.ttfb_ms, 0), answered = answered - (OLD.ttfb_ms IS NOT NULL)
  WHERE (team, hour, user, key, model, provider, upstream_model, dialect, outcome, estimated, price_version) = (
    OLD.team, OLD.at - OLD.at % 3600000, OLD.user, OLD.key, OLD.model, OLD.provider, OLD.upstream_model, OLD.dialect,
    OLD.outcome, OLD.estimated, OLD.price_version);
  DELETE FROM usage_hours
  WHERE (team, hour, user, key, model, provider, upstream_model, dialect, outcome, estimated, price_version) = (
    OLD.team, OLD.at - OLD.at % 3600000, OLD.user, OLD.key, OLD.model, OLD.provider, OLD.upstream_model, OLD.dialect,
    OLD.outcome, OLD.estimated, OLD.price_version)
    AND calls = 0;
  INSERT INTO usage_hours VALUES (
    NEW.team, NEW.at - NEW.at % 3600000, NEW.user, NEW.key, NEW.model, NEW.provider, NEW.upstream_model, NEW.dialect,
    NEW.outcome, NEW.estimated, NEW.price_version, 1, NEW.input, NEW.cache_read, NEW.cache_write_5m, NEW.cache_write_1h,
    NEW.output, NEW.reasoning, NEW.web_searches, NEW.cost_micros, NEW.latency_ms, coalesce(NEW.ttfb_ms, 0),
    NEW.ttfb_ms IS NOT NULL)
  ON CONFLICT DO UPDATE SET
    calls = calls + 1, input = input + excluded.input, cache_read = cache_read + excluded.cache_read,
    cache_write_5m = cache_write_5m + excluded.cache_write_5m, cache_write_1h = cache_write_1h + excluded.cache_write_1h,
    output = output + excluded.output, reasoning = reasoning + excluded.reasoning,
    web_searches = web_searches + excluded.web_searches, cost_micros = cost_micros + excluded.cost_micros,
    latency_ms = latency_ms + excluded.latency_ms, ttfb_ms = ttfb_ms + excluded.ttfb_ms,
    answered = answered + excluded.answered;
END;

-- What there is already.
INSERT INTO usage_hours
SELECT
  team, at - at % 3600000, user, key, model, provider, upstream_model, dialect, outcome, estimated, price_version,
  count(*), sum(input), sum(cache_read), sum(cache_write_5m), sum(cache_write_1h), sum(output), sum(reasoning),
  sum(web_searches), sum(cost_micros), sum(latency_ms), sum(coalesce(ttfb_ms, 0)), count(ttfb_ms)
FROM usage_events
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11;
