"""Reads the charts of both samples back with parsers that are not ours: `notes.chart` with
chchart-parser and chparse, `notes.mid` with mido, which must find the same notes as chparse.

Usage: check_charts.py CHARTHERO: converts the samples with that program, checks what came out, and
closes with a line `N passed, N failed`.
"""
import configparser
import pathlib
import subprocess
import sys
import tempfile

import chparse
import mido
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


def chart_notes(folder):
    """Tick, pad and cymbal flag of every note by tier, and the phrases, as chparse reads them."""
    for table in chparse.chart.Chart.instruments.values():
        table.clear()
    with open(folder / "notes.chart", encoding="utf-8") as file:
        parsed = chparse.load(file)
    tiers = {}
    for difficulty, kinds in parsed.instruments.items():
        if chparse.DRUMS not in kinds:
            continue
        notes = [n for n in kinds[chparse.DRUMS] if getattr(n, "kind", None) == chparse.NOTE]
        # Codes above 4 become flags of the note that they stand after, whatever its pad: of cymbals
        # (66 to 68) only the tick counts, and second kicks (32) are kicks of their own.
        flags = {(n.time, f.value) for n in notes for f in n.flags}
        pads = {(n.time, n.fret, n.fret > 1 and (n.time, n.fret + 64) in flags) for n in notes}
        tiers[difficulty.value] = pads | {(tick, 0, False) for tick, flag in flags if flag == 32}
    return tiers


def midi_notes(folder):
    """The same from `notes.mid`: a yellow, blue or green pad is a cymbal unless its tom marker
    (110 to 112) is held."""
    file = mido.MidiFile(folder / "notes.mid")
    drums = next(track for track in file.tracks if track.name == "PART DRUMS")
    tick, held, strokes, markers = 0, {}, [], []
    for message in drums:
        tick += message.time
        if message.type == "note_on" and message.velocity > 0:
            held[message.note] = tick
            strokes.append((tick, message.note))
        elif message.type in ("note_off", "note_on") and 110 <= message.note <= 112:
            markers.append((message.note - 108, held[message.note], tick))
    bases = {"Easy": 60, "Medium": 72, "Hard": 84, "Expert": 96}
    tiers = {name: set() for name in bases}
    for tick, note in strokes:
        for name, base in bases.items():
            pad = 0 if note == 95 and name == "Expert" else note - base
            if 0 <= pad <= 4:
                tom = any(m == pad and start <= tick < end for m, start, end in markers)
                tiers[name].add((tick, pad, pad >= 2 and not tom))
    return file, tiers


def check_midi(folder, text_folder, expect):
    file, tiers = midi_notes(folder)
    expect(file.type == 1, "mido reads a file of type 1")
    expect([t.name for t in file.tracks[1:]] == ["PART DRUMS", "EVENTS"], "mido finds the tracks")
    texts = [m.text for track in file.tracks for m in track if m.type == "text"]
    expect("[end]" in texts, "mido finds the end event")
    expect(any(t.startswith("[section ") for t in texts), "mido finds the sections")
    expected = chart_notes(text_folder)
    for name, notes in expected.items():
        expect(tiers.get(name) == notes, f"mido reads the notes of {name} that chparse reads")
    expect(len(expected) == 4, "both have four tiers")


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
        midi = pathlib.Path(outbox) / "midi"
        for song in songs:
            command = [program, "convert", song, "-o", midi, "--format", "mid"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for folder in sorted(midi.iterdir()):
            text = pathlib.Path(outbox) / folder.name
            check_midi(
                folder, text, lambda ok, what, name=folder.name: results.append((name, ok, what))
            )
        for name, ok, what in results:
            passed, failed = passed + bool(ok), failed + (not ok)
            if not ok:
                print(f"FAILED {name}: {what}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
