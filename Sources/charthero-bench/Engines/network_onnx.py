"""Our exported networks in ONNX Runtime, for inference."""
import sys

from answering import needs, serve

onnxruntime = needs("onnxruntime", "pip install onnxruntime")
numpy = needs("numpy", "pip install numpy")
needs("onnx", "pip install onnx")
onnxruntime.set_default_logger_severity(3)


def load(order):
    path = order["model"]
    if order["precision"] == "int8":
        # Its own tool; convolutions stay, whose integer form is slower.
        from onnxruntime.quantization import QuantType, quantize_dynamic
        quantised = path + ".int8"
        quantize_dynamic(path, quantised, weight_type=QuantType.QInt8,
                         op_types_to_quantize=["MatMul"])
        path = quantised
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(sys.argv[1])
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
    shape = order["windows"], order["frames"], order["bins"]
    features = {"features": numpy.fromfile(order["features"], numpy.float32).reshape(shape)}

    def run():
        session.run(None, features)

    session.run(None, features)[0].tofile(order["result"])
    return run, {}


serve(f"ONNX Runtime {onnxruntime.__version__}", load)
