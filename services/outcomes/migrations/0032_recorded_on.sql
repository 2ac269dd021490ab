-- On which day a row's event happened, where no other column says so: what was known on a day follows from the rows that were
-- recorded by then. Rows of before have none, and count as known from the screening of their case on.
ALTER TABLE session ADD COLUMN recorded_on date;
ALTER TABLE screening_taken_back ADD COLUMN recorded_on date;
ALTER TABLE training_said ADD COLUMN recorded_on date;
ALTER TABLE confidence_said ADD COLUMN recorded_on date;
ALTER TABLE training_use_said ADD COLUMN recorded_on date;
