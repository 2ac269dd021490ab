-- Decisions are read in the areas that they were asked for in, and by the agency that screened.
CALL guard_rows('submission', 'ARRAY[area]', 'agency');
-- Who a family is, and what was published or refused, is for handlers alone.
CALL guard_rows('family');
CALL guard_rows('person');
CALL guard_rows('published');
CALL guard_rows('refused_record');
CALL guard_rows('standing');
CALL guard_rows('contact_opening');
