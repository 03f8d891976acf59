"""Hears a recording with an exported model, by what the model says about itself and nothing else of
ours: what any other program around an ONNX engine has to do.

Usage: hear_onnx.py MODEL.onnx RECORDING.wav: prints the strokes as seconds, class and probability.
"""
import json
import sys
import wave

import numpy
import onnxruntime

# About ten seconds at 100 frames a second, as in training.
WINDOW_FRAMES = 1_000


def samples(path, rate):
    """Mono samples of a 16-bit wave file, -1 to 1: the mean of its channels."""
    with wave.open(str(path)) as file:
        if file.getframerate() != rate or file.getsampwidth() != 2:
            raise SystemExit(f"{path}: resample it to {rate} Hz and 16 bits first")
        data = numpy.frombuffer(file.readframes(file.getnframes()), "<i2")
        return data.reshape(-1, file.getnchannels()).mean(axis=1) / 32_768


def mel_bands(mel):
    """Triangles on Slaney's mel scale, each of area 1: (bins, windowLength / 2 + 1)."""
    step = numpy.log(6.4) / 27

    def to_mel(hertz):
        return hertz * 3 / 200 if hertz < 1_000 else 15 + numpy.log(hertz / 1_000) / step

    def to_hertz(value):
        return value * 200 / 3 if value < 15 else 1_000 * numpy.exp(step * (value - 15))

    low, high = to_mel(mel["minimumFrequency"]), to_mel(mel["maximumFrequency"])
    edges = numpy.array([to_hertz(value) for value in numpy.linspace(low, high, mel["bins"] + 2)])
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    hertz = numpy.arange(mel["windowLength"] // 2 + 1) * mel["sampleRate"] / mel["windowLength"]
    rising, falling = (hertz - left) / (centre - left), (right - hertz) / (right - centre)
    return numpy.maximum(0, numpy.minimum(rising, falling)) * 2 / (right - left)


def features(sound, mel):
    """log(1 + compression * bands of the magnitude): (frames, bins). Frame i is centred on sample
    i * hopLength; around the recording there is silence."""
    length, hop = mel["windowLength"], mel["hopLength"]
    hann = 0.5 - 0.5 * numpy.cos(2 * numpy.pi * numpy.arange(length) / length)
    bands, frames = mel_bands(mel).T, 1 + len(sound) // hop
    padded = numpy.concatenate([numpy.zeros(length // 2), sound, numpy.zeros(length)])
    rows = []
    for frame in range(frames):
        spectrum = numpy.fft.rfft(padded[frame * hop:frame * hop + length] * hann)
        rows.append(numpy.log1p(mel["compression"] * (abs(spectrum) @ bands)))
    return numpy.array(rows, "f4")


def probabilities(session, spectrum):
    """What the model hears, (frames, outputs). Windows overlap by twice the frames that lack context
    at a cut, and each answers for its middle."""
    told = session.get_modelmeta().custom_metadata_map
    border, multiple = int(told["border_frames"]), int(told["frame_multiple"])
    length = -(-WINDOW_FRAMES // multiple) * multiple
    frames = len(spectrum)
    if frames < length:
        spectrum = numpy.pad(spectrum, [(0, length - frames), (0, 0)])
    heard = numpy.zeros((len(spectrum), len(told["outputs"].split(","))), "f4")
    done = 0
    while done < len(spectrum):
        start = min(max(0, done - border), len(spectrum) - length)
        end = start + length
        answer = session.run(["probabilities"], {"features": spectrum[None, start:end]})[0][0]
        kept = end if end == len(spectrum) else end - border
        heard[done:kept] = answer[done - start:kept - start]
        done = kept
    return heard[:frames]


def strokes(heard, settings, rate):
    """Seconds, class and calibrated probability of each peak over its class's threshold."""
    found = []
    for column, name in enumerate(settings["outputs"][:8]):
        told, values = settings["calibration"]["classes"][name], heard[:, column]
        for frame in range(1, len(values) - 1):
            value = float(values[frame])
            near = values[max(0, frame - 2):frame + 3]
            if value < told["threshold"] or value < near.max():
                continue
            logit = numpy.log(value / max(1e-7, 1 - value))
            sure = 1 / (1 + numpy.exp(-(told["slope"] * logit + told["bias"])))
            found.append((frame / rate - told["offset"], name, sure))
    return sorted(found)


def main(model, recording):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    told = session.get_modelmeta().custom_metadata_map
    settings = json.loads(told["charthero.model"])
    spectrum = features(samples(recording, settings["mel"]["sampleRate"]), settings["mel"])
    heard = probabilities(session, spectrum)
    for time, name, sure in strokes(heard, settings, float(told["frames_per_second"])):
        print(f"{time:.3f}\t{name}\t{sure:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
