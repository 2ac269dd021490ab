-- What the worklist and the page of a case show.
CALL announce_changes('referral_case', 'case_id');
CALL announce_changes('case_history', 'case_id');
CALL announce_changes('assignment', 'case_id');
CALL announce_changes('case_note', 'case_id');
CALL announce_changes('consent', 'case_id');
