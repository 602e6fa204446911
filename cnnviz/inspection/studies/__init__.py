"""Studies of a moment that take long, such as a pass over all images of a split. Each runs as a job."""
