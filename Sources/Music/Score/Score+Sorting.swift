extension Score {
  /// The score with all its lists in their order and its end not before its last note's.
  ///
  /// Of several tempos, time signatures or key signatures at one tick the last stays. For scores put
  /// together by hand; reading a file and every operation here give sorted ones.
  public func sorted() -> Score {
    var score = self
    for index in tracks.indices {
      score.tracks[index].notes = tracks[index].notes.sortedByTick { $0.onset }
      score.tracks[index].notes.sortChords()
      score.tracks[index].messages = tracks[index].messages.sortedByTick { $0.moment }
      score.tracks[index].texts = tracks[index].texts.sortedByTick { $0.tick }
      score.endTick = max(score.endTick, score.tracks[index].lastNoteEnd)
    }
    score.tempos = tempos.lastAtEachTick { $0.tick }
    score.timeSignatures = timeSignatures.lastAtEachTick { $0.tick }
    score.keySignatures = keySignatures.lastAtEachTick { $0.tick }
    score.texts = texts.sortedByTick { $0.tick }
    score.systemExclusives = systemExclusives.sortedByTick { $0.moment }
    return score
  }

  /// The score with no two notes of one track and pitch sounding at once: the later ends the earlier.
  ///
  /// Of notes struck together the longest stays. Such a score is heard the same by every player,
  /// whatever it makes of a pitch that is struck twice.
  public func removingOverlaps() -> Score {
    var score = self
    for index in tracks.indices {
      var kept: [Note] = []
      var last = [Int?](repeating: nil, count: 128)
      for note in tracks[index].notes {
        let pitch = Int(note.pitch & 0x7F)
        if let earlier = last[pitch] {
          if kept[earlier].onset == note.onset {
            kept[earlier].duration = max(kept[earlier].duration, note.duration)
            continue
          }
          kept[earlier].duration = min(kept[earlier].duration, note.onset - kept[earlier].onset)
        }
        last[pitch] = kept.count
        kept.append(note)
      }
      kept.sortChords()
      score.tracks[index].notes = kept
    }
    return score
  }
}

extension Array {
  /// The elements by tick, or by moment, those of the same in the order they had.
  func sortedByTick<Time: Comparable>(_ tick: (Element) -> Time) -> [Element] {
    for index in indices.dropFirst() where tick(self[index - 1]) > tick(self[index]) {
      return sorted { tick($0) < tick($1) }
    }
    return self
  }

  /// Sorts elements of which most are near their places, or near them in lists one behind the other; those that are
  /// equal stay in the order they had.
  ///
  /// - Complexity: O(*n*) where none is far from its place, O(*n* log *l*) for *l* lists.
  @inlinable @inline(__always)
  package mutating func sortNearby(by comesBefore: (Element, Element) -> Bool) {
    // Where each list begins, once there are several.
    var starts: [Int] = []
    do {
      // A span spares the loop a look whether the array is shared.
      var elements = mutableSpan
      var start = 0
      var sorted = 1
      while sorted < elements.count {
        let element = elements[sorted]
        if comesBefore(element, elements[sorted - 1]) {
          // What is farther from its place begins another list: such are better merged.
          if sorted - start > 64, comesBefore(element, elements[sorted - 65]) {
            starts.append(start)
            start = sorted
          } else {
            var place = sorted
            while place > start, comesBefore(element, elements[place - 1]) {
              elements[place] = elements[place - 1]
              place -= 1
            }
            elements[place] = element
          }
        }
        sorted += 1
      }
      if !starts.isEmpty { starts.append(start) }
    }
    if !starts.isEmpty { mergeLists(startingAt: starts, by: comesBefore) }
  }

