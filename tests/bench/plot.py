#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Nanoseconds per packet over the length of the chain, as SVG: one panel for each kind of component, one scale for all.

    tests/bench/plot.py build/bench.json docs/packet-cost.svg

Needs python3-matplotlib (tools/setup.sh draw).
"""
import json
import sys

# What is drawn, in the order of the legend: its colour, its line, and what it means.
WAYS = {
    "tail calls": ("#e69f00", "-", "tail calls: each program calls the next one"),
    "fused with calls": ("#d55e00", "-", "calls: one program that calls each component"),
    "freplace": ("#009e73", "-", "freplace: extensions of a rootlet (xdpd)"),
    "fused": ("#0072b2", "-", "fused: one program without calls (xdpd)"),
    "by hand": ("#000000", ":", "by hand: the same source in one function"),
}
# xdp-filter takes ten times as long, however it is joined, so the others would not be readable on the same scale.
KINDS = {
    "nothing": "components that do nothing",
    "counter": "per-CPU counters",
    "parser": "header parsers",
}
WIDTH, HEIGHT = 8.3, 4.2  # inches; as wide as a page of text on the web


def rows_of(costs, kind, way):
    """The points of a line. The time of the empty loop is subtracted already, and noise can make the result negative.
    """
    rows = [(cost["length"], max(cost["ns"], 0)) for cost in costs if (cost["kind"], cost["way"]) == (kind, way)]
    return sorted(rows)


def draw(costs, lengths, path):
    """Write the picture to the path; ImportError without matplotlib."""
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
    matplotlib.rcParams.update({"svg.hashsalt": "xdpd", "svg.fonttype": "none", "font.family": "sans-serif",
                                "font.size": 10, "axes.titlesize": 10})
    kinds = [kind for kind in KINDS if any(cost["kind"] == kind for cost in costs)]
    ways = [way for way in WAYS if any(cost["way"] == way for cost in costs)]
    figure, axes = pyplot.subplots(1, len(kinds), sharey=True, squeeze=False, figsize=(WIDTH, HEIGHT))
    for kind, place in zip(kinds, axes.flat):
        for way in ways:
            colour, line, meaning = WAYS[way]
            rows = rows_of(costs, kind, way)
            place.plot(*zip(*rows) if rows else ((), ()), color=colour, linestyle=line, marker="o", markersize=3,
                       label=meaning)
        place.set_title(KINDS[kind], loc="left")
        place.set_xticks([length for length in lengths if length != 2])  # no room beside the label for 1
        place.grid(color="#dddddd", linewidth=0.5)
    axes.flat[0].set_ylim(bottom=0)
    axes.flat[0].set_ylabel("nanoseconds per packet")
    for place in axes.flat:
        place.set_xlabel("components in the chain")
    handles, names = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="lower center", ncol=2, frameon=False)
    figure.tight_layout(rect=(0, 0.12, 1, 1))
    figure.savefig(path, metadata={"Date": None, "Creator": "tests/bench/plot.py"})
    pyplot.close(figure)


def main(results, picture):
    with open(results, encoding="utf-8") as file:
        costs = json.load(file)["packets"]
    draw(costs, sorted({cost["length"] for cost in costs if cost["kind"] != "empty"}), picture)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
