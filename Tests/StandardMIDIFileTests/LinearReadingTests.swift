import Testing

@testable import StandardMIDIFile

/// Reading takes steps in proportion to the file, whatever it holds.
struct LinearReadingTests {
  @Test(arguments: [1000, 2000, 4000])
  func `tracks that announce too much are searched for once`(count: Int) throws {
    for type in ["mtrk", "MTrk"] {
      let track = Array(type.utf8) + [0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0xFF, 0x2F, 0x00]
      let header = Array("MThd".utf8) + [0, 0, 0, 6, 0, 1, 0xFF, 0xFF, 0, 96]
      let zeros = [UInt8](repeating: 0, count: 100_000)
      let bytes = header + (0..<count).flatMap { _ in track } + zeros
      var reader = FileReader(storage: bytes, mode: .lenient)
      let file = try reader.read(bytes.span)
      #expect(file.tracks.count == count)
      #expect(reader.searchedBytes <= bytes.count)
    }
  }
}
