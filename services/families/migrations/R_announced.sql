-- What the list of likenesses, and the page of one, show.
CALL announce_changes('likeness', 'likeness_id');
-- As the triggers of an earlier release called it.
DROP FUNCTION IF EXISTS live.announce();
