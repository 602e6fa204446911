"""The window used by a program: tours, benchmarks, long runs."""
