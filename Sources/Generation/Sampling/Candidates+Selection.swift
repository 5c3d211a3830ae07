/// What a selection adds up until it has enough.
enum SelectionWeight {
  case count, probability
}

extension Candidates {
  /// Keeps the fewest candidates, in the order of their keys, that together weigh `limit` or more.
  ///
  /// Equal keys go by token, so that ties are stable. Quickselect over weights: parts that are wholly
  /// in or out are never ordered, so the expected time is linear in the candidates.
  mutating func keepLeading(_ weight: SelectionWeight, until limit: Double) {
    var kept = 0
    var end = tokens.count
    var remaining = limit
    while end - kept > 1 {
      swapAt(kept + (end - kept) / 2, end - 1)
      var boundary = kept
      var sum = 0.0
      for index in kept..<end - 1 where precedes(index, end - 1) {
        sum += self.weight(weight, index)
        swapAt(index, boundary)
        boundary += 1
      }
      swapAt(boundary, end - 1)
      if sum >= remaining {
        end = boundary
      } else {
        remaining -= sum + self.weight(weight, boundary)
        kept = boundary + 1
        if remaining <= 0 {
          end = kept
          break
        }
      }
    }
    truncate(to: max(1, remaining > 0 ? end : kept))
  }

  private func weight(_ weight: SelectionWeight, _ index: Int) -> Double {
    weight == .count ? 1 : Double(values[index])
  }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    (keys[left], tokens[left]) < (keys[right], tokens[right])
  }

  private mutating func swapAt(_ left: Int, _ right: Int) {
    tokens.swapAt(left, right)
    values.swapAt(left, right)
    keys.swapAt(left, right)
  }

  /// Sets the keys so that the likeliest come first.
  mutating func orderByProbability() {
    keys.removeAll(keepingCapacity: true)
    for value in values { keys.append(-value) }
  }
}
