#!/usr/bin/env python3
"""Draws Varo, the invented country of the demo, and writes it as GeoJSON. Standard library only.

Takes nothing; writes `assets/varo/*.geojson` and the zones of `agreements/varo-2026/`. The same bytes every time: all
chance comes from SHA-256 of a name. Varo lies in the open South Atlantic, more than 400 km from any real land, so that
nothing invented is ever drawn over a real place.

    python3 scripts/varo/make.py
"""

import hashlib
import heapq
import json
import math
import pathlib

from names import CITIES, NORTH, SOUTH, pairs

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEST, SOUTH_EDGE, MIDDLE = -22.6, -37.6, -36.6
KM_PER_DEGREE = 111.195
AS_OF = "2026-02-27"

# The plane: kilometres east and north of the south-western corner. Junctions of sectors are control points of two curves.
COAST = [
    (18, 118), (22, 136), (30, 150), (58, 168), (66, 188), (84, 204), (118, 206), (150, 192), (166, 182), (188, 194),
    (214, 203), (240, 213), (286, 206), (318, 192), (344, 198), (380, 180), (400, 150), (400, 124), (411, 98),
    (392, 70), (362, 52), (330, 30), (290, 22), (262, 34), (246, 52), (224, 38), (186, 14), (140, 5), (104, 22),
    (84, 16), (52, 38), (34, 66), (38, 84), (30, 102),
]
LINE = [
    (30, 102), (66, 112), (96, 98), (128, 106), (154, 122), (182, 118), (206, 100), (236, 90), (262, 104), (290, 119),
    (318, 112), (346, 123), (372, 115), (400, 124),
]
NORTHERN = [(30, 150), (70, 150), (120, 158), (176, 160), (218, 146), (270, 148), (310, 156), (352, 160), (400, 150)]
SOUTHERN = [(34, 66), (70, 56), (120, 62), (180, 66), (218, 62), (262, 66), (310, 64), (352, 72), (392, 70)]
# Between two sectors: the control points on the northern bound, the line and the southern bound.
DIVIDERS = {"ab": (1, 1, 1), "bc": (2, 3, 2), "cd": (3, 5, 3), "de": (5, 8, 5), "ef": (6, 10, 6)}
LAKE = [(128, 146), (136, 152), (150, 150), (162, 144), (170, 136), (160, 134), (150, 138), (138, 139)]
SMALL_LAKE = [(322, 142), (327, 145), (333, 143), (331, 139), (325, 138)]
RIVERS = {
    # The middle of the Kesh is the line itself from its fifth to its seventh control point.
    "Kesh": ("Кеш", [(168, 135), (176, 128), (182, 118)], (5, 7), [(236, 90), (241, 76), (240, 64), (246, 52)]),
    "Tamsel": ("Тамсель", [(303, 148), (276, 166), (250, 172), (226, 188), (214, 203)], None, []),
    "Ubra": ("Убра", [(300, 92), (318, 78), (338, 72), (350, 60), (362, 52)], None, []),
    "Lomarin": ("Ломарін", [(104, 136), (78, 130), (50, 138), (22, 136)], None, []),
    "Druva": ("Друва", [(86, 90), (100, 70), (122, 44), (116, 30), (104, 22)], None, []),
}
ISLANDS = [((10, 160), 5), ((4, 150), 3), ((420, 116), 3.5), ((262, 12), 4), ((274, 6), 2.5), ((150, 208), 2.5)]
SECTORS = {
    "A": ("Lomar Coast", "Узбережжя Ломар"), "B": ("Druvna Fields", "Друвнанські поля"),
    "C": ("Lake Oru", "Озеро Ору"), "D": ("Middle Kesh", "Середній Кеш"), "E": ("Tarnel Hills", "Тарнельські пагорби"),
    "F": ("Ubrend Shore", "Убрендський берег"), "G": ("North Aldren", "Північний Алдрен"),
    "H": ("South Berovia", "Південна Беровія"),
}
POSTS = [
    # id, kind, km east, km north of the line (or of the corner, for what is not on the line), names
    ("K-1", "post", 47, 3.0), ("K-2", "post", 84, -2.5), ("K-3", "post", 113, 2.5), ("K-4", "post", 156, -3.0),
    ("K-5", "post", 198, 3.0), ("K-6", "post", 244, -3.0), ("K-7", "post", 291, 2.5), ("K-8", "post", 337, -2.5),
    ("K-9", "post", 377, 3.0), ("CAM-1", "camera", 121, 1.0), ("CAM-2", "camera", 221, 1.2),
    ("CAM-3", "camera", 333, 1.5), ("AC-1", "acoustic", 106, 1.5), ("AC-2", "acoustic", 284, -1.5), ("AC-3", "acoustic", 161, 2.0),
    ("AC-4", "acoustic", 227, 2.5), ("AC-5", "acoustic", 329, -2.0), ("AC-6", "acoustic", 204, -2.0), ("AC-7", "acoustic", 119, -2.0),
    ("AC-8", "acoustic", 149, 1.5), ("AC-9", "acoustic", 213, 1.8), ("AC-10", "acoustic", 299, 2.2), ("AC-11", "acoustic", 345, 1.8),
    ("AC-12", "acoustic", 60, -1.8),
]
HUBS = [("HUB-N", "Hub North, Tarnel", "База «Північ», Тарнель", "Tarnel"),
        ("HUB-S", "Hub South, Druvna", "База «Південь», Друвна", "Druvna")]
