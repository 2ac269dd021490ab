CALL guard_rows('web.page_session');
-- Who set what is for the operator alone, who sets it.
CALL guard_rows('notice_setting');
-- Who changed what of the directory is for whoever administers one of its areas.
CALL guard_rows('directory_change', 'areas');
CALL guard_rows('account_change', 'places');
-- The operator's alone, who starts it.
CALL guard_rows('audit_check');
