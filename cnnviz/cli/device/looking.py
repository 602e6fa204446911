"""Inspecting, pausing, stepping and slow motion must not change the trained weights."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.cli.device.finding import Finding, Setting
from cnnviz.cli.device.repeating import project_with_chance
from cnnviz.cli.device.watched import session
from cnnviz.data.catalogue import load
from cnnviz.inspection.answers.kernels import KernelsOf
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.inspection.moment import Live, Sample
from cnnviz.inspection.observer import Observer
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from cnnviz.inspection.questions import Questions

BATCHES, QUICK_BATCHES = 400, 8


def run(setting: Setting) -> Finding:
    """Train without interruption, with inspection, and with all controls; compare the weights."""
    batches = QUICK_BATCHES if setting.quick else BATCHES
    project = project_with_chance(repeatable=True)
    with session(project, setting.device) as watched:
        watched.train(batches)
        straight = watched.digest()
    image = load("mnist").validation.images[0]
    nodes = [name for name in project.network.order if name != "output"]
    questions: Questions = frozenset([NetworkOutput(), *map(MapsOf, nodes), *map(KernelsOf, nodes)])
    with session(project, setting.device) as watched:
        observer = Observer(Live(watched.session.weights))
        observer.listen(lambda: observer.request(Sample(image), questions))
        observer.start()
        observer.request(Sample(image), questions)
        watched.train(batches)
        observer.close(10)
        seen, failure, looked = observer.made, observer.failure, watched.digest()
    with session(project, setting.device) as watched:
        for count in (1, 1, 2):
            watched.train(count)
        watched.session.pace(20.0)
        watched.train(2)
        watched.session.pace(0.0)
        watched.session.play()
        watched.session.pause()
        paused = watched.until(lambda status: status.state is State.PAUSED)
        watched.session.apply(replace(project, recipe=replace(project.recipe, epochs=project.recipe.epochs + 1)))
        watched.session.apply(project)
        if paused.step < batches:
            watched.train(batches - paused.step)
        steered, step = watched.digest(), watched.session.status.step
    good = looked == straight == steered and seen > 0 and not failure and step == batches
    sentence = (
        f"{batches} batches with {seen} looks at every layer, and with steps, slow motion and a pause:"
        f" {'the same bits' if good else 'not the same bits'} as straight on. {failure or ''}"
    ).strip()
    figures = {"batches": batches, "looks": seen, "looked": looked == straight, "steered": steered == straight}
    return Finding(good, sentence, figures)
