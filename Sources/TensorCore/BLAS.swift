internal import COpenBLAS
internal import Glibc

/// Matrix products through OpenBLAS, each on one thread: the parallelism is ours (``Parallel``),
/// because pieces of a batch side by side need no synchronisation inside a product and give the
/// same bits on any number of threads.
package enum BLAS {
  private static let once: Void = openblas_set_num_threads(1)

  /// C (m, n) = alpha * op(A) (m, k) * op(B) (k, n) + beta * C. The strides are those of the rows
  /// as stored.
  package static func product(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, alpha: Float = 1,
    _ a: UnsafePointer<Float>, _ strideA: Int, _ b: UnsafePointer<Float>, _ strideB: Int,
    beta: Float = 0, _ c: UnsafeMutablePointer<Float>, _ strideC: Int
  ) {
    let start = ProductClock.start()
    defer { ProductClock.stop(start, m, n, k) }
    if BFloat16.isUsed, BFloat16.pays(m, n, k) {
      return unsafe BFloat16.product(
        transposeA, transposeB, m, n, k, alpha: alpha, a, strideA, b, strideB, beta: beta, c,
        strideC)
    }
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
      + (BFloat16.isUsed ? ", large products in bfloat16 by oneDNN" : "")
  }

  /// Restarts the program once with OpenBLAS's AVX-512 kernels where the processor has them and the
  /// library was kept from them: version 0.3.21 takes some newer processors for a Haswell, and
  /// images and shells are found that say so in `OPENBLAS_CORETYPE`; products then run at half
  /// speed. The library reads that variable before `main`, so setting it takes a new start. To be
  /// called first thing in `main`. A person who wants other kernels names them in
  /// `CHARTHERO_OPENBLAS_CORETYPE`.
  package static func ensureBestKernels() {
    _ = once
    let chosen = environment("CHARTHERO_OPENBLAS_CORETYPE")
    if chosen == nil, hasBestKernels { return }
    // Cooperlake's kernels for Float32 are SkylakeX's, which every AVX-512 processor runs.
    let wanted = chosen ?? "SkylakeX"
    // Set to this already, by us or by others: whatever came of it, a second start changes nothing.
    if environment(coreVariable) == wanted { return }
    unsafe setenv(coreVariable, wanted, 1)
    // By its path first, so that it keeps its name in process lists.
    if let path = programPath { unsafe execv(path, CommandLine.unsafeArgv) }
    unsafe execv("/proc/self/exe", CommandLine.unsafeArgv)
    // Reached only where the restart is refused: the slower kernels serve as well.
  }

  /// Whether the library chose its AVX-512 kernels, if the processor has AVX-512.
  package static var hasBestKernels: Bool {
    !CPU.hasAVX512 || ["SkylakeX", "Cooperlake", "Sapphirerapids"].contains(core)
  }

  private static let coreVariable = "OPENBLAS_CORETYPE"

  private static var programPath: String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = unsafe readlink("/proc/self/exe", &bytes, bytes.count)
    guard length > 0 else { return nil }
    return String(decoding: bytes[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }
}
