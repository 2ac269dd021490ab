-- The form that a screening's tokens were made in (`FORM` in domain/identity.py); null is the first. When names and
-- numbers are brought into another form, the service makes the tokens of earlier screenings again. No NOT NULL: images
-- of rows that were written to the changelog before have no such column.
ALTER TABLE submission ADD COLUMN form integer;
-- Empty but for the time after a new form came in. The next form brings an index of its own.
CREATE INDEX submission_form ON submission (agency, submission_id) WHERE coalesce(form, 1) < 2;

-- A token of two births belongs to two people, children among them: it goes with the key of either.
ALTER TABLE token ADD COLUMN with_person uuid;
CREATE INDEX token_with_person ON token (with_person) WHERE with_person IS NOT NULL;

-- Why somebody linked or separated families is a code. Text about people was kept here in clear: it is gone, from the
-- rows' images in the changelog too, since every row is written anew.
ALTER TABLE link_history ADD COLUMN reason text;
ALTER TABLE link_history DISABLE TRIGGER links_are_only_added_to;
UPDATE link_history SET reason = CASE WHEN what = 'linked' THEN 'evidence' ELSE 'other' END, why = '';
ALTER TABLE link_history ENABLE TRIGGER links_are_only_added_to;
ALTER TABLE link_history DROP COLUMN why;
ALTER TABLE link_history ADD CHECK (reason IN (
    'evidence', 'workers-spoke', 'same-people', 'same-children', 'identifier-checked', 'family-said-so', 'other-people',
    'relatives', 'new-partner', 'linked-in-error', 'coordinators-spoke', 'other'));
