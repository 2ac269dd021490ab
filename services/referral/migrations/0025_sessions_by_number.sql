-- A session's number names it and is no clock: what was held is kept by number, with the course of the work.
ALTER TABLE referral_case DROP COLUMN last_session;
