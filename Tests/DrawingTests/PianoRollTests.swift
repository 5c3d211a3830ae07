import Drawing
import Foundation
import Music
import StandardMIDIFile
import Testing

struct PianoRollTests {
  private let score = Score(
    title: "A & B",
    tracks: [
      Track(notes: [
        Note(onset: 0, duration: 480, pitch: 60), Note(onset: 480, duration: 480, pitch: 63),
      ])
    ], endTick: 960)

  @Test func `text shows two dots of time by four pitches in a character`() {
    // 20 columns, 5 of them for names: the first half of the piece is C4, the lowest row of dots.
    let lines = PianoRoll(score).text(columns: 20, isColoured: false)
    #expect(lines.count == 4)
    #expect(
      lines[2] == "  C4 " + String(repeating: "⣀", count: 7) + "⡈"
        + String(repeating: "⠉", count: 7))
  }

  @Test func `a picture has a bar for each note, and its texts are escaped`() {
    let svg = PianoRoll(score).svg()
    #expect(svg.contains("A &amp; B"))
    #expect(svg.split(separator: "\n").count { $0.contains("fill-opacity") } == 2)
  }

  @Test func `a strip holds each value until the next, between its least and its greatest`() {
    let strip = PianoRoll.Strip(title: "gate", seconds: [0, 0.5, 0.75], values: [2, 4, 3])
    let bar = "▁▁▁▁▁▁▁▁████▄▄▄▄"
    #expect(strip.text(columns: 21, end: 1) == "     " + bar)
    #expect(strip.caption == "gate 2.00 to 4.00")
    let svg = PianoRoll(score).svg(over: [strip, strip])
    #expect(svg.split(separator: "\n").count { $0.contains("polyline") } == 2)
    #expect(PianoRoll(score).svg(over: []) == PianoRoll(score).svg())
  }

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"),
      "python3 is not installed"))
  func `a picture of pixels is a PNG that others read`() throws {
    let picture = PianoRoll(score).picture(width: 101)
    #expect(picture.width == 101 && picture.height == 12 * 4)
    let file = NSTemporaryDirectory() + "musegen-\(UUID().uuidString).png"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try Data(picture.png).write(to: URL(filePath: file))
    // Chunks and their checks by Python's zlib, then the colours of three pixels.
    let program = """
      import struct, sys, zlib
      data, chunks = open(sys.argv[1], "rb").read(), {}
      assert data[:8] == b"\\x89PNG\\r\\n\\x1a\\n"
      place = 8
      while place < len(data):
          size, name = struct.unpack(">I4s", data[place:place + 8])
          body = data[place + 8:place + 8 + size]
          assert zlib.crc32(name + body) == struct.unpack(">I", data[place + 8 + size:place + 12 + size])[0]
          chunks[name] = body
          place += 12 + size
      width, height, bits, kind = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
      rows = zlib.decompress(chunks[b"IDAT"])
      assert (bits, kind, len(rows)) == (4, 3, height * (1 + (width + 1) // 2))
      def colour(x, y):
          byte = rows[y * (1 + (width + 1) // 2) + 1 + x // 2]
          index = byte >> 4 if x % 2 == 0 else byte & 15
          return chunks[b"PLTE"][3 * index:3 * index + 3].hex()
      print(width, height, colour(10, 44), colour(80, 44), colour(80, 32))
      """
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/python3")
    process.arguments = ["-c", program, file]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let said = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    // C4 sounds in the first half and not in the second, E flat above it the other way round.
    #expect(String(decoding: said, as: UTF8.self) == "101 48 2b7de0 f8f9fb 2b7de0\n")
  }

  /// A piece of so many seconds, a note each.
  private func piece(seconds: Int) -> Score {
    Score(
      tracks: [
        Track(
          notes: (0..<seconds).map { Note(onset: 960 * $0, duration: 960, pitch: 60) })
      ], endTick: 960 * seconds)
  }

  @Test(arguments: [1, 3, 8, 16, 29, 47, 200, 1_777])
  func `times stand where they are, at whole seconds`(_ seconds: Int) throws {
    let roll = PianoRoll(piece(seconds: seconds))
    let svg = roll.svg()
    // A note begins at every second, and the time above which it stands is told below it.
    let labels = svg.matches(of: /x="([0-9.]+)" y="[0-9.]+"[^>]*>([0-9]+):([0-9][0-9])</)
      .compactMap { match -> (x: Double, seconds: Int)? in
        guard let x = Double(match.1), let minutes = Int(match.2), let rest = Int(match.3) else {
          return nil
        }
        return (x, 60 * minutes + rest)
      }
    let notes = svg.matches(of: /<rect x="([0-9.]+)"[^>]*fill-opacity/).compactMap {
      Double($0.1)
    }
    #expect(!labels.isEmpty)
    for label in labels {
      #expect(
        notes.contains { abs($0 - label.x) < 0.1 }, "\(label.seconds) s at \(label.x)")
    }
    if seconds <= 30 {
      for label in labels {
        let x = 40 + 1_200 * Double(label.seconds) / Double(seconds)
        #expect(abs(label.x - x) < 0.1)
      }
    }
    let distances = zip(labels, labels.dropFirst()).map { $1.seconds - $0.seconds }
    #expect(Set(distances).count <= 1, "\(distances)")

    for columns in [20, 60, 100, 133] {
      let lines = roll.text(columns: columns, isColoured: false)
      let axis = try #require(lines.last)
      #expect(axis.count <= columns)
      for match in axis.matches(of: /([0-9]+):([0-9][0-9])/) {
        let time = 60 * (Int(match.1) ?? 0) + (Int(match.2) ?? 0)
        let column = axis.distance(from: axis.startIndex, to: match.range.lowerBound) - 5
        #expect(abs(column - time * (columns - 5) / seconds) <= 1, "\(time) s in \(axis)")
      }
    }
  }

  @Test func `ten parts have ten colours, and names that keep their numbers apart`() {
    let long = "An instrument whose name goes on and on, number"
    let score = Score(
      tracks: (1...20).map { number in
        Track(
          name: number % 2 == 0 ? "\(long) \(number)" : "DreamStation DXi #\(number)",
          notes: [Note(onset: 0, duration: 480, pitch: UInt8(4 * number))])
      }, endTick: 480)
    let svg = PianoRoll(score).svg()
    for number in 1...20 {
      let end =
        number % 2 == 0 ? ", number \(number)</text>" : ">DreamStation DXi #\(number)</text>"
      #expect(svg.contains(end), "\(number)")
    }
    let swatches = svg.matches(
      of: /<rect x="([0-9.]+)" y="([0-9.]+)" width="8" height="8" fill="(#[0-9a-f]+)"\/>/
    ).compactMap { match -> (x: Double, y: Double, colour: Substring)? in
      guard let x = Double(match.1), let y = Double(match.2) else { return nil }
      return (x, y, match.3)
    }
    #expect(swatches.count == 20)
    #expect(Set(swatches.prefix(16).map(\.colour)).count == 16)
    // Names are written from left to right, at five pixels a letter or more, and none reaches the next colour.
    for (one, next) in zip(swatches, swatches.dropFirst()) where one.y == next.y {
      #expect(next.x - one.x > 12 + 5 * 19)
    }
    #expect(swatches.allSatisfy { $0.x < 1_240 })
    let text = PianoRoll(score).text(columns: 80, isColoured: true).joined()
    #expect(Set(text.matches(of: /38;5;([0-9]+)m/).map { String($0.1) }).count >= 16)
  }

  @Test func `what is rounded to zero has no sign`() {
    let strip = PianoRoll.Strip(title: "cell", seconds: [0, 0.5], values: [-840, -0.004])
    #expect(strip.caption == "cell -840 to 0")
    let small = PianoRoll.Strip(title: "cell", seconds: [0, 0.5], values: [-0.004, 9])
    #expect(small.caption == "cell 0.00 to 9.00")
  }

  @Test func `a note after days of silence is drawn as small as any`() {
    let late = Score(
      tracks: [Track(notes: [Note(onset: 1 << 40, duration: 480, pitch: 60)])], endTick: 1 << 41)
    #expect(PianoRoll(late).svg().utf8.count < 60_000)
    #expect(PianoRoll(late).text(columns: 100, isColoured: true).count < 10)
  }

  @Test func `a note at a tick past all measure is drawn`() {
    let far = Score(
      division: .ticksPerQuarter(1),
      tracks: [Track(notes: [Note(onset: 1 << 58, duration: 1 << 57, pitch: 60)])],
      endTick: 1 << 59)
    #expect(PianoRoll(far).svg().contains("fill-opacity"))
  }
}
