"""Our mel spectrogram by torchaudio, or by torch.stft and the same filters without it."""
import sys

from answering import needs, serve

torch = needs("torch", "pip install torch")
numpy = needs("numpy", "pip install numpy")
torch.set_num_threads(int(sys.argv[1]))
try:
    import torchaudio
except Exception:
    torchaudio = None


def load(order):
    samples = torch.from_numpy(numpy.fromfile(order["samples"], dtype=numpy.float32))
    window, hop, compression = order["window"], order["hop"], order["compression"]
    if torchaudio:
        name = f"torchaudio {torchaudio.__version__}"
        mel = torchaudio.transforms.MelSpectrogram(
            order["rate"], n_fft=window, hop_length=hop, f_min=order["low"], f_max=order["high"],
            n_mels=order["bins"], power=1, center=True, pad_mode="constant", norm="slaney",
            mel_scale="slaney")
    else:
        name = f"torch.stft {torch.__version__}"
        hann = torch.hann_window(window)
        filters = torch.from_numpy(numpy.fromfile(order["filters"], dtype=numpy.float32))
        filters = filters.view(window // 2 + 1, -1)

        def mel(x):  # as torchaudio does it
            spectrum = torch.stft(x, window, hop, window=hann, center=True, pad_mode="constant",
                                  return_complex=True).abs()
            return torch.matmul(spectrum.transpose(-1, -2), filters).transpose(-1, -2)

    def run():
        with torch.inference_mode():
            torch.log1p(compression * mel(samples))

    with torch.inference_mode():
        torch.log1p(compression * mel(samples)).t().contiguous().numpy().tofile(order["result"])
    return run, {"front": name}


serve(f"PyTorch {torch.__version__}", load)
