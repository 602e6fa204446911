"""Templates: projects to start from, a file for each family of networks. Each file names its paper."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.project.templates.alexnet import ALEXNET, ALEXNET_28
from cnnviz.project.templates.attention import ATTENTION
from cnnviz.project.templates.densenet import DENSENET_121, DENSENET_121_28
from cnnviz.project.templates.googlenet import GOOGLENET, GOOGLENET_28
from cnnviz.project.templates.instance import INSTANCE_NORM
from cnnviz.project.templates.lenet import LENET_5
from cnnviz.project.templates.resnet import RESNET_18, RESNET_18_28, RESNET_50, RESNET_50_28
from cnnviz.project.templates.template import MEASURED_ON, Expected, Template
from cnnviz.project.templates.tutorial import FAST, KERAS, PYTORCH
from cnnviz.project.templates.vgg import VGG_16, VGG_16_28

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MEASURED_ON", "TEMPLATES", "Expected", "Template"]

TEMPLATES: Mapping[str, Template] = MappingProxyType(
    {
        template.name: template
        for template in (
            FAST,
            KERAS,
            PYTORCH,
            LENET_5,
            INSTANCE_NORM,
            ATTENTION,
            ALEXNET_28,
            VGG_16_28,
            GOOGLENET_28,
            RESNET_18_28,
            RESNET_50_28,
            DENSENET_121_28,
            ALEXNET,
            VGG_16,
            GOOGLENET,
            RESNET_18,
            RESNET_50,
            DENSENET_121,
        )
    }
)
"""All templates by name; the window opens with the first."""
