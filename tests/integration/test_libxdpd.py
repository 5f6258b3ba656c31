# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What is installed is enough to write programs in C, and stays compatible with them."""
import json
import os
import re
import subprocess

from harness import BUILD, OBJECTS, TOP, run, wait_for

ABI = TOP / "lib/libxdpd.abi"
MANUAL = TOP / "docs/libraries.md"


def option(name):
    """The value of an option of the build."""
    listed = json.loads(run("meson", "introspect", "--buildoptions", BUILD).stdout)
    return next(entry["value"] for entry in listed if entry["name"] == name)


def installed(bench):
    """Install everything below a directory of the test; returns the directory with the pkg-config file."""
    staging = bench.directory / "staging"
    if not staging.exists():
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", staging)
    return next(staging.rglob("libxdpd.pc")).parent


def compiled(bench, source, name):
    """Build a C program against what is installed, and nothing else; returns its path and its environment."""
    packages, staging = installed(bench), bench.directory / "staging"
    environment = {**os.environ, "PKG_CONFIG_PATH": str(packages), "PKG_CONFIG_SYSROOT_DIR": str(staging)}
    flags = run("pkg-config", "--cflags", "--libs", "libxdpd", env=environment).stdout.split()
    sanitizers = option("b_sanitize")
    sanitize = [] if sanitizers == "none" else [f"-fsanitize={sanitizers}"]
    (bench.directory / f"{name}.c").write_text(source)
    run(*option_compiler(), "-std=c99", "-pedantic", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror", *sanitize, f"{name}.c", *flags,
        "-o", name, cwd=bench.directory)
    return bench.directory / name, {**os.environ, "LD_LIBRARY_PATH": str(packages.parent)}


def option_compiler():
    """The compiler of the build, so that its sanitizers are the same."""
    compilers = json.loads(run("meson", "introspect", "--compilers", BUILD).stdout)
    return [word for word in compilers["host"]["c"]["exelist"] if "ccache" not in word]


def example(number=0):
    return re.findall(r"```c\n(.*?)```", MANUAL.read_text(), re.DOTALL)[number]


def test_the_example_works(bench):
    program, environment = compiled(bench, example(), "example")
    device, daemon = bench.device(), bench.daemon()
    process = subprocess.Popen([program, device, OBJECTS / "verdict-2.o", daemon.socket], env=environment,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "attached\n"
    assert bench.names(device) == ["fw"]
    process.communicate("")
    assert process.returncode == 0
    assert not bench.names(device)


def test_the_example_reports_errors(bench):
    program, environment = compiled(bench, example(), "example")
    device, daemon = bench.device(), bench.daemon()
    refused = run(program, "absent0", OBJECTS / "verdict-2.o", daemon.socket, env=environment, check=False)
    assert refused.returncode == 1
    assert refused.stderr == "io.xdpd.NoSuchDevice: no network device 'absent0'\n", refused.stderr
    nowhere = run(program, device, OBJECTS / "verdict-2.o", "/nowhere", env=environment, check=False)
    assert nowhere.stderr.startswith("io.xdpd.client.NoDaemon: cannot reach xdpd at '/nowhere'"), nowhere.stderr


def outlives_the_daemon(bench, process, lines, device, daemon):
    """The program reconnects, and prints what has "attached", whenever the daemon was started again; the component runs
    on."""
    ran = set()
    for end in (None, daemon.kill, daemon.stop):
        if end:
            end()
            daemon.start()
        read_until(lines, "attached")
        component, = bench.chain(device)
        assert "awaits_client" not in component
        ran.add(component["prog_id"])
    assert len(ran) == 1
    process.kill()
    process.communicate()
    assert wait_for(lambda: not bench.names(device))


def read_until(stream, word):
    lines = [stream.readline()]
    while word not in lines[-1]:
        assert lines[-1], lines
        lines.append(stream.readline())
    return lines


def test_the_example_that_outlives_the_daemon_works(bench):
    program, environment = compiled(bench, example(1), "again")
    device, daemon = bench.device(), bench.daemon()
    process = subprocess.Popen([program, device, OBJECTS / "verdict-2.o", daemon.socket], env=environment,
                               stderr=subprocess.PIPE, text=True)
    outlives_the_daemon(bench, process, process.stderr, device, daemon)


def test_exported_symbols_are_those_of_the_list(_bench):
    lines = run("nm", "-D", "--defined-only", "--with-symbol-versions", BUILD / "lib/libxdpd.so").stdout.splitlines()
    exported = {line.split()[2] for line in lines if "@" in line}
    listed = {line for line in ABI.read_text().splitlines() if not line.startswith("#")}
    assert exported == listed, f"change {ABI} if a symbol was added: {sorted(exported ^ listed)}"


def test_every_exported_function_is_declared(_bench):
    header = re.sub(r"/\*.*?\*/", "", (TOP / "lib/xdpd.h").read_text(), flags=re.DOTALL)
    declared = set(re.findall(r"^[a-z].*?\b(xdpd_\w+)\(", header, re.MULTILINE))
    listed = {line.split("@")[0] for line in ABI.read_text().splitlines() if not line.startswith("#")}
    assert declared == listed, sorted(declared ^ listed)


def test_the_library_needs_only_libc_and_jansson(_bench):
    needed = re.findall(r"NEEDED.*\[(.*?)\.so", run("readelf", "-d", BUILD / "lib/libxdpd.so").stdout)
    assert set(needed) - {"libasan", "libubsan", "libtsan"} == {"libc", "libjansson"}, needed
