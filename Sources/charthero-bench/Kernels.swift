import ArgumentParser
import Benchmarks
import Dispatch
import TensorCore

struct Kernels: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Matrix products and the loops between them, against the machine's ceiling.",
    discussion: """
      The shapes are those of the networks for ten seconds of audio, and squares. Libraries and our \
      own products run by turns, on one thread and on all; a library's product is one call per \
      thread, each with its part of the rows. The rates are of the best round: a ceiling is what can \
      be reached. JSON has medians and spreads too.
      """)

  @OptionGroup var options: BenchOptions

  func run() throws {
    var report = options.begin("kernels")
    let all = Parallel.threads
    var ceiling = Report.Table(
      "The ceiling, billions of operations a second",
      columns: ["precision", "threads", "G/s", "by", "at"])
    var details = Report.Table(
      "Products", columns: ["shape", "threads", "precision", "by", "median ms", "spread %"],
      isDetail: true)
    let libraries = Libraries()
    for threads in Set([1, all]).sorted() {
      Parallel.threads = threads
      let names = entries(ProductShape.all[0], libraries, threads: threads).map(\.name)
      var table = Report.Table(
        "Products on \(threads) thread\(threads == 1 ? "" : "s"), best of \(options.rounds) in "
          + "billions of operations a second",
        columns: ["shape", "m x n x k"] + names)
      var best: [Precision: (rate: Double, by: String, at: String)] = [:]
      for shape in ProductShape.all {
        let entries = entries(shape, libraries, threads: threads)
        let results = try Race.run(entries.map(\.contender), rounds: options.rounds)
        let rates = results.map { shape.operations / $0.wall.best / 1e9 }
        for (entry, (rate, result)) in zip(entries, zip(rates, results)) {
          details.add([
            .text("\(shape.name) \(shape.size)"), .count(threads), .text(entry.precision.rawValue),
            .text(entry.contender.name), .number(result.wall.median * 1e3, decimals: 3),
            .number(result.wall.spread * 100, decimals: 0),
          ])
          if rate > best[entry.precision]?.rate ?? 0 {
            best[entry.precision] = (rate, entry.contender.name, "\(shape.name) \(shape.size)")
          }
        }
        table.add(
          [.text(shape.name), .text(shape.size)] + rates.map { .number($0, decimals: 0) })
      }
      report.tables.append(table)
      for precision in Precision.allCases {
        guard let best = best[precision] else { continue }
        ceiling.add([
          .text(precision.rawValue), .count(threads), .number(best.rate, decimals: 0),
          .text(best.by), .text(best.at),
        ])
      }
    }
    report.tables.insert(ceiling, at: 0)
    report.tables += [details, try loops()]
    try options.end(report)
  }

  private struct Entry {
    let precision: Precision
    let contender: Contender

    var name: String { "\(precision.rawValue) \(contender.name)" }
  }

  /// A product of small shapes is repeated until it takes about as long as one of large ones.
  private static let worth = 1e9

  private func entries(_ shape: ProductShape, _ libraries: Libraries, threads: Int) -> [Entry] {
    let repeats = max(1, Int(Self.worth / shape.operations))
    let (m, n, k) = (shape.m, shape.n, shape.k)
    var found: [Entry] = libraries.entries.map { entry in
      let a = Memory(bytes: m * k * entry.precision.bytes)
      let b = Memory(bytes: k * n * entry.precision.bytes)
      let c = Memory(bytes: m * n * 4)
      let part = (m + threads - 1) / threads
      let contender = Contender(entry.library, repeats: repeats) {
        DispatchQueue.concurrentPerform(iterations: threads) { index in
          let rows = index * part..<min(m, (index + 1) * part)
          guard !rows.isEmpty else { return }
          entry.product(
            rows.count, n, k, a.address + rows.lowerBound * k * entry.precision.bytes, b.address,
            c.address + rows.lowerBound * n * 4)
        }
      }
      return Entry(precision: entry.precision, contender: contender)
    }
    let x = Tensor(ProductShape.values(m * k), [m, k])
    let bias = Tensor([n])
    // As inference computes: weights packed once.
    for precision in Precision.allCases {
      let parameters = Parameters(random: Random(seed: 1))
      let weight = parameters.matrix("weight", out: n, in: k)
      parameters.pack(precision)
      found.append(
        Entry(
          precision: precision,
          contender: Contender("ours", repeats: repeats) {
            _ = x.linear(weight: weight, bias: bias, nil)
          }))
    }
    return found
  }

  /// What stands between the products, of the largest network's hidden layer, on all threads.
  private func loops() throws -> Report.Table {
    let (rows, columns) = (500, 1_536)
    let x = Tensor(ProductShape.values(rows * columns), [rows, columns])
    let (scale, shift) = (Tensor([columns], repeating: 1), Tensor([columns]))
    let values = Double(rows * columns)
    let (tokens, heads, size) = (500, 8, 64)
    let qkv = Tensor(ProductShape.values(tokens * 3 * heads * size), [1, tokens, 3 * heads * size])
    let scores = Double(heads * tokens * tokens)
    let work: [(Contender, Double)] = [
      (Contender("add", repeats: 20) { _ = x.add(x, nil) }, values),
      (Contender("sigmoid", repeats: 20) { _ = x.sigmoid() }, values),
      (Contender("GELU", repeats: 20) { _ = x.gelu(nil) }, values),
      (Contender("SiLU", repeats: 20) { _ = x.silu(nil) }, values),
      (Contender("GLU", repeats: 20) { _ = x.glu(nil) }, values / 2),
      (
        Contender("layer norm", repeats: 20) { _ = x.layerNorm(scale: scale, shift: shift, nil) },
        values
      ),
      (
        Contender("attention, per score", repeats: 4) { _ = qkv.attention(heads: heads, nil) },
        scores
      ),
    ]
    let results = try Race.run(work.map(\.0), rounds: options.rounds)
    var table = Report.Table(
      "Loops on \(Parallel.threads) threads, \(rows) rows of \(columns) values, best of "
        + "\(options.rounds)",
      columns: ["loop", "ns per value", "spread %"])
    for ((contender, count), result) in zip(work, results) {
      table.add([
        .text(contender.name), .number(result.wall.best / count * 1e9, decimals: 3),
        .number(result.wall.spread * 100, decimals: 0),
      ])
    }
    return table
  }
}
