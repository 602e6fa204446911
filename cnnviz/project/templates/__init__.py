"""Templates: projects to start from, a file for each family of networks. Each file names its paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from cnnviz.project.templates.template import MEASURED_ON, Expected, Template

__all__ = ["MEASURED_ON", "TEMPLATES", "Expected", "Template"]

PLACES = {
    "fast": "tutorial.FAST",
    "keras-tutorial": "tutorial.KERAS",
    "pytorch-tutorial": "tutorial.PYTORCH",
    "lenet-5": "lenet.LENET_5",
    "instance-norm": "instance.INSTANCE_NORM",
    "attention": "attention.ATTENTION",
    "alexnet-28": "alexnet.ALEXNET_28",
    "vgg-16-28": "vgg.VGG_16_28",
    "googlenet-28": "googlenet.GOOGLENET_28",
    "resnet-18-28": "resnet.RESNET_18_28",
    "resnet-50-28": "resnet.RESNET_50_28",
    "densenet-121-28": "densenet.DENSENET_121_28",
    "squeezenet-28": "squeezenet.SQUEEZENET_28",
    "mobilenet-v2-28": "mobilenet.MOBILENET_V2_28",
    "shufflenet-v2-28": "shufflenet.SHUFFLENET_V2_28",
    "convnext-28": "convnext.CONVNEXT_28",
    "alexnet": "alexnet.ALEXNET",
    "vgg-16": "vgg.VGG_16",
    "googlenet": "googlenet.GOOGLENET",
    "resnet-18": "resnet.RESNET_18",
    "resnet-50": "resnet.RESNET_50",
    "densenet-121": "densenet.DENSENET_121",
    "squeezenet": "squeezenet.SQUEEZENET",
    "mobilenet-v2": "mobilenet.MOBILENET_V2",
    "shufflenet-v2": "shufflenet.SHUFFLENET_V2",
    "convnext": "convnext.CONVNEXT",
}
"""Module and name of each template, by the template's own name."""


class _Templates(Mapping[str, Template]):
    """The templates of :data:`PLACES`, each imported when it is looked up."""

    def __getitem__(self, name: str) -> Template:
        module, _, constant = PLACES[name].partition(".")
        template: Template = getattr(import_module(f"{__name__}.{module}"), constant)
        return template

    def __iter__(self) -> Iterator[str]:
        return iter(PLACES)

    def __len__(self) -> int:
        return len(PLACES)


TEMPLATES: Mapping[str, Template] = _Templates()
"""All templates by name; the window opens with the first."""
