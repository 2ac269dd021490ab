"""Events as rows, facts as analysts get them, and the arithmetic of the summary. Pure: no database, no bus."""
