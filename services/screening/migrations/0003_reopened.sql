-- A case that had ended can be opened again. What is newer, its end or its opening, says the case's own sequence: the two
-- come by different topics.
ALTER TABLE family ADD COLUMN ended_sequence integer NOT NULL DEFAULT -1;
