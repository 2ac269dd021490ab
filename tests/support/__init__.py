"""What several tests build with: families, records, and services on real databases."""
