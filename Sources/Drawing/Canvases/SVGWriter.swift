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

/// The colours of everything that is drawn.
enum Palette {
  /// Okabe and Ito's colours, which colour-blind readers tell apart.
  private static let curves = [
    "#0072b2", "#d55e00", "#cc79a7", "#009e73", "#e69f00", "#56b4e9", "#000000",
  ]
  private static let parts = [
    "#2b7de0", "#e88c00", "#22a050", "#d8365f", "#8250d0", "#0f9fb0", "#8a6a3c", "#666c76",
    "#a5b514", "#e26cc9", "#1b3a8f", "#7d1733", "#0c5a38", "#f4806a", "#5cc4f2", "#20242b",
  ]
  /// Of the 256 colours of a terminal those near the parts' in a picture.
  private static let terminalParts = [
    75, 214, 78, 204, 141, 80, 180, 248, 148, 213, 69, 131, 35, 216, 117, 240,
  ]

  /// How many parts have colours of their own.
  static var partCount: Int { parts.count }

  /// How many curves have colours of their own.
  static var curveCount: Int { curves.count }

  /// The colour of a plot's curve.
  static func curve(_ index: Int) -> String { curves[index % curves.count] }

  /// The colour of a part in a picture.
  static func part(_ index: Int) -> String { parts[index % parts.count] }

  /// The ANSI escape sequence of a part's colour in a terminal.
  static func terminalPart(_ index: Int) -> String {
    "\u{1B}[38;5;\(terminalParts[index % terminalParts.count])m"
  }
}
