from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cnnviz.data.catalogue import load
from cnnviz.data.drawing import as_image, ink_box, on_sheet, region_on_sheet
from cnnviz.data.ink import draw_line

if TYPE_CHECKING:
    from numpy.typing import NDArray

MNIST = (1, 28, 28)


@pytest.fixture(scope="module")
def digits() -> NDArray[np.uint8]:
    """200 digits of MNIST's test images: uint8 (200, 28, 28). In 3 of 10,000 the box is smaller than 20 pixels."""
    images = load("mnist", 0, 0).test.images[::49, 0]
    return np.stack([image for image in images if longest_side(image) == 20][:200])


def enlarged(image: NDArray[np.uint8], times: int = 10) -> NDArray[np.uint8]:
    return np.kron(image, np.ones((times, times), np.uint8))


def centre(image: NDArray[np.uint8]) -> tuple[float, float]:
    rows, columns = np.mgrid[0 : image.shape[0], 0 : image.shape[1]]
    return float((rows * image.astype(float)).sum() / image.sum(dtype=float)), float(
        (columns * image.astype(float)).sum() / image.sum(dtype=float)
    )


def test_an_enlarged_digit_becomes_itself_wherever_it_is(digits: NDArray[np.uint8]) -> None:
    generator = np.random.default_rng(0)
    for digit in digits:
        sheet = np.zeros((430, 380), np.uint8)
        row, column = generator.integers(0, 150), generator.integers(0, 100)
        sheet[row : row + 280, column : column + 280] = enlarged(digit)
        difference = np.abs(as_image(sheet, MNIST)[0].astype(int) - digit).max()
        assert difference <= 1


def test_a_square_becomes_twenty_pixels_about_the_middle() -> None:
    sheet = np.zeros((280, 280), np.uint8)
    sheet[13:113, 150:250] = 7
    image = as_image(sheet, MNIST)
    wanted = np.zeros((28, 28), np.uint8)
    # the centre of mass of 20 pixels is 9.5 behind the first one, and 14 from the edge of the image to its middle
    wanted[5:25, 5:25] = 255
    assert image.dtype == np.uint8 and np.array_equal(image[0], wanted)


def test_small_ink_is_enlarged_and_keeps_its_proportions() -> None:
    sheet = np.zeros((28, 28), np.uint8)
    sheet[3:8, 20:22] = 90
    image = as_image(sheet, MNIST)[0]
    box = ink_box(image)
    assert box is not None
    assert (box[0].stop - box[0].start, box[1].stop - box[1].start) == (20, 8)
    assert set(np.unique(image)) == {0, 255}


def test_all_ink_stays_inside_where_its_weight_is_at_one_end() -> None:
    sheet = np.zeros((280, 280), np.uint8)
    sheet[10:270, 10:60] = 255
    sheet[264:268, 10:270] = 40
    image = as_image(sheet, MNIST)[0]
    box = ink_box(image)
    assert box is not None and box[1].stop - box[1].start == 20


def test_other_shapes_follow_the_same_shares() -> None:
    sheet = np.zeros((280, 280), np.uint8)
    draw_line(sheet, (80.0, 60.0), (200.0, 220.0), 26.0)
    image = as_image(sheet, (3, 224, 224))
    assert image.shape == (3, 224, 224) and np.array_equal(image[0], image[2])
    box = ink_box(image[0])
    assert box is not None and box[0].stop - box[0].start == 160
    assert np.abs(np.array(centre(image[0])) - 112).max() <= 0.5
    assert as_image(sheet, (1, 8, 40)).max() == 255 and as_image(sheet, (1, 1, 1)).item() == 255


def test_without_ink_the_image_is_empty() -> None:
    assert not as_image(np.zeros((280, 280), np.uint8), (2, 28, 28)).any()


def test_ink_from_a_picture_fills_the_box_of_the_sheet() -> None:
    ink = np.zeros((90, 400), np.uint8)
    ink[20:60, 30:330] = 130
    sheet = on_sheet(ink, (280, 280))
    box = ink_box(sheet)
    assert box is not None and box == (slice(126, 153), slice(40, 240)) and sheet.max() == 255
    assert not on_sheet(np.zeros((9, 9), np.uint8), (280, 280)).any()


def test_the_ink_of_drawings_is_spread_as_that_of_the_digits(digits: NDArray[np.uint8]) -> None:
    generator = np.random.default_rng(1)
    drawn = []
    for digit in digits:
        sheet = enlarged(digit, int(generator.integers(4, 15)))
        drawn.append(as_image(sheet, MNIST)[0])
    for figure in (ink_sum, longest_side, lambda image: centre(image)[0], lambda image: centre(image)[1]):
        ours, theirs = (np.array([figure(image) for image in images]) for images in (drawn, digits))
        shares = [10, 50, 90]
        scale = max(1.0, theirs.std())
        assert np.abs(np.percentile(ours, shares) - np.percentile(theirs, shares)).max() <= 0.1 * scale


def ink_sum(image: NDArray[np.uint8]) -> float:
    return float(image.sum(dtype=float) / 255)


def longest_side(image: NDArray[np.uint8]) -> float:
    box = ink_box(image)
    assert box is not None
    return float(max(part.stop - part.start for part in box))


@pytest.mark.parametrize("shape", [MNIST, (3, 56, 56)])
def test_a_region_of_the_image_is_found_again_on_the_sheet(shape: tuple[int, int, int]) -> None:
    sheet = np.zeros((280, 280), np.uint8)
    assert region_on_sheet(sheet, shape, (0, 0, 5, 5)) is None
    sheet[40:240, 60:220] = 255
    sheet[100:120, 150:170] = 0
    image = as_image(sheet, shape)[0]
    ink = ink_box(image)
    assert ink is not None
    corner = np.array([part.start for part in ink])
    hole = np.argwhere(image[ink] < 128) + corner
    (top, left), (bottom, right) = hole.min(axis=0).tolist(), hole.max(axis=0).tolist()
    found = region_on_sheet(sheet, shape, (top, left, bottom + 1, right + 1))
    assert found == pytest.approx((100, 150, 120, 170), abs=0.51 * 200 / (20 * shape[1] / 28))
