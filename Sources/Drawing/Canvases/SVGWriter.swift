/// Writes a picture in SVG, a line for each element.
struct SVGWriter {
  private var text: String

  /// Begins a picture.
  ///
  /// - Parameter attributes: those of the outermost element but for its namespace.
  init(_ attributes: KeyValuePairs<String, String>) {
    text = "<svg xmlns=\"http://www.w3.org/2000/svg\"\(SVGWriter.list(attributes))>\n"
  }

  /// The text of the whole file.
  var document: String { text + "</svg>\n" }

  /// Adds an element, with a text in it or empty.
  mutating func add(
    _ element: String, _ attributes: KeyValuePairs<String, String>, text content: String? = nil
  ) {
    text += "<\(element)\(SVGWriter.list(attributes))"
    text += content.map { ">\(SVGWriter.escaped($0))</\(element)>\n" } ?? "/>\n"
  }

  private static func list(_ attributes: KeyValuePairs<String, String>) -> String {
    attributes.reduce(into: "") { $0 += " \($1.key)=\"\(escaped($1.value))\"" }
  }

  /// A text for XML: its special characters replaced, its control characters made spaces.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case "\"": escaped += "&quot;"
      case "\u{0}"..<" ", "\u{7F}"..<"\u{A0}", "\u{FFFE}", "\u{FFFF}": escaped += " "
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
