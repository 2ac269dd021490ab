-- Whether the people of a submission are the case's, as far as a person is needed to say so: nobody had to look, or a
-- coordinator has said that they are; nobody has looked yet, and it stands above nothing; or they are another family's,
-- and it counts as taken back.
ALTER TABLE submission ADD COLUMN people text NOT NULL DEFAULT 'known'
    CHECK (people IN ('known', 'in-question', 'not-theirs'));
UPDATE submission SET people = 'in-question'
FROM published
WHERE published.agency = submission.agency AND published.submission_id = submission.submission_id
    AND submission.taken_back_at IS NULL AND published.completed -> 'attention' ? 'people-differ'
    AND EXISTS (
        SELECT FROM jsonb_array_elements(published.people) AS said
        JOIN person ON person.person_id = (said ->> 'person_id')::uuid
        WHERE person.part = 'unconfirmed'
    );
