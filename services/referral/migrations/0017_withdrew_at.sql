-- When the screening was sent by which a parent withdrew through this case's front door, until they agree there again. That
-- another front door's open case is of the same family may become known only later: it stops then, unless they agreed to it
-- since.
ALTER TABLE referral_case ADD withdrew_at timestamptz;
