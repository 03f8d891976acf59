import ChartFormat
import Foundation
import Testing

@Suite("Chart folders")
struct ChartFolderTests {
  @Test("Notes come from notes.mid before notes.chart, the song's data from song.ini")
  func reading() throws {
    try Self.withFolder { folder in
      var chart = ChartTextTests.small
      try Data(ChartText.write(chart).utf8).write(to: folder.appending(path: "notes.chart"))
      #expect(try ChartFolder(path: folder.path).chart == chart)
      chart.metadata.title = "From song.ini [live]"
      try Data(SongINI(metadata: chart.metadata).text().utf8)
        .write(to: folder.appending(path: "song.ini"))
      #expect(try ChartFolder(path: folder.path).chart == chart)
      chart.tracks[.expert]!.notes.removeLast()
      try Data(ChartMIDI.write(chart)).write(to: folder.appending(path: "notes.mid"))
      let read = try ChartFolder(path: folder.path)
      #expect(read.chartFile == "notes.mid")
      #expect(read.chart == chart)
      #expect(read.files == ["notes.chart", "notes.mid", "song.ini"])
    }
  }

  @Test("A folder that cannot be read is refused in a sentence")
  func refused() throws {
    try Self.withFolder { folder in
      let empty = #expect(throws: ChartError.self) { try ChartFolder(path: folder.path) }
      #expect(
        empty?.description == "\(folder.path): the folder has no notes.chart and no notes.mid")
      let missing = #expect(throws: ChartError.self) { try ChartFolder(path: folder.path + "/no") }
      #expect(missing?.description == "\(folder.path)/no: the folder cannot be read")
      try Data("[Song]\n{\n".utf8).write(to: folder.appending(path: "notes.chart"))
      let broken = #expect(throws: ChartError.self) { try ChartFolder(path: folder.path) }
      #expect(
        broken?.description
          == "notes.chart, line 2: the section is never closed; the file is cut off")
    }
  }

  private static func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "folder-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }
}
