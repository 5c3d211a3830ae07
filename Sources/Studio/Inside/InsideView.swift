import Experiments
import FlyingFox
import MuseGen

/// What a network does while it reads a piece: its gates, what its units follow, and where its recall points.
struct InsideView: Encodable, Sendable {
  /// A curve over the piece, a value for each of ``seconds``.
  struct Curve: Encodable, Sendable {
    /// The layer, from 1 at the input.
    var layer: Int
    /// The gate, or what the unit follows.
    var name: String
    /// Of a unit which it is, and how well it follows, 0 to 1.
    var unit: Int?
    var correlation: Double?
    var values: [Double]
  }

  /// A passage that the piece takes up again, as the network is shown it by its recall.
  struct Quotation: Encodable, Sendable {
    /// When it comes, and where it stood before, in seconds.
    var start: Double
    var end: Double
    var from: Double
  }

  /// The model that reads.
  var model: String
  /// When what is told of is read.
  var seconds: [Double]
  /// The mean of each gate over its layer's units.
  var gates: [Curve]
  /// The states of the units that follow something best.
  var units: [Curve]
  /// What recall points at where the piece goes on as it did there; none for networks without.
  var quotations: [Quotation]
  /// How much of the piece was read, in seconds.
  var readSeconds: Double

  /// The most events that are read, and the most places of which is told.
  private static let (mostEvents, mostPlaces) = (6_000, 1_500)
  /// How many events a passage has at least.
  private static let shortestQuotation = 6

  /// Lets a model read a piece.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - name: what it is called.
  ///   - score: the piece.
  /// - Throws: ``Refusal`` where the model can tell nothing of it; `NetworkError` where memory does not suffice.
  init(of model: Model, named name: String, reading score: Score) throws {
    let tokens = Array(model.vocabulary.wholeReading(of: score).prefix(Self.mostEvents))
    guard tokens.count > 1 else {
      throw Refusal(.unprocessableContent, "the model \(name) can tell nothing of this piece")
    }
    let trace = try GateTrace(of: model, reading: tokens, perFeature: 1)
    // Where a part is always given, tokens tell the music of the others.
    let accompanied = model.vocabulary.accompanied
    let music =
      accompanied?.isOptional == false
      ? accompanied?.part.parting(score)?.others ?? score : score
    let times = Self.times(
      trace.seconds, in: model.vocabulary.decode(tokens), of: music,
      countingBeats: model.abilities.countsBars)
    let spacing = max(1, (times.count + Self.mostPlaces - 1) / Self.mostPlaces)
    func thinned(_ values: [Float]) -> [Double] {
      stride(from: 0, to: values.count, by: spacing).map { start in
        let part = values[start..<min(start + spacing, values.count)]
        return Self.rounded(Double(part.reduce(0, +)) / Double(part.count))
      }
    }
    self.model = name
    seconds = stride(from: 0, to: times.count, by: spacing).map { Self.rounded(times[$0]) }
    readSeconds = times.last ?? 0
    gates = trace.layers.enumerated().flatMap { layer, curves in
      curves.map {
        Curve(layer: layer + 1, name: $0.gate.rawValue, values: thinned($0.values))
      }
    }
    units = trace.states.sorted { $0.follower.correlation > $1.follower.correlation }.map { state in
      Curve(
        layer: state.follower.layer, name: state.follower.feature.summary,
        unit: state.follower.unit, correlation: Self.rounded(state.follower.correlation),
        values: thinned(state.values))
    }
    quotations = Self.quotations(in: tokens, times: times, model: model)
  }

  private static func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }

  /// When events are read, on the clock of the piece.
  ///
  /// A vocabulary that counts beats may tell no tempo, and has one of its own then; what one leaves out is the silence
  /// before the first note.
  ///
  /// - Parameters:
  ///   - seconds: when they are read in the music that tokens tell.
  ///   - told: that music.
  ///   - piece: the same music in the piece.
  ///   - isInBeats: whether tokens count beats, and not seconds.
  /// - Returns: when they are in the piece, in seconds.
  private static func times(
    _ seconds: [Double], in told: Score, of piece: Score, countingBeats isInBeats: Bool
  ) -> [Double] {
    let (start, first) = (firstOnset(piece), firstOnset(told))
    let (own, read) = (piece.tempoMap, told.tempoMap)
    guard isInBeats, case .ticksPerQuarter(let fine) = piece.division,
      case .ticksPerQuarter(let coarse) = told.division
    else {
      let shift = own.seconds(atTick: start) - read.seconds(atTick: first)
      return seconds.map { $0 + shift }
    }
    return seconds.map { second in
      let ticks = (read.tick(atSeconds: second) - first) * fine / max(1, coarse)
      return own.seconds(atTick: max(0, start + ticks))
    }
  }

  private static func firstOnset(_ score: Score) -> Int {
    score.tracks.compactMap { $0.notes.first?.onset }.min() ?? 0
  }

  /// The passages that go on as recall says.
  private static func quotations(
    in tokens: [Token], times: [Double], model: Model
  ) -> [Quotation] {
    guard let recall = model.network.configuration.recall else { return [] }
    var memory = PieceMemory(recall, vocabularySize: model.vocabulary.count)
    var quotations: [Quotation] = []
    var present: (start: Int, from: Int, count: Int)?
    func end() {
      if let present, present.count >= shortestQuotation {
        quotations.append(
          Quotation(
            start: rounded(times[present.start]),
            end: rounded(times[min(present.start + present.count, times.count - 1)]),
            from: rounded(times[present.from])))
      }
      present = nil
    }
    for (index, token) in tokens.enumerated() {
      let place = memory.candidate == Int32(token) ? memory.candidatePlace : nil
      if let place, let known = present, known.from + known.count == place {
        present = (known.start, known.from, known.count + 1)
      } else {
        end()
        present = place.map { (index, $0, 1) }
      }
      memory.read(Int32(token))
    }
    end()
    return quotations
  }
}
