-- What the worklist and the page of a case show.
CALL announce_changes('referral_case', 'case_id');
CALL announce_changes('case_history', 'case_id');
CALL announce_changes('assignment', 'case_id');
CALL announce_changes('case_note', 'case_id');
CALL announce_changes('consent', 'case_id');
CALL announce_changes('refused_record', 'refusal_id');
-- What is written to a thread or read of it changes the thread: for the coordinator by its case, for a provider by the
-- referral. A front door's page of its thread does not follow: other changes of the case are not its to hear of.
CALL announce_changes('message_thread', 'case_id');
CALL announce_changes(
    'message_thread', 'referral_id', 'SELECT referral_id FROM changed WHERE provider IS NOT NULL',
    prefix => 'announced_threads', kinds => '{insert,update}');
DROP FUNCTION IF EXISTS announce_threads();
-- What the pages of a panel's meeting, and of a case at it, show.
CALL announce_changes('panel_item', 'meeting_id');
CALL announce_changes('panel_view', 'case_id');

-- What a provider's list and its page of a referral show. A case is not its provider's to see, so of what changes in one
-- that is with a provider the referral is announced; what becomes of a case afterwards moves nothing on that page.
CALL announce_changes('referral', 'referral_id');
CALL announce_changes('work_assignment', 'referral_id');
CALL announce_changes(
    'course', 'referral_id', 'SELECT referral_id FROM changed JOIN referral USING (case_id) WHERE status = ''out''',
    'referral', 'announced_referrals', '{insert,update}');
CALL announce_changes(
    'referral_case', 'referral_id', 'SELECT referral_id FROM changed JOIN referral USING (case_id) WHERE status = ''out''',
    'referral', 'announced_referrals', '{update}');
DROP FUNCTION IF EXISTS announce_referrals();
-- As the triggers of an earlier release called it.
DROP FUNCTION IF EXISTS live.announce();
