"""The checks of ``cnnviz check-device``, a file for each; ``run(setting)`` returns the finding."""
