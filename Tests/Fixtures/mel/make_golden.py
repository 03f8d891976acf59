#!/usr/bin/env python3
"""Makes excerpt.wav and golden.f32 with librosa 0.11 in double precision.

    pip install librosa soundfile && python3 make_golden.py

excerpt.wav: 0.34 s (mono, 16 bit) of samples/Sectoid - Feelings.wav, (c) Carlos Viola Iborra, MIT
licence; see samples/README.md.
golden.f32: little-endian float32, (frames, 128), of log1p(1000 * mel) at the default MelSettings.
"""
import pathlib
import librosa
import numpy as np
import soundfile

here = pathlib.Path(__file__).parent
excerpt = here / "excerpt.wav"
if not excerpt.exists():
    song, rate = soundfile.read(here / "../../../samples/Sectoid - Feelings.wav")
    part = song[10 * rate : 10 * rate + 15_000].mean(axis=1)
    soundfile.write(excerpt, part, rate, subtype="PCM_16")
samples, rate = soundfile.read(excerpt, dtype="float64")
mel = librosa.feature.melspectrogram(
    y=samples, sr=rate, n_fft=2048, hop_length=441, window="hann", center=True,
    pad_mode="constant", power=1.0, n_mels=128, fmin=30.0, fmax=17_000.0, htk=False,
    norm="slaney", dtype=np.float64)
np.log1p(1000.0 * mel).T.astype("<f4").tofile(here / "golden.f32")
