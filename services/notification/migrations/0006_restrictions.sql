-- Of whom what is held may be kept and not used: a provider is asked nothing about them meanwhile.
CREATE TABLE restriction (
    case_id    uuid NOT NULL,
    person_id  uuid NOT NULL,
    restricted boolean NOT NULL,
    PRIMARY KEY (case_id, person_id)
);
