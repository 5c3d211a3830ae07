import ArgumentParser
package import MuseGen

/// A change on the way on the command line: `300:temperature=0.9`, `500:density=6`, `700:density=free`.
package struct ChangeArgument: FormedArgument, CustomStringConvertible {
  package static let form =
    "a change such as 300:temperature=0.9, 500:density=6 or 700:density=free"

  package var change: SamplingChange

  package init(_ change: SamplingChange) { self.change = change }

  package init?(argument: String) {
    guard let match = argument.wholeMatch(of: /([0-9]+):(temperature|density)=(.+)/),
      let event = Int(match.1)
    else { return nil }
    switch (match.2, Float(match.3), Double(match.3)) {
    case ("temperature", let value?, _): change = SamplingChange(event: event, .temperature(value))
    case ("density", _, let value?): change = SamplingChange(event: event, .density(value))
    case ("density", _, _) where match.3 == "free":
      change = SamplingChange(event: event, .density(nil))
    default: return nil
    }
  }

  package var description: String {
    switch change.kind {
    case .temperature(let temperature): "\(change.event):temperature=\(temperature)"
    case .density(let density?): "\(change.event):density=\(density)"
    case .density(nil): "\(change.event):density=free"
    }
  }
}
