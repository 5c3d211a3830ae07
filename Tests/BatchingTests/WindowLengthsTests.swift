import Batching
import Testing

struct WindowLengthsTests {
  @Test func `lengths lie about the usual one or its half, within two deviations`() {
    let lengths = WindowLengths(usual: 100, jitter: 0.05, seed: 3)
    #expect(lengths.longest == 110)
    let drawn = (0..<20_000).map { lengths.length(ofStep: $0, beginsEpoch: false) }
    #expect(drawn == (0..<20_000).map { lengths.length(ofStep: $0, beginsEpoch: false) })
    let (short, long) = (drawn.filter { $0 < 75 }, drawn.filter { $0 >= 75 })
    #expect(abs(Double(short.count) / 20_000 - 0.05) < 0.006)
    for (lengths, middle) in [(short, 50.0), (long, 100.0)] {
      let mean = Double(lengths.reduce(0, +)) / Double(lengths.count)
      #expect(abs(mean - middle) < 0.5)
      let squares = lengths.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      // A normal deviate that is held to two deviations has one of 0.96.
      #expect(abs((squares / Double(lengths.count)).squareRoot() - 4.8) < 0.3)
      #expect(lengths.allSatisfy { abs(Double($0) - middle) <= 10 })
    }
    let other = WindowLengths(usual: 100, jitter: 0.05, seed: 4)
    #expect(drawn != (0..<20_000).map { other.length(ofStep: $0, beginsEpoch: false) })
  }

  @Test func `an epoch's first window has any length up to the usual one`() {
    let lengths = WindowLengths(usual: 10, jitter: 0.05, seed: 3)
    let drawn = (0..<5_000).map { lengths.length(ofStep: $0, beginsEpoch: true) }
    for length in 1...10 { #expect(abs(drawn.count { $0 == length } - 500) < 100) }
    #expect(Set(drawn) == Set(1...10))
  }

  @Test func `without a deviation all windows are as long, and none is ever empty`() {
    let plain = WindowLengths(usual: 7, seed: 3)
    #expect(plain.longest == 7)
    #expect((0..<100).allSatisfy { plain.length(ofStep: $0, beginsEpoch: $0 == 0) == 7 })
    for usual in 1...4 {
      let wide = WindowLengths(usual: usual, jitter: 0.5, seed: 1)
      for step in 0..<2_000 {
        let length = wide.length(ofStep: step, beginsEpoch: step % 2 == 0)
        #expect((1...2 * usual).contains(length) && length <= wide.longest)
      }
    }
  }
}
