-- Where a session is held, as whoever arranges it says. Null: not said.
ALTER TABLE training_session ADD COLUMN venue text;
