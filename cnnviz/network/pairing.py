"""Which nodes of two networks are the same layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from cnnviz.network.graph import Network


def pairing(old: Network, new: Network) -> dict[str, str]:
    """The ids of nodes in ``new``, each with the id of the same node in ``old``; new nodes are missing.

    Nodes are matched by id; if either was renamed, by their original id.
    """
    if all(not node.origin for network in (old, new) for node in network.nodes.values()):
        return {name: name for name in new.nodes if name in old.nodes}
    free = dict.fromkeys(old.nodes)
    by_identity: dict[str, list[str]] = {}
    for name, node in old.nodes.items():
        by_identity.setdefault(node.identity, []).append(name)
    found: dict[str, str] = {}

    def claim(name: str, candidates: Collection[str]) -> None:
        chosen = next((candidate for candidate in candidates if candidate in free), None)
        if chosen is not None and name not in found:
            found[name] = chosen
            del free[chosen]

    # renamed nodes first; of several nodes with their original id the one that has their name
    for name, node in new.nodes.items():
        if node.origin:
            candidates = by_identity.get(node.identity, [])
            claim(name, sorted(candidates, key=lambda source: source != name))
    for name, node in new.nodes.items():
        if not node.origin:
            claim(name, [name, *by_identity.get(name, [])])
    # at last renamed nodes whose original id is not in ``old``
    for name in new.nodes:
        claim(name, [name])
    return {name: found[name] for name in new.nodes if name in found}
