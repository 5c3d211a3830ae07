import Music
import StandardMIDIFile
import Testing

/// What is sent at one tick is sent in the file's order.
struct SendingOrderTests {
  private static let gmReset: [UInt8] = [0x7E, 0x7F, 9, 1, 0xF7]
  private static let gsReset: [UInt8] = [0x41, 0x10, 0x42, 0x12, 0x40, 0, 0x7F, 0, 0x41, 0xF7]
  private static let xgReset: [UInt8] = [0x43, 0x10, 0x4C, 0, 0, 0x7E, 0, 0xF7]
  /// Channel 4 becomes a drum part: the sum from the address on is a multiple of 128.
  private static let drumPart: [UInt8] = [0x41, 0x10, 0x42, 0x12, 0x40, 0x14, 0x15, 1, 0x16, 0xF7]

  private func program(_ program: UInt8, _ channel: UInt8 = 3) -> MIDIFile.Message {
    .channel(.programChange(channel: channel, program: program))
  }

  private func sent(_ data: [UInt8]) -> MIDIFile.Message { .systemExclusive(data[...]) }

  private func bank(_ bank: UInt8) -> MIDIFile.Message {
    .channel(.controlChange(channel: 3, controller: 0, value: bank))
  }

  /// A file whose tracks send messages at tick 0 and then strike a note on a channel.
  private func file(
    _ tracks: [MIDIFile.Message]..., channels: [UInt8] = [3], start: Int = 0
  ) -> MIDIFile {
    let fileTracks = tracks.map { messages in
      var track = MIDIFile.Track()
      for (index, message) in messages.enumerated() {
        track.append(delta: index == 0 ? start : 0, message)
      }
      for channel in channels {
        track.append(.channel(.noteOn(channel: channel, pitch: 60, velocity: 64)))
        track.append(delta: 480, .channel(.noteOff(channel: channel, pitch: 60, velocity: 64)))
      }
      return track
    }
    return MIDIFile(format: .simultaneous, division: .ticksPerQuarter(480), tracks: fileTracks)
  }

  /// Everything but notes and meta events, in the order in which a player sends it: by track, as all
  /// of it stands at one tick.
  private func messages(_ file: MIDIFile) -> [MIDIFile.Message] {
    file.tracks.flatMap { track in
      track.map(\.message).filter {
        switch $0 {
        case .channel(.noteOn), .channel(.noteOff), .meta: false
        default: true
        }
      }
    }
  }

  private func messages(_ performance: Performance) -> [MIDIFile.Message] {
    performance.messages.compactMap {
      switch $0.content {
      case .channel(.noteOn), .channel(.noteOff): nil
      case .channel(let message): .channel(message)
      case .systemExclusive(let data, _): .systemExclusive(data[...])
      }
    }
  }

  /// Checks that a file's messages are played and written in its order, in both formats.
  private func checkOrder(_ file: MIDIFile, _ location: SourceLocation = #_sourceLocation) {
    let score = Score(file)
    #expect(messages(Performance(score)) == messages(file), sourceLocation: location)
    #expect(messages(score.midiFile()) == messages(file), sourceLocation: location)
    #expect(Score(score.midiFile()) == score, sourceLocation: location)
    let single = score.midiFile(format: .singleTrack)
    #expect(messages(single) == messages(file), sourceLocation: location)
  }

  @Test func aResetAfterAProgramOfItsTickPutsItBack() {
    let reset = file([program(40), sent(Self.gmReset)])
    let score = Score(reset)
    #expect(ChannelPrograms(score).programs(of: score.tracks[0]) == [0])
    checkOrder(reset)
  }

  @Test func aProgramAfterAResetOfItsTickHolds() {
    let set = file([sent(Self.gmReset), program(40)])
    let score = Score(set)
    #expect(ChannelPrograms(score).programs(of: score.tracks[0]) == [40])
    #expect(score.tracks[0].messages == [TrackMessage(tick: 0, kind: .program(40))])
    checkOrder(set)
  }

  @Test func aDrumKitIsTheOneThatIsSetAfterTheReset() {
    for messages in [
      [program(8), sent(Self.gsReset), sent(Self.drumPart)],
      [sent(Self.gsReset), sent(Self.drumPart), program(8)],
      [sent(Self.gsReset), program(8), sent(Self.drumPart)],
    ] {
      let file = file(messages)
      let score = Score(file)
      #expect(score.tracks.map(\.isDrums) == [true])
      let isReset = messages[0] == program(8)
      #expect(ChannelPrograms(score).programs(of: score.tracks[0]) == [isReset ? 0 : 8])
      checkOrder(file)
    }
  }

