import Reproducibility

/// A picture of pixels, each of one of sixteen colours.
struct PixelCanvas {
  let width: Int
  let height: Int
  private let colours: [UInt32]
  /// The index of each pixel's colour, row by row from the top.
  private var pixels: [UInt8]

  /// Creates a canvas of its first colour.
  ///
  /// - Parameters:
  ///   - width: how many pixels it is wide, at least 1.
  ///   - height: how many it is high, at least 1.
  ///   - colours: at most sixteen, as `#rrggbb`.
  init(width: Int, height: Int, colours: [String]) {
    self.width = width
    self.height = height
    self.colours = colours.prefix(16).map { UInt32($0.dropFirst(), radix: 16) ?? 0 }
    pixels = Array(repeating: 0, count: width * height)
  }

  /// Fills a rectangle, as far as it is in the picture.
  mutating func fill(_ columns: Range<Int>, _ rows: Range<Int>, colour: Int) {
    let columns = columns.clamped(to: 0..<width)
    for row in rows.clamped(to: 0..<height) {
      for column in columns { pixels[row * width + column] = UInt8(colour) }
    }
  }

  /// The picture as a PNG file of four bits a pixel.
  ///
  /// Its rows are stored as they are: a picture of this size takes less than its making would.
  ///
  /// Reference: ISO/IEC 15948, "Portable Network Graphics"; RFC 1950 and 1951, stored blocks.
  var png: [UInt8] {
    var rows: [UInt8] = []
    rows.reserveCapacity(height * (width / 2 + 2))
    for row in 0..<height {
      // No filter.
      rows.append(0)
      for column in stride(from: 0, to: width, by: 2) {
        let first = pixels[row * width + column]
        let second = column + 1 < width ? pixels[row * width + column + 1] : 0
        rows.append(first << 4 | second)
      }
    }
    let header =
      Self.bigEndian(UInt32(width)) + Self.bigEndian(UInt32(height)) + [4, 3, 0, 0, 0]
    let palette = colours.flatMap { Self.bigEndian($0).dropFirst() }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + Self.chunk("IHDR", header) + Self.chunk("PLTE", palette)
      + Self.chunk("IDAT", Self.stored(rows)) + Self.chunk("IEND", [])
  }

  private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    var check = CyclicRedundancyCheck(.iso3309)
    check.update(body[...])
    return bigEndian(UInt32(data.count)) + body + bigEndian(check.value)
  }

  /// Bytes as a zlib stream of blocks that are not compressed.
  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    let most = 65_535
    for start in stride(from: 0, to: bytes.count, by: most) {
      let end = min(start + most, bytes.count)
      let length = UInt16(end - start)
      stream.append(end == bytes.count ? 1 : 0)
      for word in [length, ~length] { stream += [UInt8(word & 0xFF), UInt8(word >> 8)] }
      stream += bytes[start..<end]
    }
    // Adler's checksum; sums of fewer than 5,552 bytes stay below 32 bits.
    var (low, high) = (UInt32(1), UInt32(0))
    for start in stride(from: 0, to: bytes.count, by: 5_552) {
      for byte in bytes[start..<min(start + 5_552, bytes.count)] {
        low &+= UInt32(byte)
        high &+= low
      }
      low %= 65_521
      high %= 65_521
    }
    return stream + bigEndian(high << 16 | low)
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}