  /// Merges sorted lists, one behind the other, of which an earlier one's elements come first where they are equal.
  ///
  /// - Parameters:
  ///   - starts: where each list begins; the first at 0.
  ///   - comesBefore: whether an element comes before another.
  /// - Complexity: O(*n* log *l*) for *l* lists.
  @inlinable @inline(__always)
  package mutating func mergeLists(
    startingAt starts: [Int], by comesBefore: (Element, Element) -> Bool
  ) {
    var starts = starts
    while starts.count > 1 {
      var merged: [Element] = []
      merged.reserveCapacity(count)
      var mergedStarts: [Int] = []
      var list = 0
      while list < starts.count {
        mergedStarts.append(starts[list])
        var left = starts[list]
        let middle = list + 1 < starts.count ? starts[list + 1] : count
        let end = list + 2 < starts.count ? starts[list + 2] : count
        var right = middle
        while left < middle, right < end {
          if comesBefore(self[right], self[left]) {
            merged.append(self[right])
            right += 1
          } else {
            merged.append(self[left])
            left += 1
          }
        }
        merged += self[left..<middle]
        merged += self[right..<end]
        list += 2
      }
      self = merged
      starts = mergedStarts
    }
  }

  /// The elements by tick, of those of one tick the last.
  func lastAtEachTick(_ tick: (Element) -> Int) -> [Element] {
    var index = 1
    while index < count, tick(self[index - 1]) < tick(self[index]) { index += 1 }
    if index >= count { return self }
    var kept = sortedByTick(tick)
    var last = 0
    for index in kept.indices.dropFirst() {
      if tick(kept[last]) != tick(kept[index]) { last += 1 }
      kept[last] = kept[index]
    }
    kept.removeLast(kept.count - 1 - last)
    return kept
  }

  /// The index of the first element of which something holds, in an array in which it holds of all
  /// that follow; the array's end where it holds of none.
  ///
  /// - Complexity: O(log *n*).
  @inlinable @inline(__always)
  package func partitioningIndex(where belongsToEnd: (Element) -> Bool) -> Int {
    partitioningIndex(in: 0..<count, where: belongsToEnd)
  }

  /// The same index in a range of the array.
  @inlinable @inline(__always)
  package func partitioningIndex(
    in range: Range<Int>, where belongsToEnd: (Element) -> Bool
  ) -> Int {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
      let middle = (low + high) / 2
      if belongsToEnd(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The same index in a range of the array, found the sooner the nearer it is to a place in it or at its end.
  ///
  /// - Complexity: O(log *d*) for an index that is *d* places away.
  func partitioningIndex(
    near place: Int, in range: Range<Int>, where belongsToEnd: (Element) -> Bool
  ) -> Int {
    var low = range.lowerBound
    var high = range.upperBound
    // Steps that grow lead past the index; the last of them is searched.
    var step = 1
    if place < high, !belongsToEnd(self[place]) {
      low = place + 1
      while low + step <= high, !belongsToEnd(self[low + step - 1]) {
        low += step
        step *= 2
      }
      high = Swift.min(high, low + step - 1)
    } else {
      high = place
      while high - step >= low, belongsToEnd(self[high - step]) {
        high -= step
        step *= 2
      }
      low = Swift.max(low, high - step + 1)
    }
    return partitioningIndex(in: low..<high, where: belongsToEnd)
  }
}

extension [Note] {
  /// Sorts notes that are in the order of their onsets by pitch, then end.
  mutating func sortChords() {
    var long: [Range<Int>] = []
    do {
      // A span spares the loop a look whether the array is shared, and a chord an array of its own.
      var notes = mutableSpan
      var start = 0
      while start < notes.count {
        let onset = notes[start].onset
        var end = start + 1
        while end < notes.count, notes[end].onset == onset {
          if !notes[end - 1].isInOrder(with: notes[end]) {
            if end - start >= longestInserted {
              while end < notes.count, notes[end].onset == onset { end += 1 }
              long.append(start..<end)
              break
            }
            notes.insert(at: end, from: start)
          }
          end += 1
        }
        start = end
      }
    }
    for chord in long { self[chord].sort { !$1.isInOrder(with: $0) } }
  }
}

/// Chords of more notes are sorted in time that grows less than with their square.
private let longestInserted = 32

extension MutableSpan<Note> {
  /// Moves a note to its place in the sorted notes before it.
  fileprivate mutating func insert(at place: Int, from start: Int) {
    let note = self[place]
    var index = place
    while index > start, !self[index - 1].isInOrder(with: note) {
      self[index] = self[index - 1]
      index -= 1
    }
    self[index] = note
  }
}

extension Note {
  /// Whether a note of the same onset may follow this one.
  fileprivate func isInOrder(with next: Note) -> Bool {
    pitch != next.pitch ? pitch < next.pitch : duration <= next.duration
  }
}
