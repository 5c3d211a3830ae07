import Foundation
import MuseGen
import TestSupport
import Testing

extension LiveSoundTests {
  /// `musegen play --port` through ALSA's library to a stand-in for the kernel's sequencer.
  struct PlayToPortTests {
    let command: Command
    let sequencer: StandInSequencer

    // Numbers of ALSA's <alsa/seq_event.h>.
    private static let (noteOn, noteOff, controller, program, bend) = (6, 7, 10, 11, 13)

    init() throws {
      command = try Command()
      sequencer = try StandInSequencer()
    }

    private func write(_ track: Track, endTick: Int) throws {
      try command.write(
        Score(tracks: [track], endTick: endTick).midiFile().bytes(), to: "piece.mid")
    }

    /// A chord that is held for a minute.
    private func writeHeldChord() throws {
      let notes = [60, 64, 67].map {
        Note(onset: 0, duration: 120 * 480, pitch: $0, velocity: 90)
      }
      try write(Track(notes: notes), endTick: 120 * 480)
    }

    /// Whether the last events let go of everything on all channels.
    private func isSilent(_ events: [StandInSequencer.Event]) -> Bool {
      let last = events.suffix(48)
      return (0..<16).allSatisfy { channel in
        [64, 123, 120].allSatisfy { number in
          last.contains {
            $0.type == PlayToPortTests.controller && $0.channel == channel && $0.number == number
              && $0.value == 0
          }
        }
      }
    }

    @Test func `messages arrive with their values at their times to the microsecond`() throws {
      var track = Track(
        channel: 2,
        notes: (0..<6).map {
          Note(onset: $0 * 160, duration: 120, pitch: UInt8(60 + $0), velocity: UInt8(70 + $0))
        })
      track.messages = [
        TrackMessage(tick: 0, kind: .program(19)),
        TrackMessage(tick: 320, kind: .control(controller: 64, value: 127)),
        TrackMessage(tick: 640, kind: .pitchBend(8_192 + 100)),
      ]
      try write(track, endTick: 960)
      let outcome = try command.run(
        ["play", "piece.mid", "--port", "128:0"], environment: sequencer.environment)
      #expect(outcome.code == 0)
      #expect(outcome.errors == "")
      #expect(outcome.output.contains("\nplayed 1 s, first sound after "))
      let events = try sequencer.events()
      #expect(isSilent(events))
      let music = events.dropLast(48)
      let start = try #require(music.first).microseconds
      func heard(_ type: Int) -> [[Int]] {
        music.filter { $0.type == type }
          .map { [$0.microseconds - start, $0.channel, $0.number, $0.value] }
      }
      // A quarter note of 480 ticks is half a second.
      let strikes = (0..<6).map { [$0 * 500_000 / 3, 2, 60 + $0, 70 + $0] }
      #expect(zip(heard(PlayToPortTests.noteOn), strikes).allSatisfy { isNear($0, $1) })
      let releases = (0..<6).map { [$0 * 500_000 / 3 + 125_000, 2, 60 + $0, 64] }
      #expect(zip(heard(PlayToPortTests.noteOff), releases).allSatisfy { isNear($0, $1) })
      #expect(heard(PlayToPortTests.noteOn).count == 6 && heard(PlayToPortTests.noteOff).count == 6)
      #expect(heard(PlayToPortTests.program) == [[0, 2, 0, 19]])
      #expect(heard(PlayToPortTests.controller).count == 1)
      #expect(isNear(heard(PlayToPortTests.controller)[0], [333_333, 2, 64, 127]))
      // ALSA counts a bend from the wheel's rest.
      #expect(heard(PlayToPortTests.bend).count == 1)
      #expect(isNear(heard(PlayToPortTests.bend)[0], [666_667, 2, 0, 100]))
    }

    /// Whether a message is the one expected, within two microseconds.
    private func isNear(_ found: [Int], _ expected: [Int]) -> Bool {
      abs(found[0] - expected[0]) <= 2 && found.dropFirst().elementsEqual(expected.dropFirst())
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGKILL, SIGSEGV])
    func `however it ends, nothing goes on sounding`(signal: Int32) throws {
      try writeHeldChord()
      // Swift's own report of a crash would take its time.
      let environment = sequencer.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
      let outcome = try command.run(
        ["play", "piece.mid", "--port", "128:0"], environment: environment, interruptedAfter: 0.8,
        by: signal)
      let isAsked = [SIGINT, SIGTERM, SIGHUP].contains(signal)
      #expect(outcome.code == (isAsked ? 128 + signal : -1))
      // After a crash another process does it, a moment later.
      let deadline = Date(timeIntervalSinceNow: 5)
      while try !isSilent(sequencer.events()), Date() < deadline { usleep(20_000) }
      let events = try sequencer.events()
      #expect(events.count { $0.type == PlayToPortTests.noteOn } == 3)
      #expect(isSilent(events))
      if isAsked { #expect(events.count { $0.type == PlayToPortTests.noteOff } == 3) }
    }

    @Test func `a piece begins as if none had been played behind the port before it`() throws {
      var track = Track(
        channel: 2, notes: [Note(onset: 0, duration: 120, pitch: 60, velocity: 90)])
      track.messages = [
        TrackMessage(tick: 0, kind: .program(19)),
        TrackMessage(tick: 0, kind: .control(controller: 7, value: 20)),
        TrackMessage(tick: 0, kind: .control(controller: 101, value: 0)),
        TrackMessage(tick: 0, kind: .control(controller: 100, value: 0)),
        TrackMessage(tick: 0, kind: .control(controller: 6, value: 12)),
        TrackMessage(tick: 0, kind: .pitchBend(0)),
      ]
      try write(track, endTick: 240)
      let next = Track(
        channel: 2, notes: [Note(onset: 0, duration: 120, pitch: 72, velocity: 90)])
      try command.write(Score(tracks: [next], endTick: 240).midiFile().bytes(), to: "next.mid")
      let outcome = try command.run(
        ["play", "piece.mid", "next.mid", "--port", "128:0"], environment: sequencer.environment)
      #expect(outcome.code == 0, "\(outcome.errors)")
      let events = try sequencer.events()
      let end = try #require(events.lastIndex { $0.type == Self.noteOff && $0.number == 60 })
      let start = try #require(events.firstIndex { $0.type == Self.noteOn && $0.number == 72 })
      try #require(end < start)
      let between = events[end..<start].filter { $0.channel == 2 }
      #expect(between.contains { $0.type == Self.program && $0.value == 0 })
      // Reset All Controllers, which leaves the volume and the wheel's two semitones.
      for (number, value) in [(121, 0), (7, 100), (6, 2)] {
        #expect(
          between.contains {
            $0.type == Self.controller && $0.number == number && $0.value == value
          })
      }
    }

    @Test func `a port is silenced by hand`() throws {
      let outcome = try command.run(
        ["devices", "--silence", "128:0"], environment: sequencer.environment)
      #expect(outcome.code == 0)
      #expect(outcome.output == "")
      #expect(try sequencer.events().count == 48)
      #expect(try isSilent(sequencer.events()))
    }

    @Test func `a port that does not exist is refused in one line`() throws {
      try writeHeldChord()
      let outcome = try command.run(
        ["play", "piece.mid", "--port", "20:0"], environment: sequencer.environment)
      #expect(outcome.code == 69)
      #expect(
        outcome.errors
          == "musegen: MIDI port 20:0: no such device or address; musegen devices lists the ports\n"
      )
    }
  }
}
