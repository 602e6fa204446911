"""Tells from its names whether a source is one of Keras, and whether it has more than a plain Sequential."""

from __future__ import annotations

import ast

_KERAS = ("keras", "tf", "tensorflow", "tf_keras", "keras_core")
_TORCH = ("torch", "nn")


def is_graph(tree: ast.Module) -> bool:
    """Whether a source has a functional model of Keras, or a class with a method ``call``."""
    if mentions(tree, _TORCH) and not mentions_keras(tree):
        return False
    names = {"Model", "Functional"}
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(body=body) if any(
                isinstance(inner, ast.FunctionDef) and inner.name == "call" for inner in body
            ):
                return True
            case ast.alias(name="Model" | "Functional", asname=str(other)):
                names.add(other)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in names:
                return True
    return False


def mentions_keras(tree: ast.Module) -> bool:
    """Whether a source imports or names Keras."""
    return mentions(tree, _KERAS)


def mentions(tree: ast.Module, names: tuple[str, ...]) -> bool:
    """Whether a source imports or names one of these modules."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if name in names:
                return True
            case ast.ImportFrom(module=str(path)) | ast.alias(name=path) if path.partition(".")[0] in names:
                return True
    return False
