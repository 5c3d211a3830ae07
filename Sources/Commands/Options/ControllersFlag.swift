import ArgumentParser
import MuseGen

/// Of which pedals and wheels tokens tell, and how finely.
struct ControllersFlag: FormedArgument, CustomStringConvertible {
  static let form =
    "none, or any of \(Controller.allCases.map(\.rawValue).joined(separator: ",")), the latter two with how many "
    + "values are told apart, such as pedal,bend:65"

  /// The settings; nil where nothing is told.
  let settings: ControllerSettings?
  let description: String

  init?(argument: String) {
    description = argument
    guard argument != "none" else {
      settings = nil
      return
    }
    var settings = ControllerSettings()
    var found: Set<Controller> = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let words = part.split(separator: ":", omittingEmptySubsequences: false)
      guard words.count <= 2, let controller = Controller(rawValue: String(words[0])),
        found.insert(controller).inserted
      else { return nil }
      let count = words.count == 2 ? Int(words[1]) : nil
      // That none are told apart is said by leaving the controller out.
      guard words.count == 1 || count.map({ $0 > 0 }) == true else { return nil }
      switch controller {
      case .pedal:
        guard count == nil else { return nil }
        settings.pedal = true
      case .expression: settings.expression = count ?? ControllerSettings.usualExpression
      case .bend: settings.bend = count ?? ControllerSettings.usualBend
      }
    }
    self.settings = settings
  }

  var defaultValueDescription: String { description }
}
