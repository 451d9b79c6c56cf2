-- Which database the usage of a team goes to: 0 is this one, others are bound as USAGE_1, USAGE_2 and so on. It stays what it
-- was when the team was created, since a late correction must find the event that it corrects.
ALTER TABLE teams ADD COLUMN usage_database INTEGER NOT NULL DEFAULT 0 CHECK (usage_database >= 0);
