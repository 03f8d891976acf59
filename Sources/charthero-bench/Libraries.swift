import Glibc
import TensorCore

/// Matrix products of the libraries that happen to be installed, each call on one thread: what they
/// reach on this machine is the ceiling that ours are held against. Row-major; A (m, k), B (k, n) and
/// C (m, n) lie contiguously.
struct Libraries {
  /// One product of the matrices at three addresses, passed as numbers: the calling convention does
  /// not tell them apart, and what holds one can be handed to another thread.
  typealias Product = @Sendable (_ m: Int, _ n: Int, _ k: Int, _ a: Int, _ b: Int, _ c: Int) -> Void

  struct Entry: Sendable {
    let library: String
    let precision: Precision
    let product: Product
  }

  /// What is there.
  let entries: [Entry]

  init() { entries = Self.openBLAS() + Self.oneDNN() }

  private typealias CBLAS =
    @convention(c) @Sendable (
      CInt, CInt, CInt, CInt, CInt, CInt, Float, Int, CInt, Int, CInt, Float, Int, CInt
    ) -> Void
  /// oneDNN's products of Float32 and of bfloat16 look alike.
  private typealias Floats =
    @convention(c) @Sendable (
      CChar, CChar, Int, Int, Int, Float, Int, Int, Int, Int, Float, Int, Int
    ) -> CInt
  /// A of unsigned bytes, B of signed ones, each with a zero point; the offset of C is one value.
  private typealias Bytes =
    @convention(c) @Sendable (
      CChar, CChar, CChar, Int, Int, Int, Float, Int, Int, UInt8, Int, Int, Int8, Float, Int, Int,
      Int
    ) -> CInt
  private typealias SetThreads = @convention(c) @Sendable (CInt) -> Void

  /// The one that TensorCore is linked with and set to one thread.
  private static func openBLAS() -> [Entry] {
    guard let symbol = unsafe dlsym(nil, "cblas_sgemm") else { return [] }
    let gemm = unsafe unsafeBitCast(symbol, to: CBLAS.self)
    return [
      Entry(library: "OpenBLAS", precision: .float32) { m, n, k, a, b, c in
        // 101, 111: row-major, not transposed.
        gemm(101, 111, 111, CInt(m), CInt(n), CInt(k), 1, a, CInt(k), b, CInt(n), 0, c, CInt(n))
      }
    ]
  }

  private static func oneDNN() -> [Entry] {
    for name in ["libdnnl.so.2", "libdnnl.so.3", "libdnnl.so"] {
      guard let handle = unsafe dlopen(name, RTLD_NOW | RTLD_GLOBAL),
        let symbol = unsafe dlsym(handle, "omp_set_num_threads")
      else { continue }
      let setThreads = unsafe unsafeBitCast(symbol, to: SetThreads.self)
      let plain = CChar(UInt8(ascii: "N"))
      var found: [Entry] = []
      for (name, precision) in [
        ("dnnl_sgemm", Precision.float32), ("dnnl_gemm_bf16bf16f32", .bfloat16),
      ] {
        guard let symbol = unsafe dlsym(handle, name) else { continue }
        let gemm = unsafe unsafeBitCast(symbol, to: Floats.self)
        found.append(
          Entry(library: "oneDNN", precision: precision) { m, n, k, a, b, c in
            setThreads(1)
            _ = gemm(plain, plain, m, n, k, 1, a, k, b, n, 0, c, n)
          })
      }
      if let symbol = unsafe dlsym(handle, "dnnl_gemm_u8s8s32") {
        let gemm = unsafe unsafeBitCast(symbol, to: Bytes.self)
        let offset = Memory(bytes: 4, of: 0)
        let fixed = CChar(UInt8(ascii: "F"))
        found.append(
          Entry(library: "oneDNN", precision: .int8) { m, n, k, a, b, c in
            setThreads(1)
            _ = gemm(
              plain, plain, fixed, m, n, k, 1, a, k, 0, b, n, 0, 0, c, n, offset.address)
          })
      }
      return found
    }
    return []
  }
}

/// Raw memory of one repeated byte.
final class Memory: Sendable {
  let address: Int

  /// - Parameter byte: 0x3c in every place is 0.0115 as Float32 and as bfloat16, 60 as a byte.
  init(bytes: Int, of byte: UInt8 = 0x3c) {
    // Spare bytes for loads that reach beyond the end.
    let count = bytes + 1_024
    let start = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
    _ = unsafe start.initializeMemory(as: UInt8.self, repeating: byte, count: count)
    address = Int(bitPattern: start)
  }

  deinit {
    guard let start = unsafe UnsafeMutableRawPointer(bitPattern: address) else { return }
    unsafe start.deallocate()
  }
}

extension Precision {
  /// Bytes of one value of A or B.
  var bytes: Int {
    switch self {
    case .float32: 4
    case .bfloat16: 2
    case .int8: 1
    }
  }
}
