-- Who set a notice when, and until when it was to be shown. Only added to.
CREATE TABLE notice_setting (
    notice_id   uuid NOT NULL,
    set_at      timestamptz NOT NULL,
    set_by      text NOT NULL,
    shown_until timestamptz NOT NULL,
    PRIMARY KEY (notice_id, set_at)
);
