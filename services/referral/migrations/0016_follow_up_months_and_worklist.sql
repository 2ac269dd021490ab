-- How many months after the end an area asks again.
ALTER TABLE area_calendar
    ADD first_follow_up_months  integer NOT NULL DEFAULT 6,
    ADD second_follow_up_months integer NOT NULL DEFAULT 12;

-- What a case waited for before a consent expired: a person sees both.
ALTER TABLE referral_case
    ADD waiting_before text,
    ADD CHECK (waiting_before IS NULL OR waiting_reason IS NOT NULL);
