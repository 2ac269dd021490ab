-- Who was let in as what, or kept out, in pages. Only added to. `places` are the areas that the account is of.
CREATE TABLE account_change (
    change_id  uuid PRIMARY KEY,
    account    text NOT NULL,
    did        text NOT NULL CHECK (did IN ('invited', 'changed', 'disabled', 'enabled', 'sent-again')),
    roles      text[] NOT NULL,
    areas      text[] NOT NULL,
    agency     text,
    provider   text,
    places     text[] NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL
);
CREATE INDEX account_change_account ON account_change (account, changed_at);
