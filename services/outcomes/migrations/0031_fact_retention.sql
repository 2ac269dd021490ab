-- For how long analysts have the facts of a case, counted from the newest of them.
ALTER TABLE area_figures ADD fact_retention_months integer NOT NULL DEFAULT 180 CHECK (fact_retention_months > 0);
