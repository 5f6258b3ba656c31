# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""All suites, and how much of each a command runs.

A suite is a command that speaks TAP. `make check` is for before a commit, `make test` for a change that is to land,
`make test-all` for everything. Suites that take long under emulation run in `make test` in shares that rotate with
each commit, so that every test has run on every kernel after ROTATION commits.
"""
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).resolve().parents[2]
INTEGRATION, CRASH, SYSTEMD, FUZZ = (TOP / f"tests/{name}/run"
                                     for name in ("integration", "crash", "systemd", "fuzz"))
KERNELS = ("5.10", "6.1", "6.12", "newest")
ROTATION = 8  # commits
UNAVAILABLE = 77  # exit status of tests/vm/run, tests/fresh/run and tests/packages/run when they cannot run on this machine
# How often random tests run, and which share of crash points, in `make test` and in `make test-all`.
KILLS = {"test": 75, "all": 300}
POINT_SHARES = {"test": 4, "all": 1}
POINT_SHARES_EMULATED = {"test": 16, "all": 4}
CRASH_SHARES_EMULATED = {"test": 3, "all": 1}  # of the tests that try these points
MUTATIONS = {"test": 15000, "all": 100000}  # changes of fused chains that alter something
DIFFERENTIAL = {"test": 1500, "all": 3000}
FUZZ_SECONDS = {"test": 15, "all": 3600}  # for each fuzzer
N_FUZZERS = 16
FILTER_COMPARISONS = {"test": 300000, "all": 1000000}
FILTER_COMPARISONS_EMULATED = {"test": 20000, "all": 200000}
DIFFERENTIAL_EMULATED = {"test": 100, "all": 300}

# A build directory, and how it is set up: the compiler, and options.
BUILDS = {
    "build-asan": ["gcc", "-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dwerror=true"],
    "build": ["gcc", "-Dstatic_nettle=true"],
    "build-clang": ["clang", "-Db_ndebug=true", "-Dwerror=true", "-Dcrash_points=true"],
    "build-tsan": ["clang", "-Db_sanitize=thread", "-Db_lundef=false", "-Dwerror=true"],
}
CHECKED = "build-asan"  # its daemon is tested natively; the only one of `make check`
OPTIMISED = "build"  # for the machines under emulation
CRASHING = "build-clang"  # has crash points
RACING = "build-tsan"  # finds data races, in the daemon only
UNIT_TESTED = [build for build in BUILDS if build != RACING]

# Test files whose tests `make check` always runs; it runs others if they were changed.
BASIC = ["attach:", "replace:", "recovery:", "rights:", "bad input:", "counters: known"]
# Tests that also run natively with the optimised daemon, because its speed, size or descriptors matter.
BY_SPEED = ["limits:", "leaks:", "faults:", "completions:", "daemon:"]
# Tests that depend on differences between kernels and linkers: each of them runs on some kernel each time.
BY_KERNEL = [f"{name}:" for name in (
    "adopt", "af xdp", "allow verdicts", "attach", "components", "counters", "fused at once", "inlining",
    "inspect", "interop", "leaks", "map owner", "multi buffer", "policy", "policy offers", "record", "redirects", "refusals",
    "replace", "shared maps", "tiered linker", "trace", "tracers", "traffic", "while connected")] + [
        "monitor: a chain that is fused"]
# The fifths of BY_KERNEL that run on a kernel.
FIFTHS = {"5.10": [0], "6.1": [1], "newest": [2], "6.12": [3, 4]}
WITH_XDP_TOOLS = ["adopt:", "foreign:", "interop:", "tracers:"]
# A share of all tests runs in the sandbox of the unit, and always these, which the sandbox can break.
BY_SANDBOX = ["manager:", "map permissions:", "netns:"]
# One test of each kind, in a root that has only what set-up installed.
FRESH_NATIVE = ["attach: priority", "completions:", "man:", "graph: pictures", "interop: unknown"]
FRESH_KERNEL = "6.12"
RELEASES = ("bookworm", "trixie")


class Suite(NamedTuple):
    name: str
    command: list
    seconds: int  # then it is ended; generous, because machines have other work
    variables: dict = {}
    in_vm: bool = False  # runs beside the native suites


def rotation():
    """The number of the share of this run."""
    given = os.environ.get("XDPD_TEST_ROTATION")
    if given:
        return int(given)
    counted = subprocess.run(["git", "rev-list", "--count", "HEAD"], cwd=TOP, capture_output=True, text=True,
                             check=False)
    return int(counted.stdout or 0)


def executables(directory):
    return sorted(path for path in directory.glob("*") if path.is_file() and os.access(path, os.X_OK))


def changed_test_files():
    """Words that select the tests of files that differ from the previous commit, for integration/run."""
    listed = subprocess.run(["git", "diff", "--name-only", "HEAD~1", "--", "tests/integration"], cwd=TOP,
                            capture_output=True, text=True, check=False).stdout.split()
    names = [Path(line).stem.removeprefix("test_").replace("_", " ") for line in listed if "/test_" in line]
    return [f"{name}:" for name in names]


def vm(kernel, seconds, *command, systemd=False, options=()):
    if systemd:
        options = ["--systemd", "--prepare", TOP / "tests/systemd/install", *options]
    return [TOP / "tests/vm/run", "--kernel", kernel, *options, "--timeout", str(seconds), "--", *command]


def always():
    for script in executables(TOP / "tests/check"):
        yield Suite(f"check {script.name}", [script], 300)


def units(builds):
    for build in builds:
        for test in executables(TOP / build / "tests/unit"):
            yield Suite(f"{build} unit {test.name}", [test], 300)


def integration(build, words=(), shard="0/1", name="", level="all"):
    return Suite(f"{build} integration{name}", [INTEGRATION, *words], 3000,
                 {"XDPD_BUILD": build, "XDPD_TEST_SHARE": shard, "XDPD_TEST_LEVEL": level})


def native(level):
    """Two run at the same time, because two processors can do no more."""
    for number in range(2):
        yield integration(CHECKED, shard=f"{number}/2", name=f" {number + 1}/2", level=level)
    for build in (CHECKED, OPTIMISED):
        yield Suite(f"{build} differential",
                    [TOP / build / "tests/differential/differential", str(DIFFERENTIAL[level])], 1800)
        yield Suite(f"{build} filters",
                    [TOP / build / "tests/differential/filter", str(FILTER_COMPARISONS[level])], 900)
        yield Suite(f"{build} mutations",
                    [TOP / build / "tests/differential/mutations", str(MUTATIONS[level])], 1800)
    yield integration(OPTIMISED, [] if level == "all" else BY_SPEED)
    shares = POINT_SHARES[level]
    yield Suite("crash", [CRASH], 3000,
                {"XDPD_BUILD": CRASHING, "XDPD_CRASH_KILLS": str(KILLS[level]),
                 "XDPD_CRASH_SHARE": f"{rotation() % shares}/{shares}"})
    # It has its own build directory: the fuzzers need a runtime of clang that not every machine has.
    yield Suite("fuzz", [FUZZ, "--seconds", str(FUZZ_SECONDS[level])], 1800 + N_FUZZERS * FUZZ_SECONDS[level] * 2)
    yield Suite("races", [TOP / "tests/tsan/run"], 900, {"XDPD_BUILD": RACING})
    yield Suite("crash adopt", [INTEGRATION, "adopt: a killed", "devbound: a killed"], 900, {"XDPD_BUILD": CRASHING})


def sandboxed(name, share, words=(), always_words=(), linker="freplace"):
    return Suite(f"systemd sandbox {name}",
                 vm("6.12", 3600, INTEGRATION, *words, systemd=True), 3700,
                 {"XDPD_BUILD": OPTIMISED, "XDPD_TEST_UNIT": "xdpd.service", "XDPD_TEST_SHARE": share,
                  "XDPD_TEST_ALWAYS": ",".join(always_words), "XDPD_LINKER": linker}, True)


def with_systemd(level):
    yield Suite("systemd", vm("6.1", 2400, SYSTEMD, systemd=True), 2500,
                {"XDPD_BUILD": OPTIMISED}, True)
    yield Suite("systemd reboot",
                vm("6.12", 600, TOP / "tests/systemd/reboot", systemd=True, options=["--boots", "2"]), 1300,
                {"XDPD_BUILD": OPTIMISED}, True)
    if level == "all":
        yield sandboxed("freplace 1/2", "0/2")
        yield sandboxed("freplace 2/2", "1/2")
        yield sandboxed("fused", "0/1", words=["components:", "inlining:", "limits:", "manager:"], linker="fused")
    else:
        yield sandboxed("freplace", f"{rotation() % ROTATION}/{ROTATION}", always_words=BY_SANDBOX)


def on_kernel(kernel, number, level):
    share = "0/1"
    if level != "all":
        fifths = sorted((fifth + rotation()) % 5 for fifth in FIFTHS[kernel])
        share = ",".join(f"{fifth}/5" for fifth in fifths)
    words = [word for word in BY_KERNEL if kernel != "newest" or word not in WITH_XDP_TOOLS]
    yield Suite(f"kernel {kernel} integration", vm(kernel, 3600, INTEGRATION, *words), 3700,
                {"XDPD_BUILD": OPTIMISED, "XDPD_TEST_KERNEL": kernel, "XDPD_TEST_SHARE": share,
                 "XDPD_LINKER": "freplace"}, True)
    yield Suite(f"kernel {kernel} differential",
                vm(kernel, 1500, TOP / OPTIMISED / "tests/differential/differential",
                   str(DIFFERENTIAL_EMULATED[level])), 1600, {"XDPD_LINKER": "freplace"}, True)
    yield Suite(f"kernel {kernel} filters",
                vm(kernel, 900, TOP / OPTIMISED / "tests/differential/filter",
                   str(FILTER_COMPARISONS_EMULATED[level])), 1000, {}, True)
    if level == "all" or rotation() % len(KERNELS) == number:
        turn = rotation() // len(KERNELS)
        tests, points = CRASH_SHARES_EMULATED[level], POINT_SHARES_EMULATED[level]
        yield Suite(f"kernel {kernel} crash", vm(kernel, 3600, CRASH), 3700,
                    {"XDPD_BUILD": CRASHING, "XDPD_TEST_KERNEL": kernel,
                     "XDPD_LINKER": ("tiered", "freplace")[number % 2],
                     "XDPD_TEST_SHARE": f"{turn % tests}/{tests}",
                     "XDPD_CRASH_SHARE": f"{turn % points}/{points}"}, True)


def emulated(level):
    yield from with_systemd(level)
    for number, kernel in enumerate(KERNELS):
        yield from on_kernel(kernel, number, level)
    # With libxdp's tools of the kernel's Debian; other suites use those of this machine.
    share = "0/1" if level == "all" else f"{rotation() % 3}/3"
    yield Suite("kernel newest xdp-tools",
                vm("newest", 3600, INTEGRATION, *WITH_XDP_TOOLS, options=["--xdp-tools"]), 3700,
                {"XDPD_BUILD": OPTIMISED, "XDPD_TEST_SHARE": share, "XDPD_LINKER": "freplace"}, True)


def fresh_roots(level):
    """`make demo` on each release; `make test` on one of them, which changes with each commit, or on all."""
    for number, release in enumerate(RELEASES):
        options = [] if level == "all" or rotation() % len(RELEASES) == number else ["--demo"]
        yield Suite(f"fresh {release}", ["nice", TOP / "tests/fresh/run", *options, release], 3600, {}, True)


def packages(releases):
    """Debian packages on clean machines. Without a release: this machine's."""
    for release in releases:
        yield Suite(f"packages {release}".strip(), ["nice", TOP / "tests/packages/run", *release.split()], 3600, {}, True)


