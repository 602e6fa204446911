"""How far down a column may reach: to the nearest node or wire below it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnviz.gui.builder.geometry.metrics import CLEAR, HEADER, WIDTH
from cnnviz.gui.builder.geometry.room import BESIDE, column_limits
from cnnviz.gui.builder.geometry.routes import Rail
from cnnviz.project.layout import COLUMN

xs = st.one_of(st.integers(0, 4).map(lambda column: column * COLUMN), st.floats(0, 400))
ys = st.one_of(st.integers(0, 3).map(lambda row: row * 300.0), st.floats(0, 900))
rails_of_columns = st.dictionaries(st.integers(0, 4), st.lists(st.builds(Rail, xs, xs, ys), max_size=4))


@given(
    st.lists(st.tuples(xs, ys), max_size=12), rails_of_columns, st.dictionaries(st.integers(0, 11), st.floats(0, 30))
)
def test_the_limit_is_the_nearest_of_all_that_is_below(
    points: list[tuple[float, float]], rails: dict[int, list[Rail]], titles: dict[int, float]
) -> None:
    places = {f"n{at}": point for at, point in enumerate(points)}
    above = {f"n{at}": height for at, height in titles.items()}
    found = column_limits(places, above, rails)
    for name, (x, y) in places.items():
        column = int(x // COLUMN)
        nodes = [
            other_y - above.get(other, 0.0) - CLEAR
            for other, (other_x, other_y) in places.items()
            if abs(int(other_x // COLUMN) - column) <= 1 and abs(other_x - x) < WIDTH
            if other_y - above.get(other, 0.0) > y + 1
        ]
        wires = [
            way.y - BESIDE
            for way in rails.get(column, ())
            if way.y > y + HEADER and way.left < x + WIDTH and x < way.right
        ]
        assert found[name] == min([*nodes, *wires], default=float("inf"))
