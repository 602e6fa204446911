"""Writes a network as source code, and reads source code as a network without executing it."""
