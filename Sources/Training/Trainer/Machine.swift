import Foundation
import TensorCore

/// What the machine offers a training run.
package struct Machine: Sendable {
  package var cores: Int
  /// Bytes of memory that programs can still take.
  package var memory: Int
  package var hasAVX512: Bool
  /// Whether products in bfloat16 are to be had.
  package var hasBFloat16: Bool

  package init(cores: Int, memory: Int, hasAVX512: Bool, hasBFloat16: Bool) {
    (self.cores, self.memory) = (cores, memory)
    (self.hasAVX512, self.hasBFloat16) = (hasAVX512, hasBFloat16)
  }

  /// This one, now.
  package static var current: Machine {
    Machine(
      cores: CPU.cores, memory: kilobytes("MemAvailable", in: "/proc/meminfo"),
      hasAVX512: CPU.hasAVX512, hasBFloat16: BFloat16.isAvailable)
  }

  /// Bytes this process holds now, and the most it ever held.
  package static var residentMemory: Int { kilobytes("VmRSS", in: "/proc/self/status") }
  package static var peakMemory: Int { kilobytes("VmHWM", in: "/proc/self/status") }

  /// `Name:   1234 kB` in bytes; 0 where there is no such line.
  private static func kilobytes(_ name: String, in path: String) -> Int {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    let words = line?.split(whereSeparator: \.isWhitespace) ?? []
    return words.count > 1 ? (Int(words[1]) ?? 0) * 1_024 : 0
  }
}
