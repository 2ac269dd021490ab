-- What the list of likenesses, and the page of one, show.
CALL announce_changes('likeness', 'likeness_id');
