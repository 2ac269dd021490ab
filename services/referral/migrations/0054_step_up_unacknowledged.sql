-- What children's social care has not acknowledged is at the head of every worklist.
CREATE INDEX step_up_unacknowledged ON step_up (at) WHERE acknowledged_at IS NULL;
