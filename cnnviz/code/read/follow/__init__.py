"""Follows Python source symbolically: an interpreter over its syntax tree, which executes nothing of it.

The interpreter knows constants, containers, functions and classes of the source, and nothing of any framework. A value
that it does not know is an :class:`~cnnviz.code.read.follow.values.Unknown`, which remembers its expression and line.

A framework plugs in as a :class:`~cnnviz.code.read.follow.framework.Framework`, which has three tables: functions by
their dotted path (``torch.nn.functional.relu``), layer classes by their dotted path, and methods of tensors by name.
Objects of its classes, and of classes of the source that derive from them, are
:class:`~cnnviz.code.read.follow.values.Instance`; the framework keeps what it needs in ``data``. Its other values, such
as tensors while a network is traced, derive from :class:`~cnnviz.code.read.follow.machine.FrameworkValue`.

To read a network, the interpreter follows the whole module; then one of the
:class:`~cnnviz.code.read.follow.candidates.Candidates` is called with a tensor, and the layers that the tensor passes
are collected in a :class:`~cnnviz.code.read.follow.tracing.Trace`, which becomes a network with blocks. An operation on
a tensor that is no layer here raises a PasteError with a sentence about its line.
:mod:`cnnviz.code.read.follow.torch` is PyTorch's, :mod:`cnnviz.code.read.follow.keras` Keras'.
"""
