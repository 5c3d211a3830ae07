extension String {
  /// How many characters must be put in, left out or exchanged to turn one text into another.
  ///
  /// - Reference: Wagner and Fischer, "The String-to-String Correction Problem" (1974).
  package func editDistance(to other: String) -> Int {
    let other = Array(other)
    var row = Array(0...other.count)
    for (line, character) in enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for column in other.indices {
        let exchange = diagonal + (other[column] == character ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = Swift.min(exchange, row[column] + 1, diagonal + 1)
      }
    }
    return row[other.count]
  }
}
