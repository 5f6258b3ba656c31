# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Chain files for tests of apply."""
import json
import shutil

from harness import OBJECTS


def device(name, *components, **more):
    return {"name": name, "components": list(components), **more}


def write(bench, *devices, name="chains.json"):
    """Write a chain file, in a directory with the objects."""
    place = bench.directory / "files"
    if not place.exists():
        place.mkdir()
        for path in OBJECTS.glob("*.o"):
            shutil.copy(path, place)
    path = place / name
    path.write_text(json.dumps({"devices": devices}))
    return path
