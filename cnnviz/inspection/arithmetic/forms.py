"""All forms that the arithmetic of a value can have."""

from __future__ import annotations

from cnnviz.inspection.arithmetic.single import Copied, Curve, Dropped, Normalized, Pixel, Scaled
from cnnviz.inspection.arithmetic.terms import (
    Attended,
    Choice,
    Combined,
    Divided,
    Place,
    Products,
    Scored,
    Shares,
)

Arithmetic = (
    Products
    | Choice
    | Shares
    | Scored
    | Combined
    | Divided
    | Attended
    | Curve
    | Normalized
    | Scaled
    | Copied
    | Dropped
    | Pixel
)
"""Any of the forms; ``total`` is the value computed from its terms."""

__all__ = [
    "Arithmetic",
    "Attended",
    "Choice",
    "Combined",
    "Copied",
    "Curve",
    "Divided",
    "Dropped",
    "Normalized",
    "Pixel",
    "Place",
    "Products",
    "Scaled",
    "Scored",
    "Shares",
]
