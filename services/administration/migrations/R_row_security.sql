CALL guard_rows('web.page_session');
