"""The services of the pathway. They never import each other: they talk by events alone."""
