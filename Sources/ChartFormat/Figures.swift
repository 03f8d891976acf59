/// Numbers as people read them, the same in every locale.
package enum Figures {
  /// `m:ss`, or `m:ss.hh`.
  package static func clock(_ seconds: Double, hundredths: Bool = false) -> String {
    let all = Int((seconds * 100).rounded())
    let (minutes, rest) = (all / 6_000, all % 6_000)
    let text = "\(minutes):" + (rest < 1_000 ? "0" : "") + "\(rest / 100)"
    guard hundredths else { return text }
    return text + "." + (rest % 100 < 10 ? "0" : "") + "\(rest % 100)"
  }

  /// A number with a fixed count of decimals.
  package static func decimal(_ value: Double, _ places: Int) -> String {
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    let scaled = Int((abs(value) * Double(scale)).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % scale)
    return "\(sign)\(scaled / scale)."
      + String(repeating: "0", count: places - fraction.count) + fraction
  }
}
