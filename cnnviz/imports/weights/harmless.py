"""Names of Python's own modules in the files of trainings. They are never imported."""

from __future__ import annotations

HARMLESS = {
    "builtins": {
        "set",
        "frozenset",
        "slice",
        "complex",
        "bytearray",
        "range",
        "object",
        "int",
        "float",
        "str",
        "list",
        "dict",
    },
    "collections": {"OrderedDict", "defaultdict", "Counter", "deque"},
    "argparse": {"Namespace"},
    "copyreg": {"_reconstructor"},
    "_codecs": {"encode"},
    "datetime": None,
    "pathlib": None,
    "enum": None,
    "functools": {"partial"},
    "types": {"SimpleNamespace"},
    "random": {"Random"},
    "uuid": {"UUID"},
    "decimal": {"Decimal"},
}
"""What files of trainings name of Python's own modules; None is all of a module. Anything else looks like an attack."""
