import Music
import Testing

/// The melody on top of a score.
@Suite struct SkylineTests {
  private func line(
    _ notes: [(Int, Int, UInt8)], isLowest: Bool = false, tolerance: Int = 0
  ) -> [[Int]] {
    let track = Track(
      notes: notes.map { Note(onset: $0.0, duration: $0.1 - $0.0, pitch: $0.2) })
    return [track].skyline(isLowest: isLowest, tolerance: tolerance)
      .map { [$0.onset, $0.end, Int($0.pitch)] }
  }

  @Test func `a melody alone is itself`() {
    #expect(
      line([(0, 10, 60), (10, 20, 62), (30, 35, 55)]) == [
        [0, 10, 60], [10, 20, 62], [30, 35, 55],
      ])
  }

  @Test func `the highest note is heard, and a lower one where it rests`() {
    #expect(
      line([(0, 100, 50), (10, 20, 60), (30, 40, 60)])
        == [[0, 10, 50], [10, 20, 60], [20, 30, 50], [30, 40, 60], [40, 100, 50]])
    #expect(line([(0, 100, 50), (10, 20, 60)], isLowest: true) == [[0, 100, 50]])
  }

  @Test func `of one pitch the note struck last counts`() {
    #expect(line([(0, 40, 60), (10, 20, 60)]) == [[0, 10, 60], [10, 20, 60], [20, 40, 60]])
    #expect(line([(0, 40, 60), (0, 20, 60)]) == [[0, 40, 60]])
  }

  @Test func `notes that overlap a little keep their onsets`() {
    #expect(
      line([(0, 12, 64), (10, 22, 62), (20, 30, 60)], tolerance: 2)
        == [[0, 10, 64], [10, 20, 62], [20, 30, 60]])
    #expect(line([(0, 12, 60), (10, 22, 62)], tolerance: 2) == [[0, 10, 60], [10, 22, 62]])
    #expect(line([(0, 22, 50), (10, 20, 60)], tolerance: 2) == [[0, 10, 50], [10, 20, 60]])
  }

  @Test func `drums and notes without a length are no melody`() {
    let drums = Track(channel: 9, notes: [Note(onset: 0, duration: 9, pitch: 90)])
    let grace = Track(notes: [Note(onset: 0, duration: 0, pitch: 90)])
    #expect([drums, grace].skyline().isEmpty)
  }

  @Test func `at each time it is the highest note that sounds`() {
    var state: UInt64 = 7
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<200 {
      let notes = (0..<30).map { _ -> (Int, Int, UInt8) in
        let onset = random(60)
        return (onset, onset + 1 + random(20), UInt8(50 + random(12)))
      }
      let found = line(notes)
      for tick in 0..<90 {
        let highest = notes.filter { $0.0 <= tick && tick < $0.1 }.map { Int($0.2) }.max()
        let heard = found.filter { $0[0] <= tick && tick < $0[1] }
        #expect(heard.count == (highest == nil ? 0 : 1))
        #expect(heard.first?[2] == highest)
      }
    }
  }
}
