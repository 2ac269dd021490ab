-- What the front door's tracker and the provider's referrals show.
CALL announce_changes('tracked_family', 'case_id');
CALL announce_changes('unread_messages', 'case_id');
CALL announce_changes('referral', 'referral_id');
-- As the triggers of an earlier release called it.
DROP FUNCTION IF EXISTS live.announce();
