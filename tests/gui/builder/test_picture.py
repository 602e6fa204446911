"""Pictures of the drawn network: all of it in colours for print, with text as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from cnnviz.gui.builder import picture
from cnnviz.gui.builder.geometry.metrics import WIDTH
from cnnviz.gui.builder.scene import GraphScene
from cnnviz.gui.theme import DARK, LIGHT, Theme
from cnnviz.network.check import check
from cnnviz.network.report import Facts
from cnnviz.project import edits
from cnnviz.project.blocks import fold_all
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from cnnviz.gui.builder.items.node import ViewKind
    from cnnviz.project.project import Project

FACTS = Facts((1, 28, 28), 10)
FAST = TEMPLATES["fast"].project()


def printed(project: Project, view: ViewKind = "build", theme: Theme = DARK) -> GraphScene:
    scene = GraphScene(theme)
    scene.set_view(view)
    report = check(project.network, FACTS)
    scene.show(project, report)
    return picture.scene_for_export(scene, project, report, {}, None)


def texts(svg: bytes) -> list[str]:
    return [text.strip() for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg.decode())]


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("view", ["build", "maps"])
def test_an_svg_has_every_name_and_shape_as_text_whatever_the_theme(view: ViewKind) -> None:
    svg = picture.svg(printed(FAST, view), "fast")
    written = texts(svg)
    assert FAST.network.nodes.keys() <= set(written)
    assert {"16×28×28", "Conv2d 3×3"} <= set(written)
    assert ("4,608" in written) == (view == "build")
    assert (("of" in " ".join(written)) == (view == "maps") and "9" in written) or view == "build"
    assert b"<title>fast</title>" in svg and b"sans-serif" in svg
    inks = set(re.findall(r"#[0-9a-f]{6}", svg.decode()))
    assert LIGHT.text in inks and not inks & {DARK.text, DARK.surface, DARK.raised, DARK.accent}
    assert picture.svg(printed(FAST, view, LIGHT), "fast") == svg


@pytest.mark.usefixtures("qapp")
def test_folded_blocks_are_drawn_as_they_stand() -> None:
    project = TEMPLATES["resnet-18-28"].project()
    inner = next(iter(project.layout.inside.values()))
    folded = texts(picture.svg(printed(fold_all(project, folded=True)), "net"))
    unfolded = texts(picture.svg(printed(fold_all(project, folded=False)), "net"))
    assert not inner & set(folded) and inner <= set(unfolded)


@pytest.mark.usefixtures("qapp")
def test_signs_of_what_is_wrong_are_left_out() -> None:
    broken = edits.remove(FAST, ["flatten"])
    written = texts(picture.svg(printed(broken), "net"))
    assert "!" not in written and "?" in written


@pytest.mark.usefixtures("qapp")
def test_a_png_has_two_pixels_for_each_unit_and_ink_on_white() -> None:
    scene = printed(FAST)
    area = picture.area_of(scene)
    image = QImage.fromData(picture.png(scene))
    assert abs(image.width() - 2 * area.width()) < 1 and abs(image.height() - 2 * area.height()) < 1
    edge = {image.pixelColor(x, y).name() for x in range(image.width()) for y in (0, image.height() - 1)}
    assert edge == {"#ffffff"}
    for item in scene.units:
        corner = (item.pos() - area.topLeft()) * 2
        header = image.copy(round(corner.x()), round(corner.y()), round(2 * WIDTH), 40)
        dark = sum(header.pixelColor(x, y).lightness() < 100 for x in range(header.width()) for y in range(40))
        assert dark > 40


@pytest.mark.usefixtures("qapp")
def test_a_pdf_is_one_page_of_the_size_of_the_network() -> None:
    scene = printed(FAST)
    area = picture.area_of(scene)
    pdf = picture.pdf(scene, "fast")
    assert pdf.startswith(b"%PDF-") and pdf.rstrip().endswith(b"%%EOF")
    assert pdf.count(b"/Type /Page\n") == 1 and b"/FontFile2" in pdf
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert box is not None
    page = QRectF(0, 0, float(box[1]), float(box[2]))
    assert abs(page.width() / page.height() - area.width() / area.height()) < 0.02


@pytest.mark.usefixtures("qapp")
def test_a_network_without_end_still_makes_a_picture() -> None:
    far = edits.move(FAST, {"output": (80_000.0, 0.0)})
    scene = printed(far)
    image = QImage.fromData(picture.png(scene))
    assert 29_000 < image.width() <= picture.MOST_SIDE
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+)", picture.pdf(scene, "far"))
    assert box is not None and float(box[1]) <= picture.MOST_POINTS + 1
