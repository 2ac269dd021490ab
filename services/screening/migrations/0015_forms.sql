-- A front door's form, written on the pages: its pages are sealed each for itself, under a key of the form's own. What is
-- not sent is a draft, which only its author reads and which ends by itself. The id of a form is that of its submission.
CREATE TABLE form (
    form_id    uuid PRIMARY KEY,
    agency     text NOT NULL,
    author     text NOT NULL,
    area       text,
    supersedes uuid,
    began_at   timestamptz NOT NULL,
    saved_at   timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    sent_at    timestamptz
);
CREATE INDEX form_author ON form (agency, author, sent_at);
CREATE INDEX form_ends ON form (expires_at) WHERE sent_at IS NULL;

CREATE TABLE form_page (
    form_id  uuid NOT NULL REFERENCES form,
    page     text NOT NULL,
    sealed   jsonb NOT NULL CHECK (sealed ?& ARRAY['box', 'subject']),
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (form_id, page)
);

-- What a page says of an area: its name, where help is, and whom to call in danger. NULL until its entry comes again.
ALTER TABLE area ADD COLUMN name text, ADD COLUMN universal_offer jsonb, ADD COLUMN specialist_support jsonb,
    ADD COLUMN safety_numbers jsonb;
ALTER TABLE agency ADD COLUMN name text;
