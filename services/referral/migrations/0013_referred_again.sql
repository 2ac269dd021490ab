-- That a family came again after its case had ended is told once of the case that it came with, at whichever of the two
-- it became known: by its own front door at the screening, by another one when the two were found to be one family.
ALTER TABLE referral_case ADD referred_again boolean NOT NULL DEFAULT false;
