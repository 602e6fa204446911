"""What has been trained: every run is recorded in a folder of its own, and can be looked at again."""
