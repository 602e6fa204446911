"""The table of all layers: shapes, parameters, operations, memory and times."""
