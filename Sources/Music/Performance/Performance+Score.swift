import StandardMIDIFile

extension Performance {
  /// Plays a score: every track's channel messages at the seconds its tempo map gives.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes and messages.
  public init(_ score: Score) {
    var placed: [Placed<ChannelMessage>] = []
    placed.reserveCapacity(
      score.tracks.reduce(0) { $0 + 2 * $1.notes.count + $1.messages.count })
    for track in score.tracks { track.appendChannelMessages(to: &placed) { $0 } }
    placed.sortByPlace()
    let tempoMap = score.tempoMap
    var tick = 0
    var seconds = 0.0
    self.init()
    messages.reserveCapacity(placed.count)
    for event in placed {
      if event.tick != tick {
        tick = event.tick
        seconds = tempoMap.seconds(atTick: tick)
      }
      messages.append(TimedMessage(seconds: seconds, message: event.content))
    }
    duration = max(seconds, tempoMap.seconds(atTick: score.endTick))
  }
}
