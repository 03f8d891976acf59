#!/usr/bin/env python3
"""Makes the sound files of this folder, all the same three bursts (see AudioTests/Bursts.swift).

    apt-get install lame flac vorbis-tools opus-tools && python3 make_fixtures.py
"""
import base64
import math
import pathlib
import struct
import subprocess
import wave

here = pathlib.Path(__file__).parent
cover = here / "covers/green.png"
RATE, LENGTH, STARTS = 44_100, 30_011, (3_000, 11_000, 22_000)


def bursts(rate=RATE, length=LENGTH, starts=STARTS):
    """Sines of 1 kHz that die away."""
    out = [0.0] * length
    for start in starts:
        for i in range(start, min(length, start + rate // 10)):
            t = (i - start) / rate
            out[i] = 0.6 * math.sin(2 * math.pi * 1_000 * t) * math.exp(-40 * t)
    return out


def run(*command):
    subprocess.run(command, check=True, cwd=here, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


pcm = b"".join(struct.pack("<h", round(32_767 * x)) for x in bursts())
with wave.open(str(here / "bursts.wav"), "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(RATE)
    file.writeframes(pcm)

run("lame", "-V4", "-t", "bursts.wav", "bursts-no-info.mp3")
run("lame", "-V4", "bursts.wav", "bursts.mp3")
tags = [("TITLE", "Žluťoučký kůň"), ("ARTIST", "The Bursts"), ("ALBUM", "Clicks"),
        ("DATE", "1999-12-31"), ("GENRE", "Noise"), ("TRACKNUMBER", "7")]
run("flac", "-8", "-f", "--no-padding", "--picture=covers/green.png",
    *[f"--tag={key}={value}" for key, value in tags], "-o", "bursts.flac", "bursts.wav")
run("flac", "-8", "-f", "--ogg", "--no-padding", "--picture=covers/green.png",
    *[f"--tag={key}={value}" for key, value in tags], "-o", "bursts.oga", "bursts.wav")
image = cover.read_bytes()
mime = b"image/png"
block = struct.pack(">II", 3, len(mime)) + mime + struct.pack(
    ">IIIIII", 0, 30, 30, 24, 0, len(image)) + image
comments = [*tags, ("METADATA_BLOCK_PICTURE", base64.b64encode(block).decode())]
run("oggenc", "-q3", *[x for key, value in comments for x in ("-c", f"{key}={value}")],
    "-o", "bursts.ogg", "bursts.wav")
run("opusenc", "--bitrate", "48", "--picture", "covers/green.png", "--title", tags[0][1],
    "--artist", "The Bursts", "--album", "Clicks", "--date", "1999-12-31", "--genre", "Noise",
    "--tracknumber", "7", "bursts.wav", "bursts.opus")
(here / "bursts.wav").unlink()
