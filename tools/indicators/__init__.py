"""What is made from the indicators: their guide, the SQL that Ibis emits for each, and the study of their intervals."""
