"""Nanoseconds a packet over the length of the chain, as SVG: one panel for each kind of component."""

WIDTH, HEIGHT, LEFT, TOP, GAP = 300, 220, 46, 34, 40
COLOURS = {"by hand": "#555555", "fused": "#0072b2", "freplace": "#009e73",
           "tail calls": "#e69f00", "fused with calls": "#d55e00"}


def panel(costs, kind, lengths, x):
    """A plot whose upper left corner is at x; its lines end in their names."""
    rows = {way: {cost["length"]: max(cost["ns"], 0) for cost in costs
                  if (cost["kind"], cost["way"]) == (kind, way)} for way in COLOURS}
    highest = max((value for row in rows.values() for value in row.values()), default=1) or 1

    def at(length, value):
        return (x + WIDTH * length / max(lengths), TOP + HEIGHT * (1 - value / highest))

    parts = [f'<text x="{x}" y="{TOP - 12}" font-weight="bold">{kind}</text>',
             f'<path d="M{x} {TOP}V{TOP + HEIGHT}H{x + WIDTH}" fill="none" stroke="#999"/>']
    for length in lengths:
        parts.append(f'<text x="{at(length, 0)[0]:.0f}" y="{TOP + HEIGHT + 16}" '
                     f'text-anchor="middle">{length}</text>')
    for value in (0, highest / 2, highest):
        parts.append(f'<text x="{x - 6}" y="{at(0, value)[1] + 4:.0f}" '
                     f'text-anchor="end">{value:.0f}</text>')
    for way, row in rows.items():
        if not row:
            continue
        points = " ".join("{:.1f},{:.1f}".format(*at(length, row[length]))
                          for length in lengths if length in row)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[way]}" '
                     f'stroke-width="2"/>')
    return parts


def legend(y):
    parts, x = [], LEFT
    for way, colour in COLOURS.items():
        parts.append(f'<rect x="{x}" y="{y - 9}" width="18" height="4" fill="{colour}"/>'
                     f'<text x="{x + 24}" y="{y}">{way}</text>')
        x += 40 + 8 * len(way)
    return parts


def draw(costs, lengths):
    kinds = [kind for kind in ("nothing", "counter", "parser", "xdp-filter")
             if any(cost["kind"] == kind for cost in costs)]
    width = LEFT + len(kinds) * (WIDTH + GAP + LEFT)
    height = TOP + HEIGHT + 70
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
             f'font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>']
    for number, kind in enumerate(kinds):
        parts += panel(costs, kind, lengths, LEFT + number * (WIDTH + GAP + LEFT))
    parts += legend(TOP + HEIGHT + 40)
    parts.append(f'<text x="{LEFT}" y="{TOP + HEIGHT + 60}" fill="#555">nanoseconds a packet over '
                 f'the number of components; the empty loop is taken off</text>')
    return "\n".join(parts) + "\n</svg>\n"
