CALL guard_rows('web.page_session');
-- Who set what is for the operator alone, who sets it.
CALL guard_rows('notice_setting');
