"""Widgets that are independent of the window's places."""
