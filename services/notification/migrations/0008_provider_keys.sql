-- The keys that parents' details are encrypted for, each with its time: the newest is in force. One comes with the provider's
-- entry in the directory, or from the provider itself. `provider.public_key` is what the newest entry says.
CREATE TABLE provider_key (
    provider    text NOT NULL,
    number      int NOT NULL CHECK (number > 0),
    public_key  jsonb NOT NULL,
    since       timestamptz NOT NULL,
    PRIMARY KEY (provider, number)
);

INSERT INTO provider_key SELECT provider, 1, public_key, now() FROM provider WHERE public_key IS NOT NULL;
