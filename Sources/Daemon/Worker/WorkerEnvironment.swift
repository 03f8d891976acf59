internal import CLinux
internal import Foundation
internal import Glibc

/// What workers are started with.
enum WorkerEnvironment {
  /// This program itself, also after its file was replaced by an update.
  static var program: BytePath { BytePath("/proc/self/exe") }

  /// The maths kernels that workers will run on. OpenBLAS 0.3.21 takes new AMD processors for a
  /// Haswell and runs at half their speed; it reads its variable when it is loaded, so it has to be
  /// set before the worker starts.
  static var kernels: String {
    if let chosen = variable("OPENBLAS_CORETYPE") { return chosen }
    return linux_has_avx512() != 0 ? "SkylakeX" : "OpenBLAS's choice of"
  }

  static func variables(_ settings: Settings) -> [String: String] {
    var variables = [
      "LANG": "C.UTF-8",
      "LIBDISPATCH_LOG": "NO",
      // A crash must end at once, not after a minute of drawing a stack.
      "SWIFT_BACKTRACE": "enable=no",
      "OPENBLAS_NUM_THREADS":
        "\(max(1, ProcessInfo.processInfo.activeProcessorCount / settings.jobs))",
    ]
    for name in ["PATH", "TMPDIR", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE"] {
      variables[name] = variable(name)
    }
    if variables["OPENBLAS_CORETYPE"] == nil && linux_has_avx512() != 0 {
      variables["OPENBLAS_CORETYPE"] = "SkylakeX"
    }
    return variables
  }

  private static func variable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