  @Test func aBankOfDrumsCountsAfterTheResetOnly() {
    let before = file([bank(127), program(0), sent(Self.xgReset)])
    #expect(Score(before).tracks.map(\.isDrums) == [false])
    checkOrder(before)
    let after = file([sent(Self.xgReset), bank(127), program(0)])
    #expect(Score(after).tracks.map(\.isDrums) == [true])
    checkOrder(after)
  }

  @Test func ofSeveralTracksTheFirstSendsFirst() {
    let resetFirst = file([sent(Self.gmReset)], [program(40)])
    let resetLast = file([program(40)], [sent(Self.gmReset)])
    for (file, expected) in [(resetFirst, 40), (resetLast, 0)] as [(MIDIFile, UInt8)] {
      let score = Score(file)
      #expect(ChannelPrograms(score).program(of: score.tracks[1], atTick: 0) == expected)
      checkOrder(file)
    }
  }

  @Test func channelsOfOneFileTrackKeepTheirTurns() {
    let turns = file(
      [
        program(40, 3), program(41, 4), sent(Self.gmReset), program(42, 3), program(43, 4),
        sent([0x41, 0xF7]), program(44, 3),
      ], [program(45, 3)], channels: [3, 4])
    let score = Score(turns)
    #expect(ChannelPrograms(score).program(of: score.tracks[1], atTick: 0) == 43)
    checkOrder(turns)
  }

  @Test func portsKeepTheOrderOfTheirMessages() {
    func port(_ port: UInt8) -> MIDIFile.Message { .meta(.port(port)) }
    let ports = file(
      [program(1), sent(Self.gmReset), program(2)],
      [port(1), program(40), sent(Self.gmReset)], [program(50)], [sent(Self.gmReset), program(51)])
    let score = Score(ports)
    let programs = ChannelPrograms(score)
    #expect(score.tracks.map { programs.program(of: $0, atTick: 0) } == [51, 0, 51, 51])
    #expect(messages(score.midiFile()) == messages(ports))
    #expect(Score(score.midiFile()) == score)
  }

  @Test func aPedalIsLiftedByAResetThatFollowsItsPress() {
    let press = MIDIFile.Message.channel(.controlChange(channel: 3, controller: 64, value: 127))
    var pressedFirst = file([press, sent(Self.gmReset)])
    var resetFirst = file([sent(Self.gmReset), press])
    pressedFirst.tracks[0].endDelta = 480
    resetFirst.tracks[0].endDelta = 480
    #expect(Score(pressedFirst).foldingPedals().tracks[0].notes[0].duration == 480)
    #expect(Score(resetFirst).foldingPedals().tracks[0].notes[0].duration == 960)
  }

  @Test func ticksThatMeetKeepTheOrderOfTheirMessages() {
    var track = MIDIFile.Track()
    track.append(program(40))
    track.append(delta: 1, sent(Self.gmReset))
    track.append(delta: 479, .channel(.noteOn(channel: 3, pitch: 60, velocity: 64)))
    track.append(delta: 480, .channel(.noteOff(channel: 3, pitch: 60, velocity: 64)))
    let file = MIDIFile(
      format: .singleTrack, division: .ticksPerQuarter(480), tracks: [track])
    let coarse = Score(file).resampled(ticksPerQuarter: 4)
    #expect(ChannelPrograms(coarse).programs(of: coarse.tracks[0]) == [0])
    #expect(messages(Performance(coarse)) == messages(file))
  }

  @Test func whatIsInForceWhereAPieceIsCutStandsInItsOrder() {
    let late = Score(
      file([program(8), sent(Self.gsReset), program(9), sent(Self.drumPart)], start: 480))
    let whole = late.trimmed(to: 480..<960)
    let expected = [sent(Self.gsReset), program(9), sent(Self.drumPart)]
    #expect(messages(Performance(whole)) == expected)
    #expect(Score(whole.midiFile()) == whole)
    let rest = late.trimmed(to: 600..<960)
    #expect(messages(Performance(rest)) == expected)
  }
}
