import Foundation
import Synchronization

/// Applies a function to each element on several threads; the results are in the elements' order.
///
/// - Parameters:
///   - elements: the elements.
///   - threads: how many to work on at once; nil for one a core.
///   - transform: called once for each element, on any thread.
/// - Returns: the results.
/// - Throws: `CancellationError` where the task is cancelled before the last element is begun.
func parallelMap<Element: Sendable, Result: Sendable>(
  _ elements: [Element], threads: Int?, _ transform: @Sendable (Element) -> Result
) throws(CancellationError) -> [Result] {
  let isCancelled = Atomic<Bool>(false)
  let results = map(elements, threads: threads, transform) {
    // Only the calling thread, which takes its share of the work, knows the task.
    if Task.isCancelled { isCancelled.store(true, ordering: .relaxed) }
    return isCancelled.load(ordering: .relaxed)
  }
  guard results.count == elements.count else { throw CancellationError() }
  return results
}

/// Applies a function to each element on several threads, to the end; the results are in the elements' order.
///
/// - Parameters:
///   - elements: the elements.
///   - threads: how many to work on at once; nil for one a core.
///   - transform: called once for each element, on any thread.
/// - Returns: the results.
func concurrentMap<Element: Sendable, Result: Sendable>(
  _ elements: [Element], threads: Int?, _ transform: @Sendable (Element) -> Result
) -> [Result] {
  map(elements, threads: threads, transform) { false }
}

private func map<Element: Sendable, Result: Sendable>(
  _ elements: [Element], threads: Int?, _ transform: @Sendable (Element) -> Result,
  isCancelled: @Sendable () -> Bool
) -> [Result] {
  let threads = max(1, threads ?? ProcessInfo.processInfo.activeProcessorCount)
  // Of very many elements each thread takes some in a row, few enough that all threads end together.
  let stretch = max(1, min(64, elements.count / (256 * threads)))
  let next = Atomic<Int>(0)
  let parts = Mutex<[[Result]]>(
    Array(repeating: [], count: (elements.count + stretch - 1) / stretch))
  DispatchQueue.concurrentPerform(iterations: max(1, min(threads, elements.count))) { _ in
    while true {
      let first = next.add(stretch, ordering: .relaxed).oldValue
      guard first < elements.count else { return }
      var part: [Result] = []
      part.reserveCapacity(stretch)
      for element in elements[first..<min(first + stretch, elements.count)] {
        guard !isCancelled() else { return }
        part.append(transform(element))
      }
      parts.withLock { $0[first / stretch] = part }
    }
  }
  return parts.withLock { $0.flatMap(\.self) }
}
