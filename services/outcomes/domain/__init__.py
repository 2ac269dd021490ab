"""What the events say as rows, what leaves for analysts, and the funnel beside the national one. Pure."""
