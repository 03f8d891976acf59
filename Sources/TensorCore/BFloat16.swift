internal import CKernels
internal import Glibc
internal import Synchronization

/// Matrix products of values rounded to bfloat16 and summed in Float32, through oneDNN. The library
/// is looked for when it is wanted and not linked: only training uses it, and a computer that
/// converts songs need not have it.
package enum BFloat16 {
  /// oneDNN exports this function beside `dnnl_sgemm` and with its row-major conventions, though its
  /// header leaves it out: transpositions, sizes, alpha, A and its row stride, B and its, beta, C and
  /// its. Not 0 where it failed.
  private typealias Product =
    @convention(c) @Sendable (
      CChar, CChar, Int, Int, Int, Float, UnsafePointer<UInt16>, Int, UnsafePointer<UInt16>, Int,
      Float, UnsafeMutablePointer<Float>, Int
    ) -> CInt
  private typealias SetThreads = @convention(c) @Sendable (CInt) -> Void

  @safe private struct Library: Sendable {
    let product: Product
    let setThreads: SetThreads
  }

  private static let library: Library? = {
    guard ck_has_bfloat16() != 0 else { return nil }
    for name in ["libdnnl.so.2", "libdnnl.so.3", "libdnnl.so"] {
      // Its OpenMP comes with it, and must be the one that is told how many threads there are.
      guard let handle = unsafe dlopen(name, RTLD_NOW | RTLD_GLOBAL),
        let product = unsafe dlsym(handle, "dnnl_gemm_bf16bf16f32"),
        let setThreads = unsafe dlsym(handle, "omp_set_num_threads")
      else { continue }
      return unsafe Library(
        product: unsafeBitCast(product, to: Product.self),
        setThreads: unsafeBitCast(setThreads, to: SetThreads.self))
    }
    return nil
  }()

  /// Whether the processor multiplies bfloat16 values and oneDNN is installed.
  package static var isAvailable: Bool { library != nil }

  private static let flag = Atomic<Bool>(false)

  /// Whether large products are computed so. Set once at the start of a program; without effect
  /// where it is not available.
  package static var isUsed: Bool {
    get { flag.load(ordering: .relaxed) }
    set { flag.store(newValue && isAvailable, ordering: .relaxed) }
  }

  /// Whether a product has enough multiplications for each value that would have to be rounded.
  static func pays(_ m: Int, _ n: Int, _ k: Int) -> Bool {
    m * n * k > worth * (m * k + k * n + m * n)
  }

  /// Below this many multiplications per value the rounding costs what the product gains.
  private static let worth = 24

  /// As ``BLAS/product(_:_:_:_:_:alpha:_:_:_:_:beta:_:_:)``, on one thread.
  static func product(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, alpha: Float,
    _ a: UnsafePointer<Float>, _ strideA: Int, _ b: UnsafePointer<Float>, _ strideB: Int,
    beta: Float, _ c: UnsafeMutablePointer<Float>, _ strideC: Int
  ) {
    guard let library else { preconditionFailure("oneDNN is not there") }
    let (rowsA, columnsA) = transposeA ? (k, m) : (m, k)
    let (rowsB, columnsB) = transposeB ? (n, k) : (k, n)
    // Two bfloat16 values in the place of each Float32.
    let halfA = Tensor(uninitialized: [(m * k + 1) / 2])
    let halfB = Tensor(uninitialized: [(k * n + 1) / 2])
    let (first, second) = unsafe (
      UnsafeMutableRawPointer(halfA.data).assumingMemoryBound(to: UInt16.self),
      UnsafeMutableRawPointer(halfB.data).assumingMemoryBound(to: UInt16.self)
    )
    unsafe ck_to_bfloat16(first, a, rowsA, columnsA, strideA)
    unsafe ck_to_bfloat16(second, b, rowsB, columnsB, strideB)
    library.setThreads(1)
    let (yes, no) = (CChar(UInt8(ascii: "T")), CChar(UInt8(ascii: "N")))
    let status = unsafe library.product(
      transposeA ? yes : no, transposeB ? yes : no, m, n, k, alpha, first, columnsA, second,
      columnsB, beta, c, strideC)
    precondition(status == 0, "oneDNN refused a product of \(m) x \(n) x \(k): \(status)")
  }
}
