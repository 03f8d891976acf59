internal import CKernels

/// What the weights and inputs of a network's large products are rounded to. Sums, norms and
/// whatever else is computed stay Float32 (int8 products sum in 32-bit integers).
package enum Precision: String, CaseIterable, Codable, Sendable, CustomStringConvertible {
  case float32, bfloat16, int8

  /// The fastest that gives the same charts: bfloat16 where the processor multiplies it by itself.
  /// Weights that stand in 8 bits in their file are used so where the processor can, because
  /// somebody chose that.
  package static func best(hasInt8Weights: Bool) -> Precision {
    if hasInt8Weights, ProductPath.best(for: .int8).rawValue >= ProductPath.avxVNNI.rawValue {
      return .int8
    }
    return ProductPath.best(for: .bfloat16) == .portable ? .float32 : .bfloat16
  }

  /// `int8 kernels by AVX-512 VNNI`
  package var description: String {
    "\(rawValue) kernels by \(ProductPath.best(for: self).name(for: self))"
  }

  /// Bytes of one value.
  var bytes: Int {
    switch self {
    case .float32: 4
    case .bfloat16: 2
    case .int8: 1
    }
  }

  var kind: Int32 {
    switch self {
    case .float32: Int32(CK_FLOAT32)
    case .bfloat16: Int32(CK_BFLOAT16)
    case .int8: Int32(CK_INT8)
    }
  }
}

/// The instructions that multiply packed weights, slowest first.
package enum ProductPath: Int32, CaseIterable, Sendable {
  case portable, avx2, avxVNNI, avx512

  /// Whether the processor has them, and they can multiply such values.
  package func serves(_ precision: Precision) -> Bool {
    ck_has_path(precision.kind, rawValue) != 0
  }

  /// The fastest that the processor has.
  package static func best(for precision: Precision) -> ProductPath {
    allCases.last { $0.serves(precision) } ?? .portable
  }

  /// The name for people of what multiplies such values.
  package func name(for precision: Precision) -> String {
    switch self {
    case .portable: "no special instructions"
    case .avx2: "AVX2"
    case .avxVNNI: "AVX-VNNI"
    case .avx512:
      switch precision {
      case .float32: "AVX-512"
      case .bfloat16: "AVX-512 BF16"
      case .int8: "AVX-512 VNNI"
      }
    }
  }
}
