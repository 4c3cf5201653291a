#!/usr/bin/env python3
"""Whether the time that an answer takes tells one guarantor what is closed to it.

Takes a built program and how many requests; makes four missions alike but for what is closed to all but Ilmaria: two have nothing, two
have a page with clocks that run and deeds. Serves the four at once, asks them in turn, in an order that changes, as Corvania with its
proof; prints for each path the medians and a rank test (Mann-Whitney) of closed against nothing, and of each two that are alike, which
says what the machine alone does. Never leaves this machine; keeps nothing.

usage: closed-timing.py PROGRAM [REQUESTS [CLOSED]]
"""

import http.client
import json
import math
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

program = str(pathlib.Path(sys.argv[1]).resolve())
requests = int(sys.argv[2]) if len(sys.argv) > 2 else 400
closed = int(sys.argv[3]) if len(sys.argv) > 3 else 300
varo = pathlib.Path(__file__).resolve().parent.parent / "agreements/varo-2026"
PATHS = ["/api/v1/guarantees", "/api/v1/strength", "/api/v1/guarantees/notices", "/api/v1/guarantees/clocks.ics",
         "/api/v1/guarantees?as_of=", "/api/v1/guarantees/brief.pdf?for=Corvania"]


def run(folder, *arguments):
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        sys.exit(f"{arguments}: {done.stdout}{done.stderr}")
    return done.stdout


def closed_page(count):
    lines = ["---", "guarantees: inner", "title: What is closed", "version: 1", "as-of: 2026-03-01", "time-zone: UTC", "---", "",
             "# Closed", "", "```backstop"]
    for n in range(count):
        lines += [f"commitment inner.c{n} of Ilmaria to Mission \"promise {n} that nobody else may know of\"",
                  "  in ilmaria-guarantee", "  class consultation", "  word shall", "  binds legally", "  source annex",
                  f"clock inner.k{n} of inner.c{n}", f"  starts request by Mission to Ilmaria about inner.c{n}", "  runs 30 days",
                  f"  discharged by consultation by Ilmaria about inner.c{n}", "  on-expiry not-said"]
    return "\n".join(lines + ["```", ""])


def closed_deeds(count):
    rows = [f"| ask{n} | request | Mission | Ilmaria | inner.c{n} | 2026-03-02 10:{n % 60:02} |" for n in range(count)]
    return "\n".join(["| deed | what | by | to | about | happened |", "|---|---|---|---|---|---|", *rows, ""])


def mission(base, name, count):
    folder = base / name
    folder.mkdir()
    shutil.copy(varo / "guarantees.md", folder / "guarantees.md")
    store = ("--store", "store")
    run(folder, "init", "store", "--data-class", "exercise")
    run(folder, *store, "guarantees", "adopt", "guarantees.md", "--open")
    (folder / "open.md").write_text(
        "| deed | what | by | to | about | happened |\n|---|---|---|---|---|---|\n"
        "| ask | request | Berovia | Corvania | | 2026-03-02 10:30 |\n| got | receipt | Corvania | | ask | 2026-03-02 12:00 |\n")
    run(folder, *store, "guarantees", "record", "open.md", "--open")
    if count:
        (folder / "closed.md").write_text(closed_page(count))
        (folder / "deeds.md").write_text(closed_deeds(count))
        run(folder, *store, "guarantees", "adopt", "closed.md", "--reader", "Ilmaria")
        run(folder, *store, "guarantees", "record", "deeds.md", "--reader", "Ilmaria")
    key = run(folder, "reader", "new", "corvania.key", "--quiet").strip()
    run(folder, *store, "reader", "party", "add", "Corvania", key)
    serving = subprocess.Popen([program, *store, "serve", "--listen", "127.0.0.1:0", "--reader", "public"], cwd=folder,
                               stderr=subprocess.PIPE, text=True)
    port = None
    for line in serving.stderr:
        if "at http://" in line:
            port = int(line.strip().rstrip("/").rsplit(":", 1)[1])
            break
    return folder, serving, port


def token(folder, port):
    asked = http.client.HTTPConnection("127.0.0.1", port)
    asked.request("GET", "/api/v1/onlooker")
    about = json.loads(asked.getresponse().read())
    said = run(folder, "reader", "token", "--party", "Corvania", "--origin", about["origin"], "--store-key", about["key"], "--key", "corvania.key")
    return said.split()[-1]


def asked(connection, path, proof):
    before = time.perf_counter_ns()
    connection.request("GET", path, headers={"Authorization": f"Bearer {proof}"})
    answer = connection.getresponse()
    body = answer.read()
    took = (time.perf_counter_ns() - before) / 1e6
    if answer.status != 200:
        sys.exit(f"{path}: {answer.status} {body[:200]!r}")
    return took


def rank_test(one, other):
    """Two-sided p of Mann-Whitney's U, by the normal approximation with ties; and the chance that one of the first is the longer."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    total, ties, place = 0.0, 0, 0
    while place < len(ranked):
        last = place
        while last + 1 < len(ranked) and ranked[last + 1][0] == ranked[place][0]:
            last += 1
        same = last - place + 1
        total += (place + last + 2) / 2 * sum(1 for value in ranked[place:last + 1] if value[1] == 0)
        ties += same ** 3 - same
        place = last + 1
    m, n = len(one), len(other)
    u = total - m * (m + 1) / 2
    spread = math.sqrt(m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1))))
    return math.erfc(abs(u - m * n / 2) / spread / math.sqrt(2)), u / (m * n)


with tempfile.TemporaryDirectory() as base:
    kinds = [("nothing", 0), ("closed", closed), ("nothing-again", 0), ("closed-again", closed)]
    made = [mission(pathlib.Path(base), name, count) for name, count in kinds]
    try:
        proofs = [token(folder, port) for folder, _, port in made]
        connections = [http.client.HTTPConnection("127.0.0.1", port) for _, _, port in made]
        dice = random.Random(7)
        print(f"{requests} requests to each mission and path; {closed} closed promises, clocks and deeds; milliseconds")
        print(f"{'path':<42} {'nothing':>8} {'nothing':>8} {'closed':>8} {'closed':>8}   p: closed  alike    alike   longer")
        for path in PATHS:
            took = [[], [], [], []]
            for number in range(requests + 5):
                # A look back at an instant of its own is reckoned anew each time.
                second = f"2036-03-03T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
                whole = path + second if path.endswith("as_of=") else path
                order = list(range(4))
                dice.shuffle(order)
                for which in order:
                    ms = asked(connections[which], whole, proofs[which])
                    if number >= 5:
                        took[which].append(ms)
            medians = [statistics.median(times) for times in took]
            p, longer = rank_test(took[1] + took[3], took[0] + took[2])
            alike = [rank_test(took[0], took[2])[0], rank_test(took[1], took[3])[0]]
            print(f"{path:<42} {medians[0]:>8.3f} {medians[2]:>8.3f} {medians[1]:>8.3f} {medians[3]:>8.3f}   {p:>9.4f} {alike[0]:>6.4f}   {alike[1]:>6.4f}   {longer:.3f}", flush=True)
    finally:
        for _, serving, _ in made:
            serving.terminate()
            serving.wait()
