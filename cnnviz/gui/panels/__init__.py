"""The panels of the places around the canvas. They share the project, the selection and the bridge."""
