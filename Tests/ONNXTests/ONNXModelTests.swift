import DrumNet
import Testing

@testable import ONNX

@Suite("Models for other engines")
struct ONNXModelTests {
  @Test("dimensions change places with their values")
  func permutation() {
    // (2, 3, 1) -> (1, 2, 3) and (3, 2)
    let values: [Float] = [1, 2, 3, 4, 5, 6]
    #expect(permuted(values, [2, 3], [1, 0]) == [1, 4, 2, 5, 3, 6])
    #expect(permuted(values, [2, 3, 1], [2, 0, 1]) == values)
    #expect(permuted(values, [1, 2, 3], [2, 1, 0]) == [1, 4, 2, 5, 3, 6])
  }
}