STATIONS = [("oru-dam", "Oru Dam", "Гребля Ору", 172, 131), ("tarnel-plant", "Tarnel Power Station", "Тарнельська ТЕС", 286, 134),
            ("druvna-plant", "Druvna Power Station", "Друвнанська ТЕС", 108, 82)]
APPROACHES = [("Lomar", (0, 124)), ("Ubrend", (384, 40))]


# ---- chance, curves and rings

def unit(*name):
    """A number in [0, 1) that belongs to a name."""
    digest = hashlib.sha256("/".join(map(str, name)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def smooth(points, closed, steps):
    """Catmull-Rom spans through the points, each a list that ends where the next begins."""
    count = len(points)
    pick = (lambda i: points[i % count]) if closed else (lambda i: points[max(0, min(count - 1, i))])
    spans = []
    for i in range(count if closed else count - 1):
        a, b, c, d = (pick(i + k) for k in (-1, 0, 1, 2))
        span = []
        for step in range(steps + 1):
            t = step / steps
            weights = (-t**3 + 2 * t * t - t, 3 * t**3 - 5 * t * t + 2, -3 * t**3 + 4 * t * t + t, t**3 - t * t)
            span.append(tuple(sum(w * p[axis] for w, p in zip(weights, (a, b, c, d))) / 2 for axis in (0, 1)))
        span[0], span[-1] = pick(i), pick(i + 1)
        spans.append(span)
    return spans


def roughen(name, points, rough, finest_km):
    """Midpoint displacement of every side down to `finest_km`."""
    out = [points[0]]

    def side(a, b, key):
        length = math.dist(a, b)
        if length <= finest_km:
            out.append(b)
            return
        push = (unit(name, key) - 0.5) * 2 * rough
        middle = ((a[0] + b[0]) / 2 - (b[1] - a[1]) * push, (a[1] + b[1]) / 2 + (b[0] - a[0]) * push)
        side(a, middle, key * 2)
        side(middle, b, key * 2 + 1)

    for i, (a, b) in enumerate(zip(points, points[1:])):
        side(a, b, (i + 1) << 24)
    return out


def curve(name, points, closed=False, rough=0.1, finest_km=1.6, steps=2):
    """Roughened spans between the control points."""
    return [roughen(f"{name}-{i}", span, rough, finest_km) for i, span in enumerate(smooth(points, closed, steps))]


def path(spans):
    """Spans joined, without the doubled joints."""
    return spans[0] + [p for span in spans[1:] for p in span[1:]]


def ring(spans):
    return path(spans)[:-1]


def blob(name, centre, radius_km, corners=9):
    """A small island."""
    turns = [(2 * math.pi * i / corners, radius_km * (0.6 + 0.7 * unit(name, i))) for i in range(corners)]
    points = [(centre[0] + r * math.cos(t) * 1.3, centre[1] + r * math.sin(t)) for t, r in turns]
    return ring(curve(name, points, True, 0.16, 0.7))


def inside(point, polygon):
    x, y = point
    odd = False
    for (ax, ay), (bx, by) in zip(polygon, polygon[1:] + polygon[:1]):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            odd = not odd
    return odd


def reach(point, points):
    """Distance to the nearest vertex, close enough on curves as fine as these."""
    return min(math.dist(point, p) for p in points)


def knots(polygon):
    """Pairs of sides of a ring that cross: there must be none."""
    sides = list(zip(polygon, polygon[1:] + polygon[:1]))
    turn = lambda a, b, c: (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    found = 0
    for i, (a, b) in enumerate(sides):
        for c, d in sides[i + 2:len(sides) - (i == 0)]:
            if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
                continue
            found += turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0
    return found


# ---- the land

coast = curve("coast-6", COAST, True, 0.33, 0.9, 1)
line = curve("line", LINE, rough=0.13)
northern, southern = curve("northern", NORTHERN), curve("southern", SOUTHERN)
dividers = {name: (curve(name + "n", [NORTHERN[n], LINE[k]], steps=4), curve(name + "s", [LINE[k], SOUTHERN[s]], steps=4))
            for name, (n, k, s) in DIVIDERS.items()}
mainland = ring(coast)
lake, small_lake = ring(curve("lake", LAKE, True, 0.16, 0.8)), ring(curve("small", SMALL_LAKE, True, 0.16, 0.6))
line_path = path(line)


def between(spans, first, last, forward=True):
    part = path(spans[first:last])
    return part if forward else part[::-1]


def chain(*paths):
    """Paths joined end to end into a ring."""
    out = []
    for points in paths:
        assert not out or math.dist(out[-1], points[0]) < 1e-6, (out[-1], points[0])
        out += points[1:] if out else points
    assert math.dist(out[0], out[-1]) < 1e-6
    return out[:-1]


def divider(name, southward=True):
    whole = path([path(dividers[name][0]), path(dividers[name][1])])
    return whole if southward else whole[::-1]


def strip(left, right):
    """A sector of the line between two dividers."""
    (ln, _, ls), (rn, _, rs) = DIVIDERS[left], DIVIDERS[right]
    return chain(between(northern, ln, rn), divider(right), between(southern, ls, rs, False), divider(left, False))


nw, ne, se, sw = (COAST.index(p) for p in (NORTHERN[0], NORTHERN[-1], SOUTHERN[-1], SOUTHERN[0]))
west_coast = path(coast[sw:] + coast[:nw])
sectors = {
    "A": chain(west_coast, between(northern, 0, 1), divider("ab"), between(southern, 0, 1, False)),
    "B": strip("ab", "bc"), "C": strip("bc", "cd"), "D": strip("cd", "de"), "E": strip("de", "ef"),
    "F": chain(between(northern, 6, 8), between(coast, ne, se), between(southern, 6, 8, False), divider("ef", False)),
    "G": chain(between(coast, nw, ne), between(northern, 0, 8, False)),
    "H": chain(between(coast, se, sw), between(southern, 0, 8)),
}
rivers = {}
for name, (name_uk, upper, along, lower) in RIVERS.items():
    points = path(curve(name, upper, rough=0.16, finest_km=1.2))
    if along:
        points = path([points, path(line[along[0]:along[1]]), path(curve(name + "-low", lower, rough=0.16, finest_km=1.2))])
    rivers[name] = (name_uk, points)


def line_north_km(x):
    """Where the line runs at `x`."""
    return min(line_path, key=lambda p: abs(p[0] - x))[1]


def dry(point):
    return inside(point, mainland) and not inside(point, lake) and not inside(point, small_lake)


def sector_of(point):
    return next((name for name, polygon in sectors.items() if inside(point, polygon)), None)


# ---- hills: fractal noise, lower towards the coast and the rivers, cut at two heights

def noise(x, y, octave):
    step = 30 / 2**octave
    i, j = math.floor(x / step), math.floor(y / step)
    fade = lambda t: t * t * (3 - 2 * t)
    u, v = fade(x / step - i), fade(y / step - j)
    corner = lambda a, b: unit("hill", octave, i + a, j + b)
    top = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * u
    low = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * u
    return low + (top - low) * v


RIDGES = [((286, 128), 30), ((312, 134), 24), ((262, 184), 20), ((104, 168), 26), ((206, 132), 17), ((150, 58), 24), ((200, 44), 16), ((330, 96), 15)]


def height_m(point):
    ridge = sum(math.exp(-(math.dist(point, centre) / wide) ** 2) for centre, wide in RIDGES)
    rugged = sum(noise(*point, octave) / 2**octave for octave in range(4)) / 1.875
    shore = min(1.0, reach(point, mainland[::3]) / 14)
    valley = min(1.0, 0.35 + min(reach(point, points[::3]) for _, points in rivers.values()) / 12)
    return 1500 * shore * valley * (0.2 + ridge) * max(0.0, rugged - 0.3)


def contours(level, step_km=2.5):
    """Rings round everything above `level`, by marching squares."""
    across, up = int(425 / step_km), int(220 / step_km)
    grid = [[height_m((i * step_km, j * step_km)) if inside((i * step_km, j * step_km), mainland) else 0.0
             for i in range(across)] for j in range(up)]
    edges = {}
    for j in range(up - 1):
        for i in range(across - 1):
            square = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
            cuts = []
            for (a, b) in zip(square, square[1:] + square[:1]):
                low, high = grid[a[1]][a[0]], grid[b[1]][b[0]]
                if (low >= level) != (high >= level):
                    share = (level - low) / (high - low)
                    cut = tuple(round((a[k] + (b[k] - a[k]) * share) * step_km, 3) for k in (0, 1))
                    cuts.append((low >= level, cut))
            outs, ins = [c for up_, c in cuts if up_], [c for up_, c in cuts if not up_]
            for start, end in zip(outs, ins):
                edges[start] = end
    rings = []
    while edges:
        start, here = next(iter(edges.items()))
        del edges[start]
        points = [start]
        while here in edges:
            points.append(here)
            here = edges.pop(here)
        if len(points) > 12:
            rings.append(points)
    return rings


# ---- people

def settle():
    """Towns where they are stated; villages each as far from the others as the best of twelve throws."""
    places = [(name, uk, size, (x, y)) for name, (uk, size, x, y) in CITIES.items()]
    for point in (p for *_, p in places):
        assert dry(point), point
    names = [(name, uk, True) for name, uk in pairs(NORTH)] + [(name, uk, False) for name, uk in pairs(SOUTH)]
    for turn, (name, uk, north) in enumerate(names):
        best, best_gap, throw = None, -1.0, 0
        while throw < 12 or best is None:
            point = (15 + 395 * unit(name, throw, "x"), 5 + 205 * unit(name, throw, "y"))
            throw += 1
            if not dry(point) or (point[1] > line_north_km(point[0])) != north or reach(point, line_path) < 2.5 or reach(point, mainland) < 1.2:
                continue
            gap = min(math.dist(point, p) for *_, p in places) * (1.3 if abs(point[1] - line_north_km(point[0])) < 28 else 1.0)
            if gap > best_gap:
                best, best_gap = point, gap
        places.append((name, uk, 3 if turn % 3 == 0 else 4, best))
    return places


def roads(places):
    """The relative neighbourhood graph of the places, dry sides only, as (from, to, way)."""
    out = []
    for i, (name, _, _, a) in enumerate(places):
        for other, _, _, b in places[i + 1:]:
            length = math.dist(a, b)
            if length > 75 or any(max(math.dist(a, c), math.dist(b, c)) < length for *_, c in places):
                continue
            way = roughen(f"road {name} {other}", [a, b], 0.11, 2.5)
            if not all(dry(p) for p in way):
                way = roughen(f"road {name} {other}", [a, b], 0.04, 2.5)
            if all(dry(p) for p in way):
                out.append((name, other, way))
    return out


def main_roads(places, ways):
    """The sides that lie on a shortest way between two towns of the first two classes less than 130 km apart."""
    near = {name: [] for name, *_ in places}
    for a, b, way in ways:
        length = sum(math.dist(p, q) for p, q in zip(way, way[1:]))
        near[a].append((b, length))
        near[b].append((a, length))
    towns = [(name, point) for name, _, size, point in places if size <= 2]
    out = set()
    for start, point in towns:
        best, queue = {start: (0.0, None)}, [(0.0, start)]
        while queue:
            gone, here = heapq.heappop(queue)
            for there, length in near[here]:
                if gone + length < best.get(there, (math.inf,))[0]:
                    best[there] = (gone + length, here)
                    heapq.heappush(queue, (gone + length, there))
        for goal, other in towns:
            here = goal if goal in best and math.dist(point, other) < 130 else start
            while best[here][1]:
                out.add(frozenset((here, best[here][1])))
                here = best[here][1]
    return out


# ---- out

def degrees(point):
    lon = WEST + point[0] / (KM_PER_DEGREE * math.cos(math.radians(MIDDLE)))
    return [round(lon, 4), round(SOUTH_EDGE + point[1] / KM_PER_DEGREE, 4)]


def polygon(points):
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1]))
    points = points if doubled > 0 else points[::-1]
    return {"type": "Polygon", "coordinates": [[degrees(p) for p in points + points[:1]]]}


