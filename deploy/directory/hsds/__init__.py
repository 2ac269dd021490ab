"""The catalogue of offers as Open Referral HSDS 3 JSON: what other directories of services read and write."""
