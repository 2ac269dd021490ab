"""What is measured, once: each indicator with its words and as an expression of Ibis over the star. Pure: no engine here."""