def string(points):
    return {"type": "LineString", "coordinates": [degrees(p) for p in points]}


def spot(point):
    return {"type": "Point", "coordinates": degrees(point)}


def write(folder, name, features, **about):
    body = {"type": "FeatureCollection", "name": name, **about}
    lines = ",\n".join(json.dumps({"type": "Feature", "properties": properties, "geometry": geometry},
                                  ensure_ascii=False, separators=(",", ":")) for properties, geometry in features)
    head = json.dumps(body, ensure_ascii=False)[:-1]
    target = ROOT / folder / f"{name}.geojson"
    target.write_text(f'{head}, "features": [\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{target.stat().st_size:7} {len(features):4} {target.relative_to(ROOT)}")


def disc(point, radius_km, corners=24):
    turns = [2 * math.pi * i / corners for i in range(corners)]
    return polygon([(point[0] + radius_km * math.cos(t), point[1] + radius_km * math.sin(t)) for t in turns])


def main():
    assert not knots(mainland) and not knots(lake) and all(not knots(s) for s in sectors.values()), "a ring crosses itself"
    places, assets = settle(), "assets/varo"
    about = {"about": "Varo is invented. No real place is shown.", "licence": "Apache-2.0"}
    country = {"country": "VARO"}
    islands = [blob(f"island {i}", centre, size) for i, (centre, size) in enumerate(ISLANDS)]
    write(assets, "land", [({**country, "id": f"land-{i}"}, polygon(p)) for i, p in enumerate([mainland, *islands])], **about)
    write(assets, "regions", [({"id": key, **country, "name_en": SECTORS[key][0], "name_uk": SECTORS[key][1]}, polygon(p))
                              for key, p in sectors.items()], **about)
    water = [({"class": "coast"}, string(p + p[:1])) for p in [mainland, *islands]]
    water += [({"class": "river", "name_en": name, "name_uk": uk}, string(p)) for name, (uk, p) in rivers.items()]
    water += [({"class": "lake", "name_en": "Lake Oru", "name_uk": "Озеро Ору"}, polygon(lake)),
              ({"class": "lake", "name_en": "Tarn Mere", "name_uk": "Тарн-Мір"}, polygon(small_lake))]
    write(assets, "water", water, **about)
    write(assets, "hills", [({"height_m": level}, polygon(p)) for level in (150, 300) for p in contours(level)], **about)
    ways = roads(places)
    trunk = main_roads(places, ways)
    write(assets, "roads", [({"class": "main" if frozenset((a, b)) in trunk else "minor"}, string(p)) for a, b, p in ways], **about)
    write(assets, "places", [({"id": name.lower(), "name_en": name, "name_uk": uk, "class": size, "region": sector_of(p)}, spot(p))
                             for name, uk, size, p in places], **about)
    posts = []
    for name, kind, x, north in POSTS:
        point = (x, line_north_km(x) + north)
        assert dry(point), name
        words = {"post": ("Post ", "Пост "), "camera": ("Camera ", "Камера "), "acoustic": ("Acoustic sensor ", "Акустичний датчик ")}[kind]
        posts.append(({"id": name, "kind": kind, "name_en": words[0] + name, "name_uk": words[1] + name, "region": sector_of(point)}, spot(point)))
    for name, name_en, name_uk, town in HUBS:
        point = (CITIES[town][2] + 1.5, CITIES[town][3] - 1.5)
        posts.append(({"id": name, "kind": "hub", "name_en": name_en, "name_uk": name_uk, "region": sector_of(point)}, spot(point)))
    write(assets, "posts", posts, **about)
    annex = {"version": "1", "source": "Kesh Line Agreement (invented), annex", "as_of": AS_OF}
    write("agreements/varo-2026", "kesh-line", [({"name": "Kesh Line", **annex}, string(line_path))], **annex)
    stations = [({"id": key, "name": name, "name_en": name, "name_uk": uk, **annex}, disc((x, y), 2.0)) for key, name, uk, x, y in STATIONS]
    outline = mainland[::6]
    assert not knots(outline)
    write("agreements/varo-2026", "territory", [({"name": "Varo", **annex}, polygon(outline))], **annex)
    waters = [({"name": f"Approaches to {town}", **annex}, polygon(blob(f"approach {town}", centre, 11))) for town, centre in APPROACHES]
    write("agreements/varo-2026", "approaches", waters, **annex)
    write("agreements/varo-2026", "power-stations", stations, **annex)


if __name__ == "__main__":
    main()
