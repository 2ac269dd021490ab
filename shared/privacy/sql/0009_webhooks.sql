-- What a provider's webhook is signed with is sealed under a key of its own, which is erased when the webhook is removed.
ALTER TABLE data_key DROP CONSTRAINT data_key_kind_check;
ALTER TABLE data_key ADD CONSTRAINT data_key_kind_check
    CHECK (kind IN ('person', 'practitioner', 'staff', 'dead-letter', 'form', 'webhook'));
