-- Cases whose facts have to be worked out anew. Whoever keeps a row of a case leaves a mark in the same transaction, and
-- whoever works the facts out takes the marks in the transaction that tells them. Every mark is a row of its own: a
-- shared one, found by a second writer just before its taker commits, would be gone with that writer's news untold.
CREATE TABLE changed_case (
    case_id uuid   NOT NULL,
    mark    bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (case_id, mark)
) WITH (
    -- Its rows die young: vacuum by count, not by share.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 20000
);

COMMENT ON TABLE followed_case IS 'Every case that outcomes has heard of. Its facts may wait for its screening.';
