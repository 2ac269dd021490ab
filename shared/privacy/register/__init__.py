"""The register of personal data: of which kind each field of each contract and each column of each table is."""
