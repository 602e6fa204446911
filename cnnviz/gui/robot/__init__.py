"""Programs that use the window like a person: tours, benchmarks, long runs."""
