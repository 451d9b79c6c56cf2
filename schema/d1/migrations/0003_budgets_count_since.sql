-- Since when a budget counts: from its creation, or from the change that made it count something else.

ALTER TABLE budgets ADD COLUMN counts_since INTEGER NOT NULL DEFAULT 0;
UPDATE budgets SET counts_since = created_at;
