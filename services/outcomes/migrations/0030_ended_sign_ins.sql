-- To which sign-in at the identity provider a session belongs, and whose it is, as digests: the provider says when one has
-- ended. Sessions of before would not be found by it: their people sign in again, without a question while the provider's lasts.
DELETE FROM web.page_session;
ALTER TABLE web.page_session ADD COLUMN session bytea, ADD COLUMN person bytea;
-- Sign-ins that have ended: no token of theirs is taken. Digests and times alone, read for each request, so that no guard
-- could hide one from whoever has to refuse it.
CREATE UNLOGGED TABLE web.ended_sign_in (
    digest   bytea PRIMARY KEY,
    ended_at timestamptz NOT NULL
);
