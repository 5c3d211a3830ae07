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
    // A local array, whose storage nothing else can hold, is written without asking every time.
    var keys: [UInt64] = []
    swap(&keys, &self.keys)
    var kept = 0
    var end = keys.count
    var remaining = limit
    while end - kept > 1 {
      keys.swapAt(kept + (end - kept) / 2, end - 1)
      let pivot = keys[end - 1]
      var boundary = kept
      var sum = 0.0
      for index in kept..<end - 1 {
        let key = keys[index]
        guard key < pivot else { continue }
        sum += self.weight(weight, key)
        keys[index] = keys[boundary]
        keys[boundary] = key
        boundary += 1
      }
      keys.swapAt(boundary, end - 1)
      if sum >= remaining {
        end = boundary
      } else {
        remaining -= sum + self.weight(weight, pivot)
        kept = boundary + 1
        if remaining <= 0 {
          end = kept
          break
        }
      }
    }
    keepOnly(keys.prefix(max(1, remaining > 0 ? end : kept)))
    swap(&keys, &self.keys)
  }

  private func weight(_ weight: SelectionWeight, _ key: UInt64) -> Double {
    weight == .count ? 1 : Double(values[place(of: key)])
  }

  /// Where the candidate of a key stands.
  private func place(of key: UInt64) -> Int { Int(UInt32(truncatingIfNeeded: key)) }

  /// Takes out the candidates of other keys; those that stay keep their order.
  private mutating func keepOnly(_ keys: ArraySlice<UInt64>) {
    var isKept: [Bool] = []
    swap(&isKept, &self.isKept)
    isKept.removeAll(keepingCapacity: true)
    isKept.append(contentsOf: repeatElement(false, count: tokens.count))
    for key in keys { isKept[place(of: key)] = true }
    keep { index, _, _ in isKept[index] }
    swap(&isKept, &self.isKept)
  }

  /// Sets the keys so that the smallest come first of what is made of the exponents, 0 or more.
  mutating func order(by order: (_ exponent: Float) -> Float) {
    keys.removeAll(keepingCapacity: true)
    for index in values.indices {
      // Floats from 0 on have the order of their bits.
      keys.append(UInt64(order(exponents[index]).bitPattern) << 32 | UInt64(index))
    }
  }

  /// Sets the keys so that the likeliest come first.
  mutating func orderByProbability() {
    keys.removeAll(keepingCapacity: true)
    for index in values.indices {
      keys.append(UInt64(~values[index].bitPattern) << 32 | UInt64(index))
    }
  }
}
