-- How many messages of an area's team wait for the front door of a case: for its tracker. Their words are in referral alone.
CREATE TABLE unread_messages (
    case_id  uuid PRIMARY KEY,
    sequence integer NOT NULL,
    waiting  integer NOT NULL
);
