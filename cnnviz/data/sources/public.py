"""The public datasets that can be downloaded: addresses, sizes and checksums, as their authors list them.

Nothing here is requested before the user asks for it.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from cnnviz.data.sources.download import Remote

if TYPE_CHECKING:
    from collections.abc import Mapping

Packing = Literal["idx", "emnist", "cifar10", "cifar100", "svhn"]
"""How the images are packed: IDX files, one zip archive with the IDX files of all parts of EMNIST, CIFAR's archives of
records, or MATLAB's files."""


@dataclass(frozen=True)
class Public:
    """A public dataset; ``about`` is a sentence. ``part`` is the part of EMNIST. ``classes`` are in the order of the
    labels."""

    name: str
    title: str
    about: str
    packing: Packing
    files: tuple[Remote, ...]
    classes: tuple[str, ...]
    part: str = ""

    @property
    def size(self) -> int:
        """Bytes to be downloaded."""
        return sum(file.size for file in self.files)


def _idx(base: str, sizes: tuple[int, ...], sums: tuple[str, ...], names: tuple[str, ...]) -> tuple[Remote, ...]:
    return tuple(
        Remote(base + name, md5, size, most=2 * size) for name, md5, size in zip(names, sums, sizes, strict=True)
    )


_MNIST_NAMES = (
    "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz",
)  # fmt: skip
_DIGITS = tuple(string.digits)
_MERGED = set("cijklmopsuvwxyz")
"""Small letters that some parts of EMNIST do not tell from capital ones."""
_ALL = tuple(sorted(string.digits + string.ascii_letters))
_EMNIST_FILE = (
    Remote("https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip", "58c8d27c78d21e728a6bc7b3cc06412e", 561_753_746),
)
_EMNIST: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "balanced": ("Digits and letters, as many of each.", tuple(each for each in _ALL if each not in _MERGED)),
    "byclass": ("All digits and letters.", _ALL),
    "bymerge": (
        "All digits and letters; look-alikes are one class.",
        tuple(each for each in _ALL if each not in _MERGED),
    ),
    "letters": ("Letters; capital and small ones are one class.", tuple(string.ascii_lowercase)),
    "digits": ("Digits, four times as many as in MNIST.", _DIGITS),
    "mnist": ("Digits, as many as in MNIST.", _DIGITS),
}
_CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_CIFAR100 = (
    "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel "
    "can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur "
    "dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion "
    "lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree "
    "pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea "
    "seal shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank "
    "telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm"
)

_ALL_PUBLIC = (
    Public(
        "fashion-mnist", "Fashion-MNIST", "Clothes of ten kinds, in the form of MNIST (arXiv:1708.07747).", "idx",
        _idx(
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            (26_421_880, 29_515, 4_422_102, 5_148),
            ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", "25c81989df183df01b3e8a0aad5dffbe",
             "bef4ecab320f06d8554ea6380940ec79", "bb300cfdad3c16e7a12a480ee83cd310"),
            _MNIST_NAMES,
        ),
        ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    Public(
        "kmnist", "Kuzushiji-MNIST", "Ten characters of old Japanese handwriting (arXiv:1812.01718).", "idx",
        _idx(
            "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
            (18_165_135, 29_497, 3_041_136, 5_120),
            ("bdb82020997e1d708af4cf47b453dcf7", "e144d726b3acfaa3e44228e80efcd344",
             "5c965bf0a639b31b8f53240b1b52f4d7", "7320c461ea6c1c855c0b718fb2a4b134"),
            _MNIST_NAMES,
        ),
        ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    ),
    Public(
        "qmnist", "QMNIST", "MNIST with all 60,000 test digits (arXiv:1905.10498).", "idx",
        _idx(
            "https://raw.githubusercontent.com/facebookresearch/qmnist/master/",
            (9_704_059, 463_024, 9_742_279, 526_800),
            ("ed72d4157d28c017586c42bc6afe6370", "0058f8dd561b90ffdd0f734c6a30e5e4",
             "1394631089c404de565df7b7aeaf9412", "5b5b05890a5e13444e108efe57b788aa"),
            ("qmnist-train-images-idx3-ubyte.gz", "qmnist-train-labels-idx2-int.gz",
             "qmnist-test-images-idx3-ubyte.gz", "qmnist-test-labels-idx2-int.gz"),
        ),
        _DIGITS,
    ),
    *(
        Public(f"emnist-{part}", f"EMNIST {part}", about, "emnist", _EMNIST_FILE, classes, part)
        for part, (about, classes) in _EMNIST.items()
    ),
    Public(
        "cifar-10", "CIFAR-10", "Small photographs of ten kinds (Krizhevsky 2009).", "cifar10",
        (Remote("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                "c32a1d4ab5d03f1284b67883e8d87530", 170_052_171, most=2**28),),
        _CIFAR10,
    ),
    Public(
        "cifar-100", "CIFAR-100", "Small photographs of a hundred kinds (Krizhevsky 2009).", "cifar100",
        (Remote("https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
                "03b5dce01913d631647c71ecec9e9cb8", 168_513_733, most=2**28),),
        tuple(_CIFAR100.split()),
    ),
    Public(
        "svhn", "SVHN", "Digits of house numbers in photographs (Netzer et al. 2011).", "svhn",
        (Remote("http://ufldl.stanford.edu/housenumbers/train_32x32.mat",
                "e26dedcc434d2e4c54c9b2d4a06d8373", 182_040_794, most=2**28),
         Remote("http://ufldl.stanford.edu/housenumbers/test_32x32.mat",
                "eb5a983be6a315427106f1b164d9cef3", 64_275_384, most=2**28)),
        _DIGITS,
    ),
)  # fmt: skip

PUBLIC: Mapping[str, Public] = MappingProxyType({each.name: each for each in _ALL_PUBLIC})
"""All public datasets by name."""
