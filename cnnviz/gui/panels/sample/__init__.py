"""The Sample place."""
