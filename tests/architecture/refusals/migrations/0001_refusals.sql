CREATE TABLE refusal (
    case_id  uuid PRIMARY KEY,
    area     text NOT NULL,
    reason   text NOT NULL
);
