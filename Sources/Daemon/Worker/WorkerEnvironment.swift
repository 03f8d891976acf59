internal import CLinux
internal import Foundation
internal import Glibc

/// What workers are started with.
enum WorkerEnvironment {
  /// This program itself, also after its file was replaced by an update.
  static var program: BytePath { BytePath("/proc/self/exe") }

  static var variables: [String: String] {
    var variables = [
      "LANG": "C.UTF-8",
      "LIBDISPATCH_LOG": "NO",
      // A crash must end at once, not after a minute of drawing a stack.
      "SWIFT_BACKTRACE": "enable=no",
    ]
    for name in ["PATH", "TMPDIR", "LD_LIBRARY_PATH"] { variables[name] = variable(name) }
    // OpenBLAS 0.3.21 takes new AMD processors for a Haswell and runs at half their speed, as it
    // does where a shell says so in OPENBLAS_CORETYPE. It reads that when it is loaded, so it has to
    // be there before the worker starts. A person's own choice has another name, as in `BLAS`.
    variables["OPENBLAS_CORETYPE"] =
      variable("CHARTHERO_OPENBLAS_CORETYPE") ?? (linux_has_avx512() != 0 ? "SkylakeX" : nil)
    return variables
  }

  private static func variable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
