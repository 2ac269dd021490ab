-- What the list of parents' requests shows.
CALL announce_changes('parent_request', 'request_id');
CALL announce_changes('parent_request_attempt', 'request_id');
