-- A keyed hash of the record's own id, where a party outside gave it one: the same id again, in a record that is taken,
-- resolves the letter.
ALTER TABLE dead_letter ADD COLUMN reference bytea;
CREATE INDEX dead_letter_mended ON dead_letter (reference) WHERE status = 'open' AND reference IS NOT NULL;

-- Why a letter was given up is a code: what somebody typed might name a person, and would rest in clear.
UPDATE dead_letter_audit SET reason = 'other'
WHERE reason IS NOT NULL AND reason NOT IN
    ('sent-again', 'sent-by-mistake', 'sender-withdrew-it', 'not-for-us', 'a-test', 'no-longer-needed', 'other');
ALTER TABLE dead_letter_audit ADD CONSTRAINT reason_is_a_code CHECK (reason IN
    ('sent-again', 'sent-by-mistake', 'sender-withdrew-it', 'not-for-us', 'a-test', 'no-longer-needed', 'other'));
