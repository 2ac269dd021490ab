"""The catalogue of offers as Open Referral HSDS 3 JSON, the format of other directories of services."""
