import Benchmarks
import Foundation
import Testing

struct ReportTests {
  private func report() -> Report {
    var report = Report(command: "kernels", facts: [("kernels", "SkylakeX")])
    var table = Report.Table("Products", columns: ["shape", "G/s"])
    table.add([.text("square"), .number(212.345, decimals: 1)])
    table.add([.text("ast-base"), .none])
    report.tables.append(table)
    report.notes.append("Done.")
    return report
  }

  @Test func `A table is Markdown with numbers to the right`() {
    #expect(
      report().text() == """
        kernels: SkylakeX

        ### Products

        | shape    |   G/s |
        | -------- | ----: |
        | square   | 212.3 |
        | ast-base |     - |

        Done.

        """)
  }

  @Test func `JSON has the rows as objects, with every decimal`() throws {
    let object =
      try JSONSerialization.jsonObject(with: try report().json()) as? [String: Any] ?? [:]
    let tables = object["tables"] as? [[String: Any]] ?? []
    let rows = tables.first?["rows"] as? [[String: Any]] ?? []
    #expect(object["command"] as? String == "kernels")
    #expect(rows.first?["G/s"] as? Double == 212.345)
    #expect(rows.last?["G/s"] is NSNull)
  }
}
