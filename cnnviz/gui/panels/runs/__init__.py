"""The Runs tab: every recorded run."""
