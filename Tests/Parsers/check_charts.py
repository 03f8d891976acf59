"""Reads the charts of both samples back with parsers that are not ours: chchart-parser and chparse.

Usage: check_charts.py CHARTHERO: converts the samples with that program, checks what came out, and
closes with a line `N passed, N failed`.
"""
import configparser
import pathlib
import subprocess
import sys
import tempfile

import chparse
from chchart_parser.chart import Chart

SAMPLES = pathlib.Path(__file__).parents[2] / "samples"
# Games need a moment before the first note; see the chart format notes on the lead-in.
FIRST_NOTE = 2.0


def tempo_events(chart):
    """Tick and milli-BPM of every tempo. Not `chart.sync`, which gives a time signature further on
    the song's first tempo."""
    lines = chart.data["SyncTrack"]
    return [(int(tick), int(event.split()[1])) for tick, event in lines if event.startswith("B ")]


def seconds(tick, tempos, resolution):
    time = 0.0
    for (start, tempo), following in zip(tempos, tempos[1:] + [None]):
        end = tick if following is None else min(tick, following[0])
        if end <= start:
            break
        time += (end - start) / resolution * 60_000 / tempo
    return time


def check_folder(folder, expect):
    ini = configparser.ConfigParser(interpolation=None, comment_prefixes=(";",), strict=True)
    with open(folder / "song.ini", encoding="utf-8") as file:
        ini.read_file(file)
    song = ini["song"]
    length = int(song["song_length"]) / 1000
    expect(song["pro_drums"] == "True", "song.ini says pro_drums = True")
    expect(song["delay"] == "0", "song.ini says delay = 0")
    expect(0 <= int(song["diff_drums"]) <= 6, "song.ini has a difficulty of 0 to 6")

    path = folder / "notes.chart"
    chart = Chart(path)
    metadata, events, tempos = chart.metadata, chart.events, tempo_events(chart)
    expect(metadata.name == song["name"], "chchart-parser reads the title")
    expect(metadata.resolution > 0 and metadata.offset == 0, "chchart-parser reads the resolution")
    expect(chart.sync[0].tick == 0, "chchart-parser finds a tempo at tick 0")
    expect(all(a < b for (a, _), (b, _) in zip(tempos, tempos[1:])), "tempo events ascend")
    expect(any(event.text == "end" for event in events), "chchart-parser finds the end event")
    expect(chart.charts is not None, "chchart-parser reads the tracks")

    # chparse keeps the tracks of all charts in one table of the class.
    for table in chparse.chart.Chart.instruments.values():
        table.clear()
    with open(path, encoding="utf-8") as file:
        parsed = chparse.load(file)
    expect(chparse.DRUMS in parsed.instruments[chparse.EXPERT], "chparse finds the Expert drums")
    for difficulty, kinds in parsed.instruments.items():
        if chparse.DRUMS not in kinds:
            continue
        track, name = kinds[chparse.DRUMS], difficulty.value
        notes = [n for n in track if getattr(n, "kind", None) == chparse.NOTE]
        ticks = [n.time for n in notes]
        expect(bool(ticks), f"chparse reads the notes of {name}")
        if not ticks:
            continue
        expect(ticks == sorted(ticks), f"the notes of {name} ascend")
        first = seconds(ticks[0], tempos, metadata.resolution)
        last = seconds(ticks[-1], tempos, metadata.resolution)
        expect(first >= FIRST_NOTE, f"{name} begins at 2 s or later (at {first:.2f} s)")
        expect(last < length, f"{name} ends (at {last:.2f} s) inside the song ({length:.2f} s)")


def main(program):
    passed, failed = 0, 0
    with tempfile.TemporaryDirectory() as outbox:
        songs = sorted(p for p in SAMPLES.iterdir() if p.suffix in (".mp3", ".wav"))
        for song in songs:
            command = [program, "convert", song, "-o", outbox]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        folders = sorted(pathlib.Path(outbox).iterdir())
        results = [(outbox, len(folders) == len(songs) > 0, "every sample became a folder")]
        for folder in folders:
            check_folder(folder, lambda ok, what, name=folder.name: results.append((name, ok, what)))
        for name, ok, what in results:
            passed, failed = passed + bool(ok), failed + (not ok)
            if not ok:
                print(f"FAILED {name}: {what}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
