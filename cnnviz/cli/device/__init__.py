"""What ``cnnviz check-device`` tries on a device, one file for each check: ``run(setting)`` returns its finding."""
