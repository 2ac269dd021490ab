-- What the list of parents' requests shows.
CALL announce_changes('parent_request', 'request_id');
CALL announce_changes('parent_request_attempt', 'request_id');
-- As the triggers of an earlier release called it.
DROP FUNCTION IF EXISTS live.announce();
