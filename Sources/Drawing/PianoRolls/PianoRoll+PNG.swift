import Music

extension PianoRoll {
  /// A picture of pixels as the bytes of a PNG file.
  public struct Picture: Hashable, Sendable {
    /// The file.
    public let png: [UInt8]
    /// Its width in pixels.
    public let width: Int
    /// Its height in pixels.
    public let height: Int
  }

  /// How many parts have colours of their own in a picture of pixels, of 16 colours in all.
  private static let partColours = min(13, Palette.partCount)
  /// How high the lane of a pitch is.
  private static let lane = 4

  /// The roll as a picture of pixels without texts: all of the piece side by side, a dark lane for each
  /// black key, a line for each bar.
  ///
  /// - Parameter width: how many pixels it is wide, 1 to 10,000.
  /// - Returns: the picture.
  public func picture(width: Int = 1_000) -> Picture {
    let width = min(max(width, 1), 10_000)
    let (black, bar, firstPart) = (1, 2, 3)
    var canvas = PixelCanvas(
      width: width, height: pitches.count * Self.lane,
      colours: ["#f8f9fb", "#e4e8ee", "#c4c9d1"]
        + (0..<Self.partColours).map { Palette.part($0) })
    func lane(_ pitch: Int) -> Range<Int> {
      let top = (pitches.upperBound - pitch) * Self.lane
      return top..<top + Self.lane
    }
    for pitch in pitches where Pitch(pitch).isBlackKey {
      canvas.fill(0..<width, lane(pitch), colour: black)
    }
    let pixelsPerSecond = Double(width) / seconds
    for start in barSeconds {
      let x = Int(start * pixelsPerSecond)
      canvas.fill(x..<x + 1, 0..<canvas.height, colour: bar)
    }
    for block in blocks {
      let first = min(Int(block.startSeconds * pixelsPerSecond), width - 1)
      let last = min(max(Int((block.endSeconds * pixelsPerSecond).rounded()), first + 1), width)
      let rows = lane(Int(block.pitch))
      // A line of the lane stays, so that notes side by side are told apart.
      canvas.fill(
        first..<last, rows.lowerBound..<rows.upperBound - 1,
        colour: firstPart + block.part % Self.partColours)
    }
    return Picture(png: canvas.png, width: width, height: canvas.height)
  }
}
