-- Screenings that their front door took back, as filed under another family or in error. What they said of identities
-- is void, and so is what comes of it after the taking back: topics race.
CREATE TABLE taken_back (
    agency        text NOT NULL,
    submission_id uuid NOT NULL,
    family_ref    text NOT NULL,
    case_id       uuid NOT NULL,
    area          text NOT NULL,
    PRIMARY KEY (agency, submission_id)
);
CREATE INDEX taken_back_member ON taken_back (agency, family_ref);
CREATE INDEX taken_back_case ON taken_back (case_id);

-- Every case of a front door's family. That of a screening which was taken back is one still: it is told and shown.
CREATE VIEW screened_case AS
    SELECT agency, family_ref, case_id, area, submitted_at, submission_id FROM submission
    UNION ALL
    SELECT agency, family_ref, case_id, area, NULL::timestamptz, submission_id FROM taken_back;

-- No NOT NULL in what follows: images of rows that were written to the changelog before have no such columns.
-- Of people who are in question under their front door's reference nothing is certain.
ALTER TABLE submission ADD COLUMN look_first boolean;

-- The two screenings that a likeness is strongest in; null for what was found before they were kept. `look_again`: a
-- person linked the two, and what they saw then was taken back since.
ALTER TABLE likeness ADD COLUMN one_submission uuid;
ALTER TABLE likeness ADD COLUMN other_submission uuid;
ALTER TABLE likeness ADD COLUMN look_again boolean;
CREATE INDEX likeness_look_again ON likeness (found_at, likeness_id) WHERE look_again;

CREATE INDEX link_history_pair ON link_history (one_agency, one_ref, other_agency, other_ref);
ALTER TABLE link_history DROP CONSTRAINT link_history_reason_check;
ALTER TABLE link_history ADD CONSTRAINT link_history_reason_check CHECK (reason IN (
    'evidence', 'taken-back', 'workers-spoke', 'same-people', 'same-children', 'identifier-checked', 'family-said-so',
    'other-people', 'relatives', 'new-partner', 'linked-in-error', 'coordinators-spoke', 'other'));
