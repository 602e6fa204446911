"""Follows Python source symbolically: an interpreter over its syntax tree, which executes nothing of it.

The interpreter knows constants, containers, functions and classes of the source, and nothing of any framework. A value
that it does not know is an :class:`~cnnviz.code.read.follow.values.Opaque`, which remembers its expression and line.

A framework plugs in as a :class:`~cnnviz.code.read.follow.framework.Framework`, with three tables: functions by their
dotted path (``torch.nn.functional.relu``), layer classes by their dotted path, and methods of its tensors by name. Its
values, such as tensors while a network is traced, derive from :class:`~cnnviz.code.read.follow.machine.Foreign`. The
layers that its tensors pass are collected in a :class:`~cnnviz.code.read.follow.tracing.Trace`, which becomes a network
with blocks. :mod:`cnnviz.code.read.follow.torch` is PyTorch's.
"""
