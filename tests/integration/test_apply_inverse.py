# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Whatever verbs led to a state: applying its export restores it, and changes nothing if it is
already there."""
import difflib
import json
import os
import random
import re

from harness import OBJECTS, VERDICTS

PRIORITIES = [0, 10, 50, 50, 60, 65535]


def verdicts(rng, _state):
    return ",".join(rng.sample(VERDICTS, rng.randrange(1, 6)))


def neighbour(rng, state):
    return rng.choice(state.names or ["nobody"])


def shared(rng, state):
    """The array of a component that has one of its own, or shares one."""
    owners = [entry["name"] for entry in state.components
              if any(used["name"] == "an_array" for used in entry.get("maps", []))]
    return f"an_array={rng.choice(owners)}:an_array" if owners else None


# Options of 'attach' in addition to an object: how often, and with which value, None if there is none. A
# component in a slot takes no options about its place in a chain.
OF_A_PLACE = {
    "--prio": (0.5, lambda rng, state: str(rng.choice(PRIORITIES))),
    "--proceed-on": (0.5, verdicts),
    "--allow-verdicts": (0.3, verdicts),
    "--on-failure": (0.3, lambda rng, state: rng.choice(["skip", "drop"])),
    "--before": (0.2, neighbour),
}
OF_A_DEVICE = {
    "--mode": (0.1, lambda rng, state: rng.choice(["native", "skb"])),
    "--match": (0.1, lambda rng, state: f"altname=the-{state.device}"),
    "--interop": (0.1, lambda rng, state: rng.choice(["none", "libxdp"])),
}
# The objects, and the options that only this object takes.
KINDS = {
    "verdict-0": {},
    "verdict-1": {},
    "kind-run_config": {},
    "kind-maps": {"--map": (0.5, shared)},
    "kind-maps_next": {"--map": (0.3, shared)},
    "kind-variables": {"--set": (0.7, lambda rng, state: rng.choice(
        ["counted=7", "mode=MODE_DECIDE", "ports[2]=443", "peer.mac=hex:02:42", "word=abc"]))},
    "library-user": {"--link": (1, lambda rng, state: str(OBJECTS / rng.choice(
        ["library-parser.o", "library-parser_next.o"])))},
}
FILLS = {"verdict-0": "xdp_firewall_placeholder", "kind-maps": "xdp_firewall_placeholder",
         "for_slot": "by_length"}


class State:
    """What a device has when a verb runs."""

    def __init__(self, bench, device):
        self.device = device
        self.components = next((entry["components"] for entry in bench.status()
                                if entry["ifname"] == device), [])
        self.names = [entry["name"] for entry in self.components]


def draw(rng, state, options):
    words = []
    for option, (chance, value) in options.items():
        if rng.random() < chance and (drawn := value(rng, state)) is not None:
            words += [option, drawn]
    return words


def attach(rng, state):
    kind = rng.choice(list(KINDS))
    return ["attach", OBJECTS / f"{kind}.o", "--name", f"c{rng.randrange(8)}",
            *draw(rng, state, {**OF_A_PLACE, **OF_A_DEVICE, **KINDS[kind]})]


def fill(rng, state):
    kind = rng.choice(list(FILLS))
    return ["attach", OBJECTS / f"{kind}.o", "--name", f"s{rng.randrange(3)}", "--slot",
            FILLS[kind]]


def replace(rng, state):
    kind = rng.choice(list(KINDS))
    return ["replace", neighbour(rng, state), OBJECTS / f"{kind}.o",
            *draw(rng, state, KINDS[kind]), *rng.choice([[], ["--allow-map-change"],
                                                         ["--fresh-maps"]])]


def change(verb, *options):
    """A verb for one component, with some options of its place."""
    def words(rng, state):
        chosen = {option: (1, OF_A_PLACE[option][1]) for option in options}
        return [verb, neighbour(rng, state), *draw(rng, state, chosen)]
    return words


# Each verb, and how often it is used.
VERBS = [
    (10, attach),
    (4, fill),
    (4, replace),
    (1, change("move", "--prio")),
    (2, change("move", "--before")),
    (2, change("set", "--proceed-on")),
    (2, change("set", "--allow-verdicts")),
    (3, change("detach")),
    (2, lambda rng, state: ["policy", "set", OBJECTS / f"policy-{rng.randrange(1, 4)}.o",
                            *rng.choice([[], ["--park"]])]),
    (2, lambda rng, state: ["policy", "clear", *rng.choice([[], ["--park"]])]),
    (1, lambda rng, state: ["interop", rng.choice(["none", "libxdp"])]),
    (1, lambda rng, state: ["release"]),
]


def step(bench, rng, devices):
    """Run one verb on one device; if it is refused, it must change nothing."""
    device = rng.choice(devices)
    (_, verb), = rng.choices(VERBS, [weight for weight, _ in VERBS])
    before = export(bench)
    done = bench.try_xdpctl(*verb(rng, State(bench, device)), "--dev", device)
    assert done.returncode in (0, 1), done.stderr
    if done.returncode:
        assert export(bench) == before, done.args


def export(bench):
    return bench.xdpctl("export")


# A mode that the file does not name is kept.
MODE = re.compile(r'^ *"mode": .*\n', re.MULTILINE)


def leads_back(components):
    """True if the file can restore the state from nothing. It cannot restore a shared map if the
    component that created it is gone, or no longer has a map of that name."""
    shares = {(entry["name"], share.split("=")[0]): tuple(share.split("=")[1].split(":"))
              for entry in components for share in entry.get("share_maps", [])}
    maps = {(entry["name"], used["name"]) for entry in components for used in entry.get("maps", [])}
    for start in shares:
        owner = start
        for _ in range(len(shares) + 1):
            owner = shares.get(owner, owner)
        if owner in shares or owner not in maps:
            return False
    return True


def check_it_does_nothing(bench, path):
    assert bench.quiet()
    before = bench.status()
    done = bench.try_xdpctl("plan", "--check", path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "matches the file" in bench.xdpctl("apply", path)
    assert bench.status() == before


def test_the_result_of_any_verbs_can_be_exported_and_applied(bench):
    seed = int(os.environ.get("XDPD_TEST_SEED") or random.randrange(1 << 32))
    print(f"# seed {seed}; XDPD_TEST_SEED={seed} repeats it", flush=True)
    rng = random.Random(seed)
    devices = [bench.device() for _ in range(3)]
    for device in devices:
        bench.inside(bench.netns, "ip", "link", "property", "add", "dev", device, "altname",
                     f"the-{device}")
    kept, files = bench.directory / "kept", []
    for round_number in range(4 if bench.emulated else 40):
        for _ in range(rng.randrange(2, 12)):
            step(bench, rng, devices)
        if not json.loads(export(bench))["devices"]:
            continue
        path = bench.directory / f"round-{round_number}.json"
        path.write_text(bench.xdpctl("export", "--objects", kept))
        files.append(path)
        now = export(bench)
        check_it_does_nothing(bench, path)
        if not all(leads_back(device["components"]) for device in bench.status()):
            continue
        bench.try_xdpctl("apply", rng.choice(files))
        bench.xdpctl("apply", path)
        named = [entry["name"] for entry in json.loads(path.read_text())["devices"]]
        again = bench.xdpctl("export", *[word for name in named for word in ("--dev", name)])
        again, now = [MODE.sub("", text) for text in (again, now)]
        assert again == now, "\n".join(difflib.unified_diff(now.splitlines(), again.splitlines()))
        assert "as it should be" in bench.xdpctl("verify")
