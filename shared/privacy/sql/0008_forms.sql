-- A form that a front door writes has a key of its own, which is erased when the draft is over.
ALTER TABLE data_key DROP CONSTRAINT data_key_kind_check;
ALTER TABLE data_key ADD CONSTRAINT data_key_kind_check
    CHECK (kind IN ('person', 'practitioner', 'staff', 'dead-letter', 'form'));
