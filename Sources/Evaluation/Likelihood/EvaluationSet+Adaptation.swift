import Corpora
public import Modeling
public import Recurrent
import Tensors
import Tokenization

extension EvaluationSet {
  /// Reads every piece with a network that learns from it meanwhile, and forgets it before the next.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - adaptation: how it learns.
  ///   - threads: how many pieces are read at once, at most; one a core where nil. The result is the
  ///     same to the bit.
  ///   - progress: called with the share that is done, 0 to 1.
  /// - Returns: the likelihood of each piece, each segment's before it was learnt from.
  /// - Throws: ``EvaluationError`` where a setting is out of range, memory does not suffice or the
  ///   weights run away; `CancellationError` where the task is cancelled.
  /// - Complexity: about three times that of the loss alone, and a pass over all parameters for each
  ///   segment.
  public func likelihood(
    of model: Model, adapting adaptation: Adaptation, threads: Int? = nil,
    progress: (Double) -> Void = { _ in }
  ) throws -> Likelihood {
    let readers: [PieceReader]
    do throws(NetworkError) {
      readers = try makeReaders(model, adaptation, threads: threads)
    } catch {
      throw EvaluationError(.network(error))
    }
    let team = WorkerTeam(members: readers.count)
    var losses = [WindowLoss](repeating: WindowLoss(), count: pieces.count)
    var count = 0
    for start in stride(from: 0, to: order.count, by: readers.count) {
      guard !Task.isCancelled else { throw CancellationError() }
      // Of nearly the same length, as the longest come first.
      let places = order[start..<min(start + readers.count, order.count)]
      let busy = zip(readers, places).map { reader, place in
        reader.tokens = Array(corpus.tokens(ofPiece: pieces[place]))
        return reader
      }
      team.perform(on: busy) { $0.read() }
      for (reader, place) in zip(busy, places) {
        guard reader.loss.nats.isFinite else {
          throw EvaluationError(.diverged(path: corpus.pieces[pieces[place]].path))
        }
        losses[place] = reader.loss
        count += reader.loss.count
      }
      progress(Double(count) / Double(max(1, tokenCount)))
    }
    let total = losses.reduce(into: WindowLoss()) { total, loss in
      total.nats += loss.nats
      total.count += loss.count
    }
    return likelihood(nats: losses.map(\.nats), total: total)
  }

  private func makeReaders(
    _ model: Model, _ adaptation: Adaptation, threads: Int?
  ) throws(NetworkError) -> [PieceReader] {
    try adaptation.validate()
    let (network, vocabulary) = (model.network, model.vocabulary)
    let statistics = try GradientStatistics(
      of: network, in: vocabulary, segment: adaptation.segment)
    let most = max(1, min(threads ?? Machine.boundCoreCount, pieces.count))
    var readers: [PieceReader] = []
    for _ in 0..<most {
      do throws(NetworkError) {
        let reader = try AdaptiveReader(network, adaptation, statistics: statistics)
        readers.append(PieceReader(reader, vocabulary))
      } catch {
        // Fewer at once where memory does not suffice for more.
        if readers.isEmpty { throw error }
        break
      }
    }
    return readers
  }
}

/// One of the readers side by side; a thread has it for itself while it reads.
private final class PieceReader {
  var tokens: [Token] = []
  private(set) var loss = WindowLoss()
  private let reader: AdaptiveReader
  private let vocabulary: any Vocabulary

  init(_ reader: AdaptiveReader, _ vocabulary: any Vocabulary) {
    self.reader = reader
    self.vocabulary = vocabulary
  }

  func read() {
    reader.begin()
    loss = reader.read(tokens.map { Int32($0) }, areGiven: vocabulary.areGiven(tokens))
  }
}