def expected(suite):
    """How many results it will have, as far as that is known before it runs."""
    for at, word in enumerate(suite.command):
        if word in (INTEGRATION, CRASH, SYSTEMD):
            counted = subprocess.run([word, "--count", *suite.command[at + 1:]], capture_output=True, text=True,
                                     env={**os.environ, **suite.variables}, check=False)
            return int(counted.stdout or 1)
        if Path(word).name.startswith("test-"):
            source = TOP / "tests/unit" / f"{Path(word).name}.c"
            return source.read_text().count("cmocka_unit_test") if source.exists() else 1
    return 1


def alone(suite, test):
    """A suite of that test of the suite; None if it cannot be run without all others."""
    if " unit " in suite.name:
        return suite
    if {INTEGRATION, CRASH, SYSTEMD}.isdisjoint(suite.command):
        return None
    return suite._replace(variables={**suite.variables, "XDPD_TEST_ONLY": test.removeprefix("killed in: ")})


def check():
    yield from always()
    yield from units([CHECKED])
    yield integration(CHECKED, [*BASIC, *changed_test_files()])


def test():
    yield from always()
    yield from fresh_roots("test")
    yield from packages([""])
    yield from emulated("test")
    yield from units(UNIT_TESTED)
    yield from native("test")


def everything():
    yield from always()
    yield from fresh_roots("all")
    yield from packages(RELEASES)
    yield Suite("fresh self-test", ["nice", TOP / "tests/fresh/self-test"], 3600, {}, True)
    yield from emulated("all")
    yield from units(UNIT_TESTED)
    yield from native("all")


def fresh():
    """One test of each kind, which shows whether a package is missing that a suite needs."""
    yield from always()
    yield from units(UNIT_TESTED)
    yield integration(CHECKED, FRESH_NATIVE)
    yield Suite("crash", [CRASH, "attach"], 900, {"XDPD_BUILD": CRASHING, "XDPD_CRASH_SHARE": "0/8"})
    yield Suite("kernel", vm(FRESH_KERNEL, 900, INTEGRATION, "attach: priority"), 1000,
                {"XDPD_BUILD": OPTIMISED, "XDPD_LINKER": "freplace"}, True)
    yield Suite("systemd", vm(FRESH_KERNEL, 900, SYSTEMD, "socket", systemd=True), 1000,
                {"XDPD_BUILD": OPTIMISED}, True)
    yield sandboxed("freplace", "0/1", words=["attach: priority"])


LEVELS = {"check": check, "test": test, "all": everything, "fresh": fresh}


def builds_of(level):
    return {"check": [CHECKED], "fresh": UNIT_TESTED}.get(level, list(BUILDS))
