import StandardMIDIFile
import TestSupport
import Testing

@testable import Music

/// Scores take steps in proportion to what is read, on inputs made to hurt.
struct LinearScoreTests {
  @Test func `notes that are never released are looked at once, in however many tracks`() {
    let track = MIDIFile.Track([
      MIDIFile.Event(delta: 1, .channel(.noteOn(channel: 3, pitch: 60, velocity: 80))),
      MIDIFile.Event(delta: 1, .channel(.noteOn(channel: 3, pitch: 60, velocity: 80))),
    ])
    var pairing = NotePairing()
    for _ in 0..<1000 { _ = pairing.read(track, from: 0) }
    #expect(pairing.notesVisited == 2000)
    let long = MIDIFile.Track(
      (0..<100_000).map {
        MIDIFile.Event(
          delta: 1,
          .channel(.noteOn(channel: UInt8($0 % 16), pitch: UInt8($0 % 128), velocity: 80)))
      }, endDelta: 10)
    pairing = NotePairing()
    let notes = pairing.read(long, from: 0).notes
    #expect(pairing.notesVisited == 100_000)
    #expect(notes.allSatisfy { $0.end == 100_010 })
  }

  @Test func `a place among a million changes is found in twenty-one steps`() {
    let ticks = Array(0..<1 << 20)
    for wanted in [0, 1, 500_000, 1 << 20] {
      var steps = 0
      let found = ticks.partitioningIndex {
        steps += 1
        return $0 >= wanted
      }
      #expect(found == wanted)
      #expect(steps <= 21)
    }
  }

  @Test func `a place is found from wherever it is sought, the sooner the nearer`() {
    // Each number three times; what lies before and behind the range is in no order.
    let ticks = [9, 9] + (0..<60).map { $0 / 3 * 2 } + [-1]
    let range = 2..<62
    for wanted in -1...40 {
      for place in range.lowerBound...range.upperBound {
        var steps = 0
        let found = ticks.partitioningIndex(near: place, in: range) {
          steps += 1
          return $0 >= wanted
        }
        #expect(found == range.lowerBound + (wanted + 1) / 2 * 3)
        let doublings = Int.bitWidth - 1 - (abs(found - place) + 1).leadingZeroBitCount
        #expect(steps <= 2 + 2 * doublings)
      }
    }
  }

  @Test(arguments: [0, 3, 60, 1_000])
  func `what is near its place or far from it is sorted, equal ones in the order they had`(
    spread: Int
  ) {
    var generator = SeededGenerator(seed: 1)
    var numbers = (0..<500).map { ($0 + Int.random(in: 0...spread, using: &generator), $0) }
    let expected = numbers.sorted { $0 < $1 }
    numbers.sortNearby { $0.0 < $1.0 }
    #expect(numbers.map { $0.1 } == expected.map { $0.1 })
  }

  @Test(arguments: [1, 2, 3, 8, 13])
  func `lists one behind the other are merged, of equal ones the earlier list's first`(count: Int) {
    var generator = SeededGenerator(seed: 2)
    // The second number tells where each stands.
    var numbers: [(Int, Int)] = []
    for list in 0..<count {
      for place in 0..<200 + 37 * list {
        numbers.append((place / 2 + Int.random(in: 0...5, using: &generator), numbers.count))
      }
    }
    let expected = numbers.sorted { $0 < $1 }
    numbers.sortNearby { $0.0 < $1.0 }
    #expect(numbers.map { $0.1 } == expected.map { $0.1 })
  }

  @Test func `what is in no order at all is sorted`() {
    var generator = SeededGenerator(seed: 3)
    for count in [0, 1, 2, 65, 66, 67, 1_000] {
      let numbers = (0..<count).map { _ in Int.random(in: 0..<500, using: &generator) }
      for var list in [numbers, numbers.sorted(), numbers.sorted(by: >)] {
        list.sortNearby(by: <)
        #expect(list == numbers.sorted())
      }
    }
  }

  @Test func `a tempo change on every tick is one stretch each, and all at one tick are one`() {
    let changes = (0..<10_000).map { TempoChange(tick: $0, microsecondsPerQuarter: 1 + $0) }
    let map = TempoMap(division: .ticksPerQuarter(480), tempos: changes)
    #expect(map.segments.count == 10_000)
    let atOnce = (0..<10_000).map { TempoChange(tick: 7, microsecondsPerQuarter: 1 + $0) }
    #expect(TempoMap(division: .ticksPerQuarter(480), tempos: atOnce).segments.count == 2)
  }

  @Test(.timeLimit(.minutes(1)))
  func `as many tracks as a file can have are joined by channel in one go`() throws {
    let note = Note(onset: 0, duration: 10, pitch: 60)
    let score = Score(
      tracks: (0..<MIDIFile.maximumTracks).map { index in
        Track(
          name: index == 2 ? "third" : "", channel: UInt8(index % 2),
          notes: [Note(onset: index, duration: 10, pitch: 60), note].sorted { $0.onset < $1.onset })
      }, endTick: 70_000)
    let merged = score.mergedByChannel()
    #expect(merged.tracks.map(\.notes.count) == [65_536, 65_534])
    #expect(merged.tracks.map(\.name) == ["third", ""])
    #expect(merged.tracks[0].notes.map(\.onset) == merged.tracks[0].notes.map(\.onset).sorted())
    #expect(score.midiFile().tracks.count == 3)
  }
}
