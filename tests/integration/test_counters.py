# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Counters are exact, whatever happens to the chain."""
import random

from harness import SCALE, VERDICTS


class Model:
    """The expected counters of a chain, computed packet by packet."""

    def __init__(self):
        self.chain = []  # (name, byte of the frame, proceed set)
        self.counters = {}

    def insert(self, index, name, place, proceed):
        self.chain.insert(index, (name, place, proceed))
        self.counters[name] = {"run": 0, "proceed": 0, "overruled": 0,
                               "terminate": dict.fromkeys(VERDICTS, 0)}

    def remove(self, name):
        self.chain = [entry for entry in self.chain if entry[0] != name]
        del self.counters[name]

    def send(self, count, verdicts):
        for name, place, proceed in self.chain:
            counters = self.counters[name]
            counters["run"] += count
            verdict = VERDICTS[verdicts[place]]
            if verdict not in proceed:
                counters["terminate"][verdict] += count
                return
            counters["proceed"] += count

    def check(self, chain):
        shown = {component["name"]: component["counters"] for component in chain}
        assert [component["name"] for component in chain] == [entry[0] for entry in self.chain]
        assert shown == self.counters, f"{shown} is not {self.counters}"


def test_known_mix_of_packets_gives_known_counters(bench):
    device, model, random_ = bench.device(), Model(), random.Random(1)
    for place in range(5):
        proceed = random_.sample(VERDICTS, random_.randint(1, 3))
        bench.attach(f"verdict-{place}", "--dev", device, "--name", f"c{place}", "--proceed-on",
                     ",".join(proceed))
        model.insert(place, f"c{place}", place, proceed)
    for _ in range(int(40 * SCALE) + 10):
        verdicts = [random_.randrange(5) for _ in range(8)]
        count = random_.randint(1, 20)
        bench.send(device, count, *verdicts)
        model.send(count, verdicts)
    model.check(bench.chain(device))


def test_counters_survive_what_happens_around_a_component(bench):
    device, model, random_ = bench.device(), Model(), random.Random(2)
    for step in range(int(60 * SCALE) + 15):
        if len(model.chain) < 3 or (random_.random() < 0.6 and len(model.chain) < 8):
            name, place = f"s{step}", random_.randrange(8)
            proceed = random_.sample(VERDICTS, random_.randint(1, 4))
            index = random_.randint(0, len(model.chain))
            where = ["--before", model.chain[index][0]] if index < len(model.chain) else []
            bench.attach(f"verdict-{place}", "--dev", device, "--name", name, "--proceed-on",
                         ",".join(proceed), *where)
            model.insert(index, name, place, proceed)
        else:
            name = random_.choice(model.chain)[0]
            bench.xdpctl("detach", name, "--dev", device)
            model.remove(name)
        verdicts = [random_.randrange(5) for _ in range(8)]
        bench.send(device, 7, *verdicts)
        model.send(7, verdicts)
        model.check(bench.chain(device))
