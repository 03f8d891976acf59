import Benchmarks
import Foundation
import TestSupport
import Testing

struct EngineProcessTests {
  private func engine(_ script: String) throws -> EngineProcess {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let path = folder("engine.py").path
    try Data(script.utf8).write(to: URL(filePath: path))
    return try EngineProcess(python: "python3", script: path, threads: 2)
  }

  @Test func `An engine does what it is told and measures itself`() throws {
    let engine = try engine(
      """
      import json, sys
      print(json.dumps({"name": "threads " + sys.argv[1]}), flush=True)
      for line in sys.stdin:
          order = json.loads(line)
          print(json.dumps({"wall": 0.25, "cpu": 0.5, "heard": order.get("text")}), flush=True)
      """)
    #expect(engine.name == "threads 2")
    #expect(try engine.order(["order": "load", "text": "a\nb"])["heard"] as? String == "a\nb")
    #expect(try engine.run("it").cost == Cost(wall: 0.25, cpu: 0.5))
  }

  @Test func `What an engine lacks or how it ends is said in a sentence`() {
    #expect {
      _ = try engine("print('{\"error\": \"needs the Python package torch\"}')")
    } throws: {
      "\($0)".contains("needs the Python package torch")
    }
    #expect {
      _ = try engine("import sys; sys.exit(3)")
    } throws: {
      "\($0)".contains("ended without an answer")
    }
    #expect {
      _ = try EngineProcess(python: "python3", script: "/nowhere/engine.py", threads: 1)
    } throws: {
      "\($0)".contains("is not there")
    }
  }
}
