"""The Compare tab: two moments, two runs or two samples side by side."""
