import Foundation

/// Okabe and Ito's colours, which colour-blind readers tell apart.
enum PlotPalette {
  private static let colors = [
    "#0072b2", "#d55e00", "#cc79a7", "#009e73", "#e69f00", "#56b4e9", "#000000",
  ]

  /// The colour of a curve's number.
  static func color(_ index: Int) -> String { colors[index % colors.count] }
}

/// Text as it may stand in XML.
func escapedForXML(_ text: String) -> String {
  text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
}
