"""The panels of the other places; they meet in the project, the selection and the bridge."""
