-- What the worklist and the page of a case show.
CALL announce_changes('referral_case', 'case_id');
CALL announce_changes('case_history', 'case_id');
CALL announce_changes('assignment', 'case_id');
CALL announce_changes('case_note', 'case_id');
CALL announce_changes('consent', 'case_id');
-- What the pages of a panel's meeting, and of a case at it, show.
CALL announce_changes('panel_item', 'meeting_id');
CALL announce_changes('panel_view', 'case_id');
