internal import COpenBLAS
internal import Glibc

/// Matrix products through OpenBLAS, each on one thread: the parallelism is ours (``Parallel``),
/// because pieces of a batch side by side need no synchronisation inside a product and give the
/// same bits on any number of threads.
package enum BLAS {
  private static let once: Void = openblas_set_num_threads(1)

  /// C (m, n) = alpha * op(A) (m, k) * op(B) (k, n) + beta * C. The strides are those of the rows
  /// as stored.
  static func product(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, alpha: Float = 1,
    _ a: UnsafePointer<Float>, _ strideA: Int, _ b: UnsafePointer<Float>, _ strideB: Int,
    beta: Float = 0, _ c: UnsafeMutablePointer<Float>, _ strideC: Int
  ) {
    _ = once
    unsafe cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(strideA), b, blasint(strideB), beta, c,
      blasint(strideC))
  }

  /// The library's own name for the kernels it chose, such as `SkylakeX`.
  package static var core: String {
    guard let name = unsafe openblas_get_corename() else { return "unknown" }
    return unsafe String(cString: name)
  }

  /// One line for the start of a program: `OpenBLAS SkylakeX kernels, 2 threads`.
  package static var kernelDescription: String {
    let threads = Parallel.threads
    return "OpenBLAS \(core) kernels, \(threads) thread\(threads == 1 ? "" : "s")"
  }

  /// Restarts the program once with OpenBLAS's AVX-512 kernels where the processor has them and the
  /// library does not see it: version 0.3.21 takes AMD's newer processors for a Haswell and runs at
  /// half speed, and it reads `OPENBLAS_CORETYPE` before `main`. To be called first thing in `main`.
  package static func ensureBestKernels() {
    _ = once
    guard CPU.hasAVX512, ["Haswell", "Zen", "Excavator"].contains(core) else { return }
    guard unsafe getenv("OPENBLAS_CORETYPE") == nil else { return }
    // The variable is set for the new image, which therefore never comes this far again.
    unsafe setenv("OPENBLAS_CORETYPE", "SkylakeX", 1)
    unsafe execv("/proc/self/exe", CommandLine.unsafeArgv)
    // Where the restart is refused the slower kernels serve as well.
    unsafe unsetenv("OPENBLAS_CORETYPE")
  }
}
