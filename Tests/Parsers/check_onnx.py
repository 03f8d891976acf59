"""Runs exported networks in ONNX Runtime, which must answer what we answer; hears a song with the
shipped model and a front end that is not ours; and brings weights that were written by another
program back as a model.

Usage: check_onnx.py FOLDER: makes small networks of every kind with the charthero-train of that
folder, exports them and the model that is shipped, and closes with a line `N passed, N failed`.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from onnx import numpy_helper

import hear_onnx

ROOT = pathlib.Path(__file__).parents[2]
SHIPPED = ROOT / "models" / "hybrid-small.safetensors"
SONG = ROOT / "samples" / "Sectoid - Feelings.wav"
# Every layer of every kind, small enough for seconds; the presets have the usual sizes.
NETWORKS = {
    "hybrid-tiny": 'network = "hybrid-tiny"',
    "hybrid-options": """
        [network]
        kind = "hybrid"
        stemChannels = [8, 8, 16]
        framesPerToken = 3
        width = 32
        blocks = 2
        heads = 2
        attentionReach = 9
        coarseTokens = 4
        [network.crossAttention]
        blocks = 2
        heads = 2
        reach = 5
        """,
    "hybrid-crossed": 'network = "hybrid-crossed"',
    "hybrid-hierarchical": 'network = "hybrid-hierarchical"',
    "ast-tiny": 'network = "ast-tiny"',
    "ast-overlap": """
        [mel]
        bins = 75
        [network]
        kind = "ast"
        patchFrames = 9
        patchBins = 12
        strideFrames = 4
        strideBins = 7
        width = 48
        layers = 2
        heads = 3
        hidden = 64
        """,
    "cnn-baseline": 'network = "cnn-baseline"',
    "cnn-odd": """
        [mel]
        bins = 75
        [network]
        kind = "cnn"
        channels = [4, 6, 8]
        pool = 3
        contextFrames = 2
        hidden = 24
        """,
    "seq2seq-tiny": 'network = "seq2seq-tiny"',
}
# The largest difference between two engines' probabilities in Float32.
TOLERANCE = 1e-4
# Of 8-bit products: the mean difference, which random weights, whose answers hang on all details,
# cannot keep to as well as trained ones.
ROUGH_TOLERANCE = 0.005
RANDOM_TOLERANCE = 0.01
LOGIT_TOLERANCE = 0.05
OUTPUTS = 20


def tensors(path):
    """Names, metadata and Float32 values of a safetensors file."""
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    metadata = header.pop("__metadata__", {})
    values = {}
    for name, entry in header.items():
        first, end = entry["data_offsets"]
        flat = numpy.frombuffer(data[start + first:start + end], "<f4")
        values[name] = flat.reshape(entry["shape"])
    return values, metadata


def write_tensors(path, values):
    values = {name: value.astype("<f4") for name, value in values.items()}
    header, end = {}, 0
    for name, value in values.items():
        header[name] = {
            "dtype": "F32", "shape": value.shape, "data_offsets": [end, end + value.nbytes]}
        end += value.nbytes
    text = json.dumps(header).encode()
    body = b"".join(value.tobytes() for value in values.values())
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)


def array(path):
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    return numpy_helper.to_array(tensor)


class Checks:
    def __init__(self, programs, folder):
        self.programs, self.folder = pathlib.Path(programs), folder
        self.passed = self.failed = 0

    def expect(self, ok, what):
        self.passed, self.failed = self.passed + bool(ok), self.failed + (not ok)
        if not ok:
            print(f"FAILED {what}")

    def run(self, *arguments):
        """Exit status and what the program said."""
        program = self.programs / "charthero-train"
        done = subprocess.run([program, *arguments], capture_output=True, text=True)
        return done.returncode, done.stderr

    def make(self, name):
        """A model with random weights, and its settings. Biases and scales of a new model are all
        alike and its answers all improbable, so that mistakes with them would not show: it goes
        elsewhere and comes back with noise on them."""
        settings = self.folder / f"{name}.toml"
        settings.write_text(f'name = "{name}"\n{NETWORKS[name]}')
        model = self.folder / f"{name}.safetensors"
        status, said = self.run("new", "--config", settings, "--output", model)
        self.expect(status == 0, f"{name} is made: {said}")
        random, values = numpy.random.default_rng(1), tensors(model)[0]
        values["head.bias"] = numpy.zeros_like(values["head.bias"])
        values["head.weight"] = values["head.weight"] * 15
        noisy = {
            key: value + 0.2 * random.standard_normal(value.shape) * (value.ndim == 1)
            for key, value in values.items()}
        weights = self.folder / f"{name}-noisy.safetensors"
        write_tensors(weights, noisy)
        status, said = self.run("import", weights, "--config", settings, "--output", model)
        self.expect(status == 0, f"{name} comes back: {said}")
        return settings, model

    def answers(self, name, path, data, what):
        """Largest and mean difference of ONNX Runtime's answers from ours."""
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        largest, means, sets = 0.0, [], sorted(data.iterdir())
        for one in sets:
            ours = array(one / "output_0.pb")
            theirs = session.run(["probabilities"], {"features": array(one / "input_0.pb")})[0]
            self.expect(ours.shape == theirs.shape, f"{name}{what}: {theirs.shape} in {one.name}")
            self.expect(ours.std() > 0.02, f"{name}{what}: our answers differ from each other")
            largest = max(largest, float(abs(ours - theirs).max()))
            means.append(float(abs(ours - theirs).mean()))
        shapes = {array(one / "input_0.pb").shape for one in sets}
        self.expect(len(shapes) > 1, f"{name}: windows of several lengths were tried")
        return largest, sum(means) / len(means)

    def tokens(self, name, path, data, what):
        """The same for the logits of tokens, of a network that answers in these: token by token,
        each with what the one before left."""
        hearing, saying = (
            onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
            for file in (path, path.with_name(f"{path.stem}-decoder.onnx")))
        largest, means = 0.0, []
        for one in sorted(data.iterdir()):
            features = {"features": array(one / "input_0.pb")}
            memory, mask = hearing.run(["memory", "memory_mask"], features)
            last, moment = array(one / "last.pb"), array(one / "moment.pb")
            ours = array(one / "logits.pb")
            self.expect(ours.std() > 0.1, f"{name}{what}: our logits differ from each other")
            past = numpy.zeros((memory.shape[0], len(last), 0, memory.shape[3]), "f4")
            for place in range(last.shape[1]):
                theirs, past = saying.run(["logits", "present"], {
                    "last": last[:, place], "moment": moment[:, place], "past": past,
                    "memory": memory, "memory_mask": mask})
                difference = abs(theirs - ours[:, place])
                largest = max(largest, float(difference.max()))
                means.append(float(difference.mean()))
        return largest, sum(means) / len(means)

    def check(self, name, path, data, what):
        """Checks a model's files; the largest and mean difference of its answers, tokens' too."""
        decoder = path.with_name(f"{path.stem}-decoder.onnx")
        for file in (path, decoder) if decoder.exists() else (path,):
            onnx.checker.check_model(file, full_check=True)
            onnx.shape_inference.infer_shapes(onnx.load(file), strict_mode=True, data_prop=True)
        largest, mean = self.answers(name, path, data, what)
        self.expect(decoder.exists() == name.startswith("seq2seq"), f"{name}: a decoder or none")
        if decoder.exists():
            others = self.tokens(name, path, data, what)
            largest, mean = max(largest, others[0]), max(mean, others[1])
        return largest, mean

    def metadata(self, name, file):
        entries = {entry.key: entry.value for entry in file.metadata_props}
        settings = json.loads(entries["charthero.model"])
        outputs = entries["outputs"].split(",")
        self.expect(outputs == settings["outputs"], f"{name}: the outputs are named in order")
        self.expect(len(outputs) == OUTPUTS, f"{name}: there are {len(outputs)} outputs")
        mel, classes = settings["mel"], settings["calibration"]["classes"]
        rate = mel["sampleRate"] / mel["hopLength"]
        self.expect(float(entries["frames_per_second"]) == rate, f"{name}: the frame rate")
        self.expect(set(classes) == set(outputs[:8]), f"{name}: thresholds of each class")
        self.expect(int(entries["frame_multiple"]) >= 1, f"{name}: whole tokens")
        self.expect(int(entries["border_frames"]) >= 0, f"{name}: frames that lack context")
        names = entries.get("tokens", "end,start").split(",")
        self.expect(names[:2] == ["end", "start"], f"{name}: the tokens are named")
        bins = file.graph.input[0].type.tensor_type.shape.dim[2].dim_value
        self.expect(bins == mel["bins"], f"{name}: the input has the front end's bins")

    def export(self, name, model):
        path, data = self.folder / f"{name}.onnx", self.folder / f"{name}-data"
        status, said = self.run("export", model, "--onnx", path, "--test-data", data)
        self.expect(status == 0, f"{name} is exported: {said}")
        self.metadata(name, onnx.load(path))
        largest, _ = self.check(name, path, data, "")
        self.expect(largest <= TOLERANCE, f"{name}: ONNX Runtime differs by {largest:.1e}")
        return largest

    def export_small(self, name, model, tolerance):
        """The same with 8-bit products, whose steps a song chooses."""
        path, data = self.folder / f"{name}-int8.onnx", self.folder / f"{name}-int8-data"
        status, said = self.run(
            "export", model, "--onnx", path, "--int8", "--songs", SONG, "--test-data", data)
        self.expect(status == 0, f"{name} is exported in int8: {said}")
        file = onnx.load(path)
        matrices = sum(constant.data_type == onnx.TensorProto.INT8
                       for constant in file.graph.initializer)
        rounded = sum(node.op_type == "QuantizeLinear" for node in file.graph.node)
        self.expect(0 < matrices == rounded, f"{name}: {matrices} matrices, {rounded} inputs")
        large = path.with_name(f"{name}.onnx").stat().st_size
        share = path.stat().st_size / large
        self.expect(share < 0.45, f"{name}: the int8 file has {share:.2f} of the size")
        _, mean = self.check(name, path, data, " int8")
        self.expect(mean <= tolerance, f"{name} int8: the mean difference is {mean:.4f}")
        return mean

    def song(self):
        """A song through the metadata's front end and windows is heard as by our own program."""
        session = onnxruntime.InferenceSession(
            self.folder / "shipped.onnx", providers=["CPUExecutionProvider"])
        settings = json.loads(session.get_modelmeta().custom_metadata_map["charthero.model"])
        sound = hear_onnx.samples(SONG, settings["mel"]["sampleRate"])
        spectrum = hear_onnx.features(sound, settings["mel"])
        ours = array(self.folder / "shipped-int8-data" / "test_data_set_2" / "input_0.pb")[0]
        difference = float(abs(spectrum[:len(ours)] - ours).max())
        self.expect(difference < 1e-3, f"the front ends differ by {difference:.1e}")
        heard = hear_onnx.probabilities(session, spectrum)
        strokes = hear_onnx.strokes(heard, settings, 100)
        saved, table = self.folder / "song.activations", self.folder / "song.tsv"
        subprocess.run(
            [self.programs / "charthero", "transcribe", SONG, "--model", SHIPPED,
             "--activations", saved, "--onsets", table], check=True, capture_output=True)
        expected = tensors(saved)[0]["activations"]
        self.expect(expected.shape == heard.shape, f"{heard.shape} for {expected.shape}")
        # Our program may compute in 8 bits.
        mean = float(abs(expected - heard).mean())
        self.expect(mean < ROUGH_TOLERANCE, f"a song is heard otherwise, by {mean:.4f}")
        count = len(table.read_text().splitlines()) - 1
        # What ours does beyond the model's metadata (Repetition, TomStrokes) moves doubtful strokes.
        close = abs(len(strokes) - count) <= 0.15 * count
        self.expect(close, f"{len(strokes)} strokes for our {count}")
        return mean

    def imports(self, name):
        """Weights as another program would leave them become the same model again."""
        settings, model = self.make(name)
        values, metadata = tensors(model)
        weights, output = self.folder / "elsewhere.safetensors", self.folder / "again.safetensors"

        def bring(changed):
            write_tensors(weights, changed)
            return self.run("import", weights, "--config", settings, "--output", output)

        status, said = bring({key: values[key] for key in sorted(values)})
        self.expect(status == 0, f"weights from elsewhere are taken: {said}")
        same = output.read_bytes() == model.read_bytes()
        self.expect(same, "weights that went out come back as the same file")
        lacking = {key: value for key, value in values.items() if key != "fold.bias"}
        faults = {
            "it lacks fold.bias": lacking,
            "it holds the unknown surplus": values | {"surplus": values["fold.bias"]},
            "norm.scale of shape [3] instead of [32]": values | {"norm.scale": numpy.ones(3)},
            "not numbers": values | {"norm.scale": numpy.full(32, numpy.nan)},
        }
        for words, changed in faults.items():
            status, said = bring(changed)
            self.expect(status == 65, f"{words}: the exit status is {status}")
            self.expect(words in said, f"{words}: but it says {said}")
            self.expect(said.count("\n") == 1, f"{words}: one sentence")
            self.expect(output.read_bytes() == model.read_bytes(), f"{words}: the old model stays")
        self.expect(metadata["charthero.model"] != "", "the model describes itself")


def main(programs):
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(programs, pathlib.Path(folder))
        models = {name: checks.make(name)[1] for name in NETWORKS}
        differences = [checks.export(name, model) for name, model in models.items()]
        differences.append(checks.export("shipped", SHIPPED))
        rough = {name: checks.export_small(name, models[name], RANDOM_TOLERANCE)
                 for name in ("hybrid-options", "ast-overlap", "cnn-baseline")}
        rough["seq2seq-tiny (logits)"] = checks.export_small(
            "seq2seq-tiny", models["seq2seq-tiny"], LOGIT_TOLERANCE)
        rough["shipped"] = checks.export_small("shipped", SHIPPED, ROUGH_TOLERANCE)
        song = checks.song()
        checks.imports("hybrid-tiny")
    print(f"largest difference from ONNX Runtime: {max(differences):.1e}")
    print("mean difference with 8-bit products: "
          + ", ".join(f"{name} {mean:.4f}" for name, mean in rough.items()))
    print(f"mean difference over a song, with its own front end: {song:.1e}")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
