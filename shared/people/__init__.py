"""What every service that tells people apart reads alike. No rule of the pathway is here."""
