-- What the operator lets everybody who works with pages know. It is shown from a time on and until a time, by itself: no row
-- has to change for it.
CREATE TABLE notice (
    notice_id   uuid PRIMARY KEY,
    kind        text NOT NULL,
    title       text NOT NULL,
    text        text NOT NULL,
    shown_from  timestamptz NOT NULL,
    shown_until timestamptz NOT NULL,
    set_at      timestamptz NOT NULL
);
