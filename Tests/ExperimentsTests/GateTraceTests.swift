import Foundation
import Experiments
import Modeling
import Music
import Recurrent
import TestSupport
import Testing
import Tokenization

struct GateTraceTests {
  private func following(_ event: (Int) -> (feature: [Float], state: Float)) -> Double {
    var following = Following(columns: event(0).feature.count, units: 1)
    for index in 0..<2_000 {
      let (feature, state) = event(index)
      following.add(event: index, feature: feature, state: [state])
    }
    return following.correlations[0]
  }

  private func noise(_ index: Int) -> Float {
    let hash = UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
    return Float((hash ^ (hash >> 29)) % 2_001) / 1_000 - 1
  }

  private func circle(_ index: Int) -> [Float] {
    [cos(Float(index) * 0.7), sin(Float(index) * 0.7)]
  }

  @Test func `a unit that turns with a feature follows it whatever its phase and scale`() {
    #expect(following { (circle($0), 5 - 3 * cos(Float($0) * 0.7 + 1)) } > 0.999)
  }

  @Test func `noise of a signal's variance leaves a correlation of the root of a half`() {
    // A cosine has the variance 1/2; the noise, uniform between −a and a, a²/3.
    let scale = Float(1.5).squareRoot()
    let told = following { (circle($0), cos(Float($0) * 0.7) + scale * noise($0)) }
    #expect(abs(told - 0.5.squareRoot()) < 0.03)
  }

  @Test func `noise follows nothing`() {
    #expect(abs(following { (circle($0), noise($0)) }) < 0.1)
    #expect(following { ([Float($0)], 2) } == 0)
    #expect(following { _ in ([1], 2) } == 0)
  }

  @Test func `a trace has a value for each event, and names only what changes`() throws {
    let vocabulary = try VocabularyConfiguration(named: "remi").makeVocabulary()
    let notes = (0..<160).map {
      Note(onset: $0 * 240, duration: 240, pitch: UInt8(60 + [0, 2, 4, 7][$0 % 4]))
    }
    let tokens = vocabulary.encode(Score(tracks: [Track(notes: notes)], endTick: 160 * 240))
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 8, layerCount: 2), seed: 1)
    let model = Model(network: network, vocabulary: vocabulary, provenance: Provenance())
    let trace = try GateTrace(of: model, reading: tokens, perFeature: 2)
    #expect(trace.seconds.count == tokens.count)
    #expect(zip(trace.seconds, trace.seconds.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(trace.layers.count == 2)
    for curve in trace.layers.joined() {
      #expect(curve.values.count == tokens.count)
      #expect(curve.values.allSatisfy { $0 >= 0 && $0 <= 1 })
    }
    #expect(trace.followers.count <= 2 * MusicalFeature.allCases.count)
    #expect(trace.followers.allSatisfy { $0.correlation > 0 && $0.correlation <= 1.0001 })
    #expect(trace.states.allSatisfy { $0.values.count == tokens.count })
    // Four pitches in turns: the pitch of the last note changes.
    #expect(trace.followers.contains { $0.feature == .pitch })
    let same = try GateTrace(of: model, reading: tokens, perFeature: 2)
    #expect(same == trace)
  }

  @Test func `drums have no pitch to follow, also where tokens of pitches strike them`() throws {
    var settings = PerformanceVocabulary.Configuration()
    settings.programs = true
    let vocabulary = try PerformanceVocabulary(settings)
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 8, layerCount: 1), seed: 1)
    let model = Model(network: network, vocabulary: vocabulary, provenance: Provenance())
    let notes = (0..<160).map {
      Note(onset: $0 * 240, duration: 120, pitch: [36, 38, 42, 46][$0 % 4])
    }
    for (channel, isFollowed) in [(0, true), (9, false)] as [(UInt8, Bool)] {
      let score = Score(tracks: [Track(channel: channel, notes: notes)], endTick: 160 * 240)
      let trace = try GateTrace(of: model, reading: vocabulary.encode(score))
      #expect(trace.followers.contains { $0.feature == .pitch } == isFollowed)
      #expect(trace.followers.contains { $0.feature == .key } == isFollowed)
    }
  }

  @Test func `a piece without a token has neither gates nor followers`() throws {
    let vocabulary = try VocabularyConfiguration(named: "remi").makeVocabulary()
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 4, layerCount: 1), seed: 1)
    let model = Model(network: network, vocabulary: vocabulary, provenance: Provenance())
    let trace = try GateTrace(of: model, reading: [])
    #expect(trace.seconds.isEmpty && trace.layers.isEmpty && trace.followers.isEmpty)
  }

  @Test func `a piece without a note has no followers of notes`() throws {
    let vocabulary = try VocabularyConfiguration(named: "performance").makeVocabulary()
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 4, layerCount: 1), seed: 1)
    let model = Model(network: network, vocabulary: vocabulary, provenance: Provenance())
    let trace = try GateTrace(of: model, reading: vocabulary.encode(Score()))
    #expect(trace.followers.isEmpty)
  }
}
