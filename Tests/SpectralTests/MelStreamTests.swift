import Spectral
import Testing

@Suite("The front end in blocks")
struct MelStreamTests {
  @Test(arguments: [1, 219, 441, 1_000, 1_024, 4_096, 50_000])
  func `blocks of any size give the same bits as the whole`(size: Int) {
    // Short ones of every kind, and one that is no multiple of anything.
    for count in size == 1 ? [0, 1, 441, 1_100] : [0, 1, 441, 2_048, 2_049, 20_011] {
      let samples = noise(count)
      let stream = MelStream(settings: MelSettings())
      var values: [Float] = []
      for start in stride(from: 0, to: count, by: size) {
        values += stream.append(Array(samples[start..<min(count, start + size)]))
      }
      values += stream.finish()
      #expect(values == LogMel(settings: MelSettings()).spectrogram(of: samples).values)
    }
  }

  @Test func `a frame comes as soon as its last sample is there`() {
    let bins = MelSettings().bins
    let stream = MelStream(settings: MelSettings())
    #expect(stream.append(noise(1_023)).isEmpty)
    #expect(stream.append([0]).count == bins)
    #expect(stream.append(noise(440)).isEmpty)
    #expect(stream.append([0]).count == bins)
  }

  @Test func `windows of odd length are no exception`() {
    var settings = MelSettings()
    settings.windowLength = 2_001
    let samples = noise(9_000)
    let stream = MelStream(settings: settings)
    var values: [Float] = []
    for sample in stride(from: 0, to: 9_000, by: 100) {
      values += stream.append(Array(samples[sample..<sample + 100]))
    }
    values += stream.finish()
    #expect(values == LogMel(settings: settings).spectrogram(of: samples).values)
  }
}
