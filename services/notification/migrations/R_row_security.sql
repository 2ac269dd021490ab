-- Pages count e-mails and name cases that wait, for the operator. Nobody else reads of a family here but handlers.
CALL guard_rows('child_participation');
CALL guard_rows('email');
CALL guard_rows('follow_up');
CALL guard_rows('handover');
CALL guard_rows('parent_details');
CALL guard_rows('pathway_case');
CALL guard_rows('referral');
CALL guard_rows('shared_details');
CALL guard_rows('taken_back');
CALL guard_rows('restriction');
