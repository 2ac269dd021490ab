-- The latest attempts to send to a provider's webhook, for its own people to see: when, and what came of it. Which record it
-- was, and of whom, is in none of them. Only the latest of each provider are kept.
CREATE TABLE webhook_attempt (
    attempt_id uuid PRIMARY KEY,
    provider   text NOT NULL,
    at         timestamptz NOT NULL,
    outcome    text NOT NULL CHECK (outcome IN ('delivered', 'overtaken', 'failed', 'gone')),
    error      text,
    attempt    integer NOT NULL,
    ping       boolean NOT NULL
);
CREATE INDEX webhook_attempt_provider ON webhook_attempt (provider, at);

-- Mails to a provider of which no case is the cause: its webhook's address or key was changed. What mails may be about is
-- added to what was there.
DO $$
DECLARE
    known text := (
        SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
        WHERE conname = 'email_about_check' AND conrelid = 'email'::regclass
    );
BEGIN
    EXECUTE format(
        'ALTER TABLE email DROP CONSTRAINT email_about_check, ADD CONSTRAINT email_about_check CHECK ((%s) OR %s)',
        known, 'about IN (''webhook-changed'', ''key-changed'')');
    known := (
        SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
        WHERE conname = 'email_is_about_one_thing' AND conrelid = 'email'::regclass
    );
    EXECUTE format(
        'ALTER TABLE email DROP CONSTRAINT email_is_about_one_thing,
            ADD CONSTRAINT email_is_about_one_thing CHECK (
                CASE WHEN about IN (''webhook-changed'', ''key-changed'')
                    THEN case_id IS NULL AND training_id IS NULL AND (provider IS NOT NULL OR status = ''sent'')
                    ELSE %s END)',
        known);
END
$$;
