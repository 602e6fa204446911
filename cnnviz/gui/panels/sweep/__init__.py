"""The page of a sweep: its trials as a table, the best so far, parallel coordinates, and what mattered."""
