/// How many characters must be put in, left out or exchanged to turn one text into another.
///
/// - Reference: Wagner and Fischer, "The String-to-String Correction Problem" (1974).
func editDistance(_ first: String, _ second: String) -> Int {
  let second = Array(second)
  var row = Array(0...second.count)
  for (line, character) in first.enumerated() {
    var diagonal = row[0]
    row[0] = line + 1
    for column in second.indices {
      let exchange = diagonal + (second[column] == character ? 0 : 1)
      diagonal = row[column + 1]
      row[column + 1] = min(exchange, row[column] + 1, diagonal + 1)
    }
  }
  return row[second.count]
}
